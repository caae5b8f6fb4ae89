"""A plan and its cells as lines of text, and as JSON."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict

from jupyter_modelship.cli.ink import Ink, count, plain
from jupyter_modelship.contract import holes, to_json
from jupyter_modelship.errors import Blocked
from jupyter_modelship.model import Candidate, Finding, Notebook, Slice
from jupyter_modelship.names import short
from jupyter_modelship.plan.plan import Plan, summary
from jupyter_modelship.runs.review import Looked

_COLOURS = {"endpoint": "green", "source": "blue", "rehearsal": "yellow", "stays": "dim"}
_WIDTH = 44


def headline(plan: Plan, notebook: Notebook) -> str:
    """`iris.ipynb → local, plan 3f9a1c: 6 of 9 cells ship, 1 endpoint, 14 packages`.

    Without a lock the plan has no digest that anybody will see again, so none is shown.
    """
    told = summary(plan, notebook)
    parts = [
        f"{told.cells_shipped} of {count(told.cells_total, 'cell')} "
        + ("ships" if told.cells_shipped == 1 else "ship"),
        count(len(told.endpoints), "endpoint"),
    ]
    if told.packages is not None:
        built = f" ({len(told.sources)} built from source)" if told.sources else ""
        parts.append(count(told.packages, "package") + built)
    digest = f", plan {short(plan.digest)}" if plan.lock is not None else ""
    return f"{plain(plan.notebook)} → {plan.options.target}{digest}: {', '.join(parts)}"


def cell_lines(notebook: Notebook, piece: Slice, ink: Ink) -> list[str]:
    """A line a code cell: number, first line, what becomes of it, and why."""
    verdicts = {verdict.cell: verdict for verdict in piece.verdicts}
    cells = [cell for cell in notebook.cells if cell.kind == "code"]
    firsts = [_shortened(plain(cell.first_line)) for cell in cells]
    width = max(map(len, firsts), default=0)
    lines = []
    for cell, first in zip(cells, firsts, strict=True):
        verdict = verdicts[cell.id]
        kind = ink.paint(f"{verdict.kind:<9}", _COLOURS[verdict.kind])
        why = ink.paint(" → ".join(verdict.chain), "dim") if verdict.chain else ""
        lines.append(f"  {cell.number:>3}  {first:<{width}}  {kind}  {why}".rstrip())
    return lines


def _shortened(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def hole_lines(plan: Plan) -> list[str]:
    """What only a rehearsal can tell."""
    names = [*holes(plan.contract)]
    if not names:
        return []
    return [f"The rehearsal will tell: {', '.join(names)}"]


class Choose(Blocked):
    """Blocked, and the choice among functions is the way on."""

    def __init__(self, findings: Sequence[Finding], candidates: Sequence[Candidate]) -> None:
        super().__init__(findings)
        self.candidates = tuple(candidates)


def stop_where_blocked(looked: Looked, overridden: Collection[str] = ()) -> None:
    """Raises Blocked where a finding forbids to go on that is not among the codes in `overridden`,
    as far as policy lets anybody override them."""
    if looked.standing(looked.findings, overridden) or (looked.slice is None and looked.blocked):
        candidates = looked.candidates if looked.slice is None else ()
        raise Choose(looked.findings, candidates)


def review_data(looked: Looked, plan: Plan | None) -> dict[str, object]:
    """The review as JSON."""
    data: dict[str, object] = {
        "notebook": str(looked.path),
        "notebook_digest": looked.digest,
        "findings": [asdict(finding) for finding in looked.findings],
        "candidates": [asdict(candidate) for candidate in looked.candidates],
    }
    if plan is not None and looked.notebook is not None:
        data |= {
            "service": plan.service,
            "target": plan.options.target,
            "plan": plan.digest,
            "cells": [asdict(verdict) for verdict in plan.slice.verdicts],
            "contract": to_json(plan.contract),
            "holes": list(holes(plan.contract)),
            "artifacts": [computed.name for computed in plan.slice.computed],
            "summary": asdict(summary(plan, looked.notebook)),
        }
    return data
