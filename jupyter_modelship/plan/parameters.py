"""Parameters that the options override: the service gets the values that the rehearsal got."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from jupyter_modelship.model import Slice, Statement


def overridden(piece: Slice, values: Mapping[str, object]) -> Slice:
    """The slice with an assignment behind each shipped parameter that `values` (JSON by name)
    overrides, as papermill puts one behind the cell. Names that are computed get theirs from the
    rehearsal and need none here."""
    for name in sorted(values):
        at = _end_of_cell(piece, name)
        if name in piece.parameters and at is not None:
            piece = _inserted(piece, at + 1, name, values[name])
    return piece


def _end_of_cell(piece: Slice, name: str) -> int | None:
    """The last statement of the cell that binds the name first: papermill's place, so that what
    the cell makes of the value stays as it is, and what later cells bind stays theirs."""
    cell = next((one.cell for one in piece.statements if name in one.names), None)
    found = [at for at, one in enumerate(piece.statements) if one.cell == cell]
    return found[-1] if found else None


def _inserted(piece: Slice, at: int, name: str, value: object) -> Slice:
    before = piece.statements[at - 1]
    line = before.line + before.text.count("\n")
    added = Statement(before.cell, line, f"{name} = {value!r}", "constant", (name,))
    return replace(
        piece,
        statements=(*piece.statements[:at], added, *piece.statements[at:]),
        computed=tuple(
            replace(one, after=one.after + 1) if one.after >= at else one for one in piece.computed
        ),
    )
