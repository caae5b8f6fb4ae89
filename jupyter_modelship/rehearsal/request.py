"""What a rehearsal is asked for and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from jupyter_modelship.model import Artifact, Example, KernelFacts, Notebook, Slice
from jupyter_modelship.places import Places

from .confidential import Confidential

CellState = Literal["running", "done", "failed"]
Cached = Literal["nothing", "artifacts", "all"]


@dataclass(frozen=True, slots=True)
class KernelStart:
    """How the notebook's kernel starts: as its kernelspec says, or plainly with ipykernel."""

    name: str
    python: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RehearsalRequest:
    """All that decides what a rehearsal does."""

    folder: Path
    """The notebook's folder: the kernel runs there."""
    facts: KernelFacts
    kernel_name: str
    notebook: Notebook
    slice: Slice
    places: Places
    parameters: Mapping[str, object] = field(default_factory=dict)
    """Values for names of the `parameters` cell; papermill puts them behind it."""
    compare: str = "tolerance"
    """How the examples' results are to be compared later."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Values of the service's declared environment variables and secrets on this machine."""
    secrets: frozenset[str] = frozenset()
    """Which of them nobody may see."""
    modules: Mapping[str, bytes] = field(default_factory=dict)
    """Local modules that ship, by relative path: what the examples say depends on them."""
    cell_seconds: int = 3600
    """Time limit of one cell."""
    fresh: bool = False
    """Run all of it, whatever the cache holds."""
    kernel_argv: tuple[str, ...] = ()
    """The kernelspec's command with the resolved interpreter; empty: ipykernel of `facts`."""
    kernel_env: Mapping[str, str] = field(default_factory=dict)
    """The kernelspec's own environment variables."""

    @property
    def confidential(self) -> Confidential:
        """What may neither be kept nor said."""
        return Confidential({k: v for k, v in self.environment.items() if k in self.secrets})

    @property
    def kernel(self) -> KernelStart:
        """How to start the kernel."""
        plain = (self.facts.python, "-m", "ipykernel_launcher", "-f", "{connection_file}")
        argv = self.kernel_argv or plain
        return KernelStart(self.kernel_name, self.facts.python, argv, self.kernel_env)


@dataclass(frozen=True, slots=True)
class DataRead:
    """A file outside the interpreter that the cells read while artifacts were computed."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Known:
    """What the cache tells before anything runs."""

    artifacts: tuple[Artifact, ...]
    folder: Path
    """Holds the artifacts' files."""
    examples: bool
    """Whether the examples are known too: then nothing is left to run."""


@dataclass(frozen=True, slots=True)
class CellProgress:
    """A cell of the notebook began or ended. `seconds` is 0 while it runs."""

    cell: str
    number: int
    first_line: str
    state: CellState
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What the rehearsal found out."""

    artifacts: tuple[Artifact, ...]
    folder: Path
    """Holds the artifacts' files; belongs to the cache, so read only."""
    examples: tuple[Example, ...]
    seen: Mapping[str, Mapping[str, object]]
    """function -> {"takes": {parameter: [description…]}, "returns": [description…]}."""
    reads: tuple[DataRead, ...]
    ran: tuple[str, ...]
    """Ids of the cells that ran this time, whole or in their shipped statements."""
    cached: Cached
    """What came from the cache: nothing, the artifacts, or all of it."""
    notes: tuple[str, ...] = ()
    """Sentences about calls that could not become examples."""
