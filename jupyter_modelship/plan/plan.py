"""The plan: what ships, where to and how, as it is reviewed. Its digest is what a run needs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from jupyter_modelship import names
from jupyter_modelship.contract import Contract, to_json
from jupyter_modelship.model import Finding, Lock, Notebook, Slice

from .findings import blocking
from .options import Options, as_json

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """All that was known before anything ran."""

    service: str
    notebook: str
    """The notebook's file name, to be shown; no part of the digest."""
    slice: Slice
    contract: Contract
    """As declared: holes stay holes here."""
    options: Options
    cells: Mapping[str, str]
    """Cell id -> source of the cells that the rehearsal runs, in the notebook's order."""
    lock: Lock | None = None
    """None while the lock is being made; a run needs one."""
    modules: Mapping[str, str] = field(default_factory=dict)
    """Path of a local module that ships -> sha256 of its content."""
    base: str = ""
    """Digest of the base image; "" where the target takes no image."""
    runtime_version: str = ""
    findings: tuple[Finding, ...] = ()
    digest: str = field(init=False)
    """sha256 over everything above that decides what runs."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", _digest(self))

    @property
    def blocked(self) -> tuple[Finding, ...]:
        """The findings that forbid to go on."""
        return blocking(self.findings)


@dataclass(frozen=True, slots=True)
class Summary:
    """The plan in figures."""

    cells_shipped: int
    cells_rehearsed: int
    cells_total: int
    endpoints: tuple[str, ...]
    """Method and path of each."""
    packages: int | None
    """None while there is no lock."""
    sources: tuple[str, ...]
    """Those of them that are built from source, which runs their code."""
    artifacts: tuple[str, ...]
    blocking: int
    warnings: int


def make_plan(
    notebook: Notebook,
    slice_: Slice,
    contract: Contract,
    options: Options,
    *,
    path: str,
    lock: Lock | None = None,
    modules: Mapping[str, bytes] | None = None,
    base: str = "",
    runtime_version: str = "",
    findings: Sequence[Finding] = (),
) -> Plan:
    """The plan for the notebook at `path`; `modules` are the local modules that ship."""
    runs = {*slice_.rehearsal, *slice_.examples, *slice_.example_needs}
    return Plan(
        service=service_name(path, options),
        notebook=PurePath(path).name,
        slice=slice_,
        contract=contract,
        options=options,
        cells={cell.id: cell.source for cell in notebook.cells if cell.id in runs},
        lock=lock,
        modules={
            name: hashlib.sha256(content).hexdigest()
            for name, content in sorted((modules or {}).items())
        },
        base=base,
        runtime_version=runtime_version,
        findings=tuple(findings),
    )


def service_name(path: str, options: Options) -> str:
    """The service's name: the chosen one, or a label made of the notebook's file name."""
    return options.name or names.label(PurePath(path).stem)


def reviewed(plan: Plan) -> dict[str, object]:
    """What the digest covers, as JSON values: the code, what it takes and returns, where it runs.

    Numbers of cells are not in it: they change when an unrelated cell is added.
    """
    return {
        "format": _FORMAT,
        "service": plan.service,
        "target": plan.options.target,
        "namespace": plan.options.namespace,
        "statements": [[s.cell, s.role, s.text] for s in plan.slice.statements],
        "computed": [[c.name, c.after, list(c.cells)] for c in plan.slice.computed],
        "cells": list(plan.cells.items()),
        "contract": to_json(plan.contract),
        "options": as_json(plan.options),
        "lock": plan.lock.digest if plan.lock else None,
        "modules": dict(plan.modules),
        "base": plan.base,
        "runtime": plan.runtime_version,
    }


def _digest(plan: Plan) -> str:
    text = json.dumps(reviewed(plan), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def summary(plan: Plan, notebook: Notebook) -> Summary:
    """The figures of the review's first line."""
    kinds = [verdict.kind for verdict in plan.slice.verdicts]
    severities = [finding.severity for finding in plan.findings]
    return Summary(
        cells_shipped=kinds.count("endpoint") + kinds.count("source"),
        cells_rehearsed=kinds.count("rehearsal"),
        cells_total=len(notebook.cells),
        endpoints=tuple(f"{one.method} {one.path}" for one in plan.contract.endpoints),
        packages=len(plan.lock.packages) if plan.lock else None,
        sources=tuple(source.name for source in plan.lock.sources) if plan.lock else (),
        artifacts=tuple(computed.name for computed in plan.slice.computed),
        blocking=severities.count("block"),
        warnings=severities.count("warn"),
    )
