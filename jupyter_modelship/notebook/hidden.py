"""Hidden state that execution counts betray: cells that ran in another order than they stand."""

from __future__ import annotations

from jupyter_modelship.model import Cell, Notebook

from .reports import Reports
from .slice import Sliced
from .wording import cell_label


def order(notebook: Notebook, sliced: Sliced, reports: Reports) -> None:
    """Report, of the cells that matter, those that ran before what they need, or never."""
    cells = {cell.id: cell for cell in notebook.cells if cell.kind == "code"}
    ran = [cell.execution_count for cell in cells.values() if cell.execution_count]
    if not ran:
        return  # outputs were cleared: nothing was shown that could be wrong
    matters = _matters(sliced)
    edges = {**sliced.rehearsal.edges, **_shipped_edges(sliced)}
    for (definer, user), name in edges.items():
        if sliced.imported(name):
            continue  # cells of imports are run again and again, and nothing comes of it
        _out_of_order(cells.get(definer), cells.get(user), name, reports)
    for cell in cells.values():
        if cell.id in matters and not cell.execution_count and cell.source.strip():
            later = [o for o in cells.values() if o.number > cell.number and o.execution_count]
            if later:
                reports.add(
                    "never-ran",
                    f"{cell_label(cell)} has not run since it was written, and "
                    f"{cell_label(later[0])} below it has",
                    at=cell,
                )


def _matters(sliced: Sliced) -> set[str]:
    return {verdict.cell for verdict in sliced.slice.verdicts if verdict.kind != "stays"}


def _shipped_edges(sliced: Sliced) -> dict[tuple[str, str], str]:
    return sliced.shipping.edges


def _out_of_order(definer: Cell | None, user: Cell | None, name: str, reports: Reports) -> None:
    if definer is None or user is None or definer is user:
        return
    first, second = definer.execution_count, user.execution_count
    if first and second and first > second:
        shown = name.strip("<>")
        reports.add(
            "out-of-order",
            f"{cell_label(definer)} ran after {cell_label(user)}, which needs its `{shown}`: "
            "what the notebook shows is not what a run from top to bottom gives",
            at=user,
        )
