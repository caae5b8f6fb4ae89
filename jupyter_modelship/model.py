"""The frozen types that travel along the line. No behaviour beyond reading oneself.

Cells are named by their nbformat id in every type that reaches a file; `number` is the 1-based
position over all cells of the notebook and exists only to be shown to people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["block", "warn", "note"]
CellKind = Literal["code", "markdown", "raw"]
VerdictKind = Literal["endpoint", "source", "rehearsal", "stays"]
Role = Literal["import", "definition", "constant", "setup", "future"]
"""Why a statement ships as source."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem as data. `code` is the key of its page in the catalogue."""

    code: str
    severity: Severity
    message: str
    remedy: str
    cell: str | None = None
    number: int | None = None
    line: int | None = None
    """1-based line within the cell's source."""


@dataclass(frozen=True, slots=True)
class Check:
    """A row of a layer's `CATALOGUE`: what is true of every finding with this code."""

    code: str
    severity: Severity
    title: str
    why: str
    remedy: str
    """What to do where the place that reports has nothing better to say."""


@dataclass(frozen=True, slots=True)
class Cell:
    id: str
    number: int
    kind: CellKind
    source: str
    tags: tuple[str, ...] = ()
    execution_count: int | None = None

    @property
    def first_line(self) -> str:
        """The first line that is not empty: how people recognise the cell."""
        return next((line.strip() for line in self.source.splitlines() if line.strip()), "")


@dataclass(frozen=True, slots=True)
class Notebook:
    cells: tuple[Cell, ...]
    digest: str
    """sha256 of the file's bytes, hexadecimal."""
    kernel: str | None = None
    """Name of the kernelspec in the notebook's metadata."""
    language: str = "python"
    options: Mapping[str, object] = field(default_factory=dict)
    """`metadata.modelship` as it stands, not validated."""

    def cell(self, identity: str) -> Cell:
        """The cell with that id; KeyError when there is none."""
        for cell in self.cells:
            if cell.id == identity:
                return cell
        raise KeyError(identity)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an endpoint's function, as its source says."""

    name: str
    annotation: str | None = None
    default: str | None = None
    """Source of the default value; None when the parameter is required."""
    keyword_only: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One function that is served."""

    function: str
    method: str
    path: str
    cell: str
    line: int
    parameters: tuple[Parameter, ...] = ()
    returns: str | None = None
    """Source of the return annotation."""
    is_async: bool = False
    batch: bool = False
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A top-level statement that ships verbatim, with the comments that stand above it."""

    cell: str
    line: int
    """1-based line in the cell's source on which `text` begins."""
    text: str
    role: Role
    names: tuple[str, ...] = ()
    """What it binds, sorted."""


@dataclass(frozen=True, slots=True)
class Computed:
    """A name whose value is computed in the rehearsal and ships as an artifact."""

    name: str
    cells: tuple[str, ...]
    """Ids of the cells that bind or change it, in order."""
    after: int
    """Index into `Slice.statements` before which the artifact is loaded."""
    modules: tuple[str, ...] = ()
    """Top-level modules that its own defining statements refer to, sorted."""
    because: tuple[str, ...] = ()
    """The chain of names from an endpoint to this name."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a cell, and the chain of names that caused it (endpoint first)."""

    cell: str
    number: int
    kind: VerdictKind
    chain: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slice:
    """What the endpoints need of a notebook. Statements and cells are in notebook order."""

    endpoints: tuple[Endpoint, ...]
    statements: tuple[Statement, ...]
    computed: tuple[Computed, ...]
    rehearsal: tuple[str, ...]
    """Cells that must run so that the computed names exist, with all that those cells need."""
    examples: tuple[str, ...]
    """Cells that call endpoints (tag `example`, or top-level calls found)."""
    example_needs: tuple[str, ...]
    """Cells beyond `rehearsal` that the example cells need."""
    example_names: tuple[str, ...]
    """Names that example cells use and that neither ship nor are bound in an example cell."""
    parameters: tuple[str, ...]
    """Names bound in the `parameters` cell."""
    modules: tuple[str, ...]
    """Top-level modules that the shipped statements import, sorted."""
    installs: tuple[str, ...]
    """Requirement texts of `%pip install` lines."""
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What could be served, offered when no cell is tagged: a function, or a cell that ends in a
    call and could become one."""

    function: str
    cell: str
    number: int
    signature: str
    kind: Literal["function", "call"] = "function"
    source: str | None = None
    """Kind `call`: what the cell's source would be."""


@dataclass(frozen=True, slots=True)
class Extract:
    """What `extract` tells of a notebook: a slice where there is an endpoint, else candidates."""

    slice: Slice | None
    candidates: tuple[Candidate, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Artifact:
    """A computed value as a file. `modules` are the top-level modules its loading imports."""

    name: str
    file: str
    format: str
    sha256: str
    size: int
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A call of an endpoint seen in the rehearsal: JSON in, JSON out."""

    function: str
    cell: str
    arguments: Mapping[str, object]
    result: object
    seconds: float = 0.0
    compare: str = "tolerance"


@dataclass(frozen=True, slots=True)
class Distribution:
    """An installed distribution. `url` is set for direct references (PEP 610)."""

    name: str
    version: str
    url: str | None = None
    """Without credentials; a repository's as `git+https://…@COMMIT#subdirectory=…`."""
    editable: bool = False
    requires: tuple[str, ...] = ()
    """What it needs (PEP 508), as its metadata says."""
    credentials: bool = False
    """Whether its record holds credentials beside the URL: they are left there."""


@dataclass(frozen=True, slots=True)
class KernelFacts:
    """What the kernel's own interpreter says of itself."""

    kernel: str
    python: str
    """Absolute path of the interpreter, as the kernelspec names it."""
    version: str
    """Full version, e.g. 3.11.7."""
    base: str
    """Absolute path of the interpreter that the environment was made from."""
    distributions: Mapping[str, Distribution]
    """By normalised name (PEP 503)."""
    owners: Mapping[str, tuple[str, ...]]
    """Top-level module -> normalised names of the distributions that own it."""
    standard: frozenset[str]
    """Names of the standard library's top-level modules."""


@dataclass(frozen=True, slots=True)
class Source:
    """A distribution that exists as source alone: its wheel is built, which runs its code."""

    name: str
    """Normalised."""
    version: str
    reference: str
    """`git+https://…@COMMIT`, or where the index has the archive; without credentials."""
    pin: str
    """What decides its bytes: git's commit, or the archive's `sha256:…`."""
    requires: tuple[str, ...] = ()
    """What it needs (PEP 508), as the kernel's metadata of that very version says."""

    @property
    def kind(self) -> Literal["git", "archive"]:
        return "archive" if self.pin.startswith("sha256:") else "git"


FROM = "    # from "
"""Before the address of the index that a package of a lock comes from, where that is not PyPI."""


@dataclass(frozen=True, slots=True)
class Lock:
    """Hashed pins. `text` is `requirements.lock`: same facts, same bytes.

    Where it has `sources` and no `wheels`, these are pinned and not built yet.
    """

    text: str
    digest: str
    """sha256 of `text`."""
    python: str
    """major.minor the lock was made for."""
    packages: tuple[tuple[str, str], ...]
    """(normalised name, version), sorted."""
    source: str
    """What ruled: `kernel`, `requirements.txt` or `uv.lock`."""
    sources: tuple[Source, ...] = ()
    """What of it is built from source, by name."""
    wheels: tuple[str, ...] = ()
    """Paths on this machine of the wheels built of `sources`; `text` has their hashes then."""

    @property
    def indexes(self) -> tuple[str, ...]:
        """Addresses of the indexes beside PyPI that its packages come from, sorted."""
        lines = self.text.splitlines()
        return tuple(sorted({one.removeprefix(FROM) for one in lines if one.startswith(FROM)}))


@dataclass(frozen=True, slots=True)
class Bundle:
    """The generated files by relative path, and where each generated line came from."""

    files: Mapping[str, bytes]
    digest: str
    """sha256 over the sorted (path, content) pairs, artifacts by their own sha256."""
    artifacts: tuple[Artifact, ...] = ()
    """Files under `artifacts/`, which are in no `files` entry: they can be large."""
    source_map: Mapping[int, tuple[str, int]] = field(default_factory=dict)
    """Line of service.py -> (cell id, line in cell). Kept with the run, not in the bundle."""
