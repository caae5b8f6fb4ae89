"""A plan and its cells as lines of text, and as JSON."""

from __future__ import annotations

from dataclasses import asdict

from jupyter_modelship.cli.ink import Ink, count, plain
from jupyter_modelship.contract import holes, to_json
from jupyter_modelship.model import Notebook, Slice
from jupyter_modelship.names import short
from jupyter_modelship.plan.plan import Plan, summary
from jupyter_modelship.runs.review import Looked

_COLOURS = {"endpoint": "green", "source": "blue", "rehearsal": "yellow", "stays": "dim"}
_WIDTH = 44


def headline(plan: Plan, notebook: Notebook) -> str:
    """`iris.ipynb → local, plan 3f9a1c: 6 of 9 cells ship, 1 endpoint, 14 packages`."""
    told = summary(plan, notebook)
    parts = [
        f"{told.cells_shipped} of {count(told.cells_total, 'cell')} ship",
        count(len(told.endpoints), "endpoint"),
    ]
    if told.packages is not None:
        parts.append(count(told.packages, "package"))
    return (
        f"{plain(plan.notebook)} → {plan.options.target}, plan {short(plan.digest)}: "
        + ", ".join(parts)
    )


def cell_lines(notebook: Notebook, piece: Slice, ink: Ink) -> list[str]:
    """A line a code cell: number, first line, what becomes of it, and why."""
    verdicts = {verdict.cell: verdict for verdict in piece.verdicts}
    lines = []
    for cell in notebook.cells:
        if cell.kind != "code":
            continue
        verdict = verdicts[cell.id]
        first = plain(cell.first_line)
        first = first if len(first) <= _WIDTH else first[: _WIDTH - 1] + "…"
        kind = ink.paint(f"{verdict.kind:<9}", _COLOURS[verdict.kind])
        why = ink.paint(" → ".join(verdict.chain), "dim") if verdict.chain else ""
        lines.append(f"  {cell.number:>3}  {first:<{_WIDTH}}  {kind}  {why}".rstrip())
    return lines


def hole_lines(plan: Plan) -> list[str]:
    """What only a rehearsal can tell."""
    names = [*holes(plan.contract)]
    if not names:
        return []
    return [f"The rehearsal will tell: {', '.join(names)}"]


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
