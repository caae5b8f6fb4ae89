"""From cells to what their endpoints need, with every reason that forbids or troubles it."""

from __future__ import annotations

import gc
from collections.abc import Sequence

from jupyter_modelship.model import Cell, Extract, Notebook

from . import checks, hidden
from .candidates import candidates, report_none
from .endpoints import chosen, described
from .flow import Flow
from .missing import Missing
from .reports import Reports
from .slice import sliced
from .statements import Code, parse
from .tags import marks
from .units import build
from .walk import effects_of


def extract(notebook: Notebook, *, endpoints: tuple[str, ...] = ()) -> Extract:
    """What the endpoints of a notebook need; without an endpoint, the functions it could serve.

    `endpoints` picks functions by name, tagged or not. Nothing is run or imported.
    """
    reports = Reports()
    if notebook.language != "python":
        reports.add("not-python", f"the notebook's language is {notebook.language}, not Python")
        return Extract(None, (), reports.all())
    collecting = gc.isenabled()
    gc.disable()  # trees have no cycles worth looking for, and looking takes a third of the time
    try:
        return _extract(notebook, endpoints, reports)
    except RecursionError:
        reports.add("too-deep", "the notebook's code is nested too deeply")
        return Extract(None, (), reports.all())
    finally:
        if collecting:
            gc.enable()


def _extract(notebook: Notebook, picked: tuple[str, ...], reports: Reports) -> Extract:
    marked = marks(notebook, chosen=bool(picked), reports=reports)
    codes = list(parse(notebook.cells))
    skipped = frozenset(cell for cell, mark in marked.items() if mark.part == "skip")
    units = build(codes, skipped=skipped)
    offered = candidates(units)
    served = chosen(codes, units, marked, picked, reports)
    if not served:
        checks.broken_cells(codes, marked, frozenset(), reports)
        if not picked and not any(mark.part == "endpoint" for mark in marked.values()):
            report_none(units, offered, reports)
        return Extract(None, offered, reports.all())
    flow = Flow(units, served=frozenset(id(node) for _, node in served))
    described_ = described(served, flow, marked, reports)
    missing = Missing(flow, _bound_in(codes, skipped), reports)
    cells = [(cell.id, cell.number) for cell in notebook.cells]
    found = sliced(codes, cells, flow, marked, served, described_, missing, reports)
    checks.broken_cells(codes, marked, frozenset(missing.names), reports)
    checks.shipped_code(found, flow, marked, reports)
    hidden.order(notebook, found, reports)
    return Extract(found.slice, (), reports.all())


def _bound_in(codes: Sequence[Code], skipped: frozenset[str]) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for code in codes:
        if code.cell.id in skipped:
            for node in code.statements:
                for name in effects_of(node).binds:
                    found.setdefault(name, code.cell)
    return found
