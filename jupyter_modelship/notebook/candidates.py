"""What could be served, in a notebook that does not say so."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_modelship.model import Candidate

from .endpoints import functions, signature
from .reports import Reports
from .statements import Code
from .turning import Turned
from .units import Unit
from .wording import cell_label, listed


def candidates(units: Sequence[Unit]) -> tuple[Candidate, ...]:
    """Public top-level functions, in order; of one name the last."""
    found: dict[str, Candidate] = {}
    for unit, node in functions(units):
        if not node.name.startswith("_"):
            found.pop(node.name, None)
            found[node.name] = Candidate(node.name, unit.cell.id, unit.cell.number, signature(node))
    return tuple(found.values())


def report_none(
    offered: tuple[Candidate, ...], turned: Sequence[tuple[Code, Turned]], reports: Reports
) -> None:
    """There is no endpoint: say which functions there are, or which one to write."""
    if offered:
        names = [candidate.function for candidate in offered]
        reports.add(
            "no-endpoint",
            f"no cell is tagged `endpoint`; the notebook defines {listed(names)}",
            remedy=f"tag the cell of the function to serve `endpoint`, or deploy with "
            f"`--endpoint {names[-1]}`",
        )
    else:
        reports.add("no-endpoint", "no cell is tagged `endpoint`, and no cell defines a function")
    for code, one in turned[-1:]:
        reports.add(
            "function-to-write",
            f"{cell_label(code.cell)} calls `{one.target}`: this function would serve it\n"
            f"{one.definition}",
            remedy="add a cell with this function and tag it `endpoint`",
            at=code.cell,
            line=one.line,
        )
