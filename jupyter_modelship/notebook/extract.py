"""From cells to what their endpoints need, with every reason that forbids or troubles it."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence

from jupyter_modelship.model import Cell, Extract, Notebook

from . import checks, hidden
from .candidates import candidates, report_none
from .endpoints import chosen, described
from .flow import Flow
from .missing import Missing
from .relevance import Relevance
from .reports import Reports
from .slice import gathered, sliced
from .statements import Code, parse
from .tags import Marks, marks
from .turning import candidate, offers
from .units import build


def extract(
    notebook: Notebook, *, endpoints: tuple[str, ...] = (), thorough: bool = False
) -> Extract:
    """What the endpoints of a notebook need; without an endpoint, the functions it could serve.

    `endpoints` picks functions by name, tagged or not. Nothing is run or imported. `thorough`
    looks into every cell instead of those that may matter: slower, and the same answer.
    """
    reports = Reports()
    if notebook.language != "python":
        reports.add("not-python", f"the notebook's language is {notebook.language}, not Python")
        return Extract(None, (), reports.all())
    collecting = gc.isenabled()
    gc.disable()  # trees have no cycles worth looking for, and looking takes a third of the time
    try:
        return _extract(notebook, endpoints, reports, thorough=thorough)
    except RecursionError:
        reports.add("too-deep", "the notebook's code is nested too deeply")
        return Extract(None, (), reports.all())
    finally:
        if collecting:
            gc.enable()


def _extract(
    notebook: Notebook, picked: tuple[str, ...], reports: Reports, *, thorough: bool
) -> Extract:
    marked = marks(notebook, chosen=bool(picked), reports=reports)
    codes = list(parse(notebook.cells))
    running = [code for code in codes if not _is_skipped(code, marked)]
    if not picked and not any(mark.part == "endpoint" for mark in marked.values()):
        return _without_endpoint(running, marked, reports)
    every = (code.cell.id for code in running)
    first = every if thorough else _first(running, marked, picked)
    relevance = Relevance(running, first)
    skipped = [code for code in codes if _is_skipped(code, marked)]
    while True:
        attempt = Reports()
        attempt.extend(reports.all())
        units = build(relevance.chosen())
        served = chosen(relevance.chosen(), units, marked, picked, attempt)
        if not served:
            checks.broken_cells(codes, marked, frozenset(), attempt)
            return Extract(None, candidates(build(running)), attempt.all())
        flow = Flow(units, served=frozenset(id(node) for _, node in served))
        missing = Missing(flow, _bound_in(skipped), _bound_in(running), attempt)
        found = gathered(flow, marked, served, missing, attempt)
        endpoints = described(served, flow, marked, attempt)
        if not relevance.grow(flow):
            break
    cells = [(cell.id, cell.number) for cell in notebook.cells]
    made = sliced(found, running, cells, endpoints)
    checks.broken_cells(codes, marked, frozenset(missing.names), attempt)
    checks.shipped_code(made, flow, marked, attempt)
    hidden.order(notebook, made, attempt)
    return Extract(made.slice, (), attempt.all())


def _is_skipped(code: Code, marked: dict[str, Marks]) -> bool:
    mark = marked.get(code.cell.id)
    return mark is not None and mark.part == "skip"


def _first(
    running: Sequence[Code], marked: dict[str, Marks], picked: tuple[str, ...]
) -> Iterator[str]:
    """Cells to look into from the start: those that are marked, and those of picked functions."""
    names = set(picked)
    known = {name for code in running for name in code.skim.binds}
    every = not names <= known  # a name that is not there: all functions are offered
    for code in running:
        wanted = code.skim.functions and (every or not names.isdisjoint(code.skim.binds))
        if code.cell.id in marked or wanted:
            yield code.cell.id


def _without_endpoint(
    running: Sequence[Code], marked: dict[str, Marks], reports: Reports
) -> Extract:
    offered = candidates(build(code for code in running if code.skim.functions))
    turned = offers(running)
    checks.broken_cells(running, marked, frozenset(), reports)
    report_none(offered, turned, reports)
    calls = (candidate(code, one) for code, one in turned)
    return Extract(None, (*offered, *calls), reports.all())


def _bound_in(codes: Sequence[Code]) -> dict[str, Cell]:
    """Names that these cells bind, with the first such cell."""
    found: dict[str, Cell] = {}
    for code in codes:
        for name in sorted({*code.skim.binds, *code.skim.imports}):
            found.setdefault(name, code.cell)
    return found
