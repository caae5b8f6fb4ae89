"""Notebooks written down as the list of their cells."""

from __future__ import annotations

import json

from jupyter_modelship.model import Extract, Finding, Notebook, Slice
from jupyter_modelship.notebook import extract, read

CellText = str | tuple[str, ...]
"""Source of a code cell, or (source, tag, tag, …). Ids are c1, c2, …"""


def document(*cells: CellText, counts: tuple[int | None, ...] = ()) -> dict[str, object]:
    """The JSON of a notebook, nbformat 4.5."""
    made: list[dict[str, object]] = []
    for position, cell in enumerate(cells):
        source, *tags = (cell,) if isinstance(cell, str) else cell
        made.append(
            {
                "cell_type": "code",
                "id": f"c{position + 1}",
                "metadata": {"tags": tags},
                "source": source,
                "execution_count": counts[position] if position < len(counts) else None,
                "outputs": [],
            }
        )
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": made}


def notebook(*cells: CellText, counts: tuple[int | None, ...] = ()) -> Notebook:
    result = read(json.dumps(document(*cells, counts=counts)).encode())
    assert result.notebook is not None, result.findings
    assert result.findings == ()
    return result.notebook


def extracted(
    *cells: CellText, counts: tuple[int | None, ...] = (), endpoints: tuple[str, ...] = ()
) -> Extract:
    return extract(notebook(*cells, counts=counts), endpoints=endpoints)


def sliced(*cells: CellText) -> Slice:
    """The slice of a notebook that has nothing to say against it."""
    found = extracted(*cells)
    assert [f for f in found.findings if f.severity == "block"] == []
    assert found.slice is not None
    return found.slice


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


def texts(found: Slice) -> list[str]:
    return [statement.text for statement in found.statements]


def computed(found: Slice) -> dict[str, tuple[str, ...]]:
    """Computed names with the cells that make them."""
    return {one.name: one.cells for one in found.computed}


def verdicts(found: Slice) -> str:
    """`source rehearsal stays endpoint`, a word a cell."""
    return " ".join(verdict.kind for verdict in found.verdicts)
