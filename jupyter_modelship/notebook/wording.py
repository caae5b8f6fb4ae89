"""How cells are said to people: the number they count, and the line they recognise."""

from __future__ import annotations

from jupyter_modelship.model import Cell

_WIDTH = 40


def cell_label(cell: Cell) -> str:
    """`cell 5 (`model.fit(X, y)`)`: number over all cells, first line cut to 40 characters."""
    line = cell.first_line.replace("`", "'")
    if len(line) > _WIDTH:
        line = line[: _WIDTH - 1].rstrip() + "…"
    return f"cell {cell.number} (`{line}`)" if line else f"cell {cell.number}"


def listed(names: list[str] | tuple[str, ...]) -> str:
    """`a`, `b` and `c`."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"
