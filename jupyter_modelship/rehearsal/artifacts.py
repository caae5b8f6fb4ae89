"""From the kernel's harvest report to artifacts, or to the sentence why there are none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.model import Artifact, Computed, KernelFacts, Notebook, Slice

from .digest import file_digest
from .failure import place
from .request import RehearsalRequest


def stems(names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """(name, stem of its file): the name itself where every file system can tell it apart."""
    taken: set[str] = set()
    found = []
    for name in names:
        stem = name
        if not name.isascii() or name.casefold() in taken:
            digest = hashlib.sha256(name.encode()).hexdigest()[:8]
            stem = f"{name.encode('ascii', 'ignore').decode()}-{digest}".lstrip("-")
        taken.add(stem.casefold())
        found.append((name, stem))
    return tuple(found)


def shipped_names(piece: Slice) -> tuple[str, ...]:
    """What the shipped statements bind, sorted."""
    return tuple(sorted({name for statement in piece.statements for name in statement.names}))


def collect(
    report: Mapping[str, Any], folder: Path, notebook: Notebook, piece: Slice, facts: KernelFacts
) -> tuple[Artifact, ...]:
    """The artifacts that the kernel stored in `folder`; raises StageFailed for the first that
    it could not store, or that refers to a name of the notebook which does not ship."""
    computed = {item.name: item for item in piece.computed}
    for problem in report["problems"]:
        raise _not_stored(problem, computed[problem["name"]], notebook)
    shipped = set(shipped_names(piece))
    for item in report["artifacts"]:
        for name in item["own"]:
            if name not in shipped:
                raise _not_shipped(item["name"], name, computed[item["name"]], notebook)
    return tuple(_artifact(item, folder, facts.standard) for item in report["artifacts"])


def _artifact(item: Mapping[str, Any], folder: Path, standard: frozenset[str]) -> Artifact:
    path = folder / item["file"]
    return Artifact(
        name=item["name"],
        file=item["file"],
        format=item["format"],
        sha256=file_digest(path),
        size=path.stat().st_size,
        modules=tuple(module for module in item["modules"] if module not in standard),
    )


def check_secrets(found: Sequence[Artifact], folder: Path, request: RehearsalRequest) -> None:
    """Raises StageFailed for the first artifact that holds the value of a secret."""
    for artifact in found:
        secret = request.confidential.named_in_file(folder / artifact.file)
        if secret:
            computed = next(c for c in request.slice.computed if c.name == artifact.name)
            cell = request.notebook.cell(computed.cells[-1])
            raise StageFailed(
                f"`{artifact.name}` from {place(cell)} holds the value of the secret {secret}, "
                "which may not ship",
                remedy="tag the cell `setup`: then every service process makes its own "
                f"`{artifact.name}`",
                cell=cell.id,
            )


def without_secrets(
    names: Sequence[Mapping[str, Any]], folder: Path, request: RehearsalRequest
) -> tuple[list[Mapping[str, Any]], list[dict[str, str]]]:
    """The names of examples that may be kept, and those that may not: their files are removed."""
    kept, lost = [], []
    for item in names:
        secret = request.confidential.named_in_file(folder / item["file"])
        if secret:
            (folder / item["file"]).unlink()
            lost.append({"name": item["name"], "reason": f"it holds the secret {secret}"})
        else:
            kept.append(item)
    return kept, lost


def _not_stored(problem: Mapping[str, str], computed: Computed, notebook: Notebook) -> StageFailed:
    name, reason, kind = problem["name"], problem["reason"], problem["type"]
    cell = notebook.cell(computed.cells[-1])
    if not reason:
        return StageFailed(
            f"{place(cell)} ran, but bound no `{name}`",
            remedy=f"give `{name}` a value on every way through the cell",
            cell=cell.id,
        )
    return StageFailed(
        f"`{name}` ({kind}) from {place(cell)} cannot ship as a file: {reason}",
        remedy=f"tag the cell `setup` if every service process should make its own `{name}`; "
        "or turn it into a function",
        cell=cell.id,
    )


def _not_shipped(name: str, needed: str, computed: Computed, notebook: Notebook) -> StageFailed:
    maker = notebook.cell(computed.cells[-1])
    definer = _definer(needed, notebook.cells)
    where = f", defined in {place(definer)}," if definer is not None else ""
    return StageFailed(
        f"`{name}` from {place(maker)} needs `{needed}`{where} which does not ship",
        remedy=f"mention `{needed}` at the top level of a cell that ships, "
        f"for example in an annotation of the endpoint",
        cell=(definer or maker).id,
    )


def _definer(name: str, cells: Sequence[Any]) -> Any:
    for cell in cells:
        lines = cell.source.splitlines()
        heads = (f"class {name}", f"def {name}", f"async def {name}", f"{name} =")
        if any(line.startswith(heads) for line in lines):
            return cell
    return None


def digested(item: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A kept example name with its file's digest and size."""
    path = folder / item["file"]
    return {**item, "sha256": file_digest(path), "size": path.stat().st_size}
