"""The review: what would ship and what stands in the way, known before anything runs.

`look` is pure but for reading the notebook and the administrator's policies, and takes
milliseconds. `locked` adds the lock: it asks the kernel's interpreter and the package index.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_modelship import __version__
from jupyter_modelship.contract import Contract, declare
from jupyter_modelship.errors import Blocked, NothingThere, UsageError
from jupyter_modelship.model import Candidate, Finding, KernelFacts, Lock, Notebook, Slice
from jupyter_modelship.notebook import extract, read
from jupyter_modelship.plan.catalogue import finding
from jupyter_modelship.plan.checks import plan_findings
from jupyter_modelship.plan.findings import blocking
from jupyter_modelship.plan.merge import Merged, Origin, merge
from jupyter_modelship.plan.options import Options
from jupyter_modelship.plan.parameters import overridden
from jupyter_modelship.plan.plan import Plan, make_plan
from jupyter_modelship.plan.policy import overridable, read_policies, system_folders
from jupyter_modelship.targets.owner import Owner

from .honours import TARGETS

if TYPE_CHECKING:
    from jupyter_modelship.environment import Kernelspec  # a check needs none of it

if TYPE_CHECKING:  # `check` runs none of these and waits for every import
    from jupyter_modelship.targets.port import Observation


@dataclass(frozen=True, slots=True)
class Looked:
    """A notebook as it would ship. `slice` and `contract` are None where a finding forbids them."""

    path: Path
    digest: str
    """sha256 of the notebook's bytes."""
    merged: Merged
    findings: tuple[Finding, ...]
    notebook: Notebook | None = None
    slice: Slice | None = None
    contract: Contract | None = None
    candidates: tuple[Candidate, ...] = ()
    overridable: frozenset[str] = frozenset()
    """Codes of findings that policy lets a person override."""

    @property
    def blocked(self) -> tuple[Finding, ...]:
        return blocking(self.findings)

    def standing(
        self, findings: Sequence[Finding], overridden: Collection[str]
    ) -> tuple[Finding, ...]:
        """Those of `findings` that forbid to go on where `overridden` are the codes that somebody
        overrides: what policy does not let them override stands."""
        passed = self.overridable & frozenset(overridden)
        return tuple(each for each in blocking(findings) if each.code not in passed)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A plan with its lock, and what the later stages need of it."""

    path: Path
    notebook: Notebook
    plan: Plan
    lock: Lock
    facts: KernelFacts
    kernel: Kernelspec
    given: Mapping[str, str]
    """Options that somebody set -> where."""
    modules: Mapping[str, bytes] = field(default_factory=dict)
    """Local modules that ship."""
    modules_needed: tuple[str, ...] = ()
    """Dotted names of what the shipped code imports and the computed names were made with."""
    findings: tuple[Finding, ...] = ()

    @property
    def folder(self) -> Path:
        return self.path.parent


def look(path: Path, flags: Mapping[str, object], *, origin: Origin = "terminal") -> Looked:
    """What the notebook at `path` would ship with these flags. Findings are data; only a file
    that cannot be read raises."""
    path = path.absolute()
    return look_at(path, _bytes(path), flags, origin=origin)


def look_at(
    path: Path, data: bytes, flags: Mapping[str, object], *, origin: Origin = "terminal"
) -> Looked:
    """As `look`, at the bytes of a notebook that is not, or not yet, what the file holds."""
    result = read(data)
    policies, unreadable = read_policies(system_folders())
    notebook = result.notebook
    merged = merge(notebook.options if notebook else {}, flags, policies=policies, origin=origin)
    found = [*result.findings, *unreadable, *merged.findings]
    if notebook is None:
        return Looked(path, hashlib.sha256(data).hexdigest(), merged, tuple(found))
    told = extract(notebook, endpoints=merged.options.endpoint)
    found += told.findings
    piece, contract = told.slice, None
    if piece is not None:
        found += plan_findings(piece, merged.options, merged.given, targets=TARGETS)
        piece = overridden(piece, merged.options.parameters)
        contract, doubts = declare(piece)
        found += doubts
    return Looked(
        path,
        notebook.digest,
        merged,
        _undeclared(found, merged.options),
        notebook,
        piece,
        contract,
        told.candidates,
        overridable(policies),
    )


def _undeclared(found: Sequence[Finding], options: Options) -> tuple[Finding, ...]:
    """The findings without those that ask for the declaration of what is declared."""
    declared = {f"variable {name}" for name in (*options.env, *options.secrets)}
    return tuple(
        each
        for each in found
        if each.code != "reads-environment" or not each.message.endswith(tuple(declared))
    )


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NothingThere(
            f"there is no notebook at {path}", remedy="check the path; it ends in .ipynb"
        ) from None
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}",
            remedy="name a notebook that you may read; it ends in .ipynb",
        ) from error


def draft(looked: Looked) -> Plan:
    """The plan as far as it is known without a lock. Raises Blocked where there is none."""
    if looked.notebook is None or looked.slice is None or looked.contract is None:
        raise Blocked(looked.blocked)
    return make_plan(
        looked.notebook,
        looked.slice,
        looked.contract,
        looked.merged.options,
        path=str(looked.path),
        runtime_version=__version__,
        findings=looked.findings,
    )


def needed_modules(piece: Slice) -> tuple[str, ...]:
    """What the shipped statements import, and what the computed names were made with."""
    return tuple(sorted({*piece.modules, *computed_with(piece)}))


def computed_with(piece: Slice) -> frozenset[str]:
    """Top-level modules that the computed names were made with."""
    return frozenset(module for name in piece.computed for module in name.modules)


def owner_of(live: Observation) -> Owner:
    """Whose the service is."""
    return Owner(live.notebook, live.owner)


def owner_findings(live: Observation | None, path: Path, *, who: str) -> tuple[Finding, ...]:
    """A service name belongs to somebody's notebook: a finding where that is another one, or
    somebody else's, than `who` (as the target calls them) has at `path`."""
    if live is None or not live.notebook:
        return ()
    owner = owner_of(live)
    if Path(owner.notebook) == path and owner.who in ("", who):
        return ()
    return (finding("name-taken", f"the service {live.service} belongs to {owner}"),)


def check_owner(live: Observation | None, path: Path, *, who: str, takes_over: str = "") -> None:
    """Raises Blocked where the service is somebody else's than whom it is taken over from."""
    found = owner_findings(live, path, who=who)
    if found and not (live is not None and takes_over == str(owner_of(live))):
        raise Blocked(found)
