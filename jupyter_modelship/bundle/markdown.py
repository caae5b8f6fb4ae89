"""Markdown from typed pieces: text that came from elsewhere stays text (CommonMark, GFM tables)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .source import one_line

_MARKS = re.compile(r"([\\`*_\[\]<>|&~$#!@])|(?<=[a-z]):(?=//)|(?<=www)\.", re.IGNORECASE)
_HIDDEN = "\N{REPLACEMENT CHARACTER}"
_LIMIT = 500


def text(words: str) -> str:
    """`words` within a line that begins with something else: no mark-up, no link, no HTML."""
    return _MARKS.sub(lambda match: f"\\{match[0]}", one_line(words, limit=_LIMIT))


def code(words: str) -> str:
    """`words` as a code span that they cannot end; a table's bar is escaped as GFM asks."""
    shown = one_line(words, limit=_LIMIT)
    fence = "`" * (_longest_run(shown) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}".replace("|", "\\|")


def heading(level: int, words: str) -> str:
    return f"{'#' * level} {text(words)}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def block(lines: Iterable[str], *, language: str = "") -> str:
    """A fenced block that its lines cannot end."""
    shown = [
        "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
        for line in lines
    ]
    fence = "`" * max(3, max(map(_longest_run, shown), default=0) + 1)
    return "\n".join([f"{fence}{language}", *shown, fence])


def page(blocks: Iterable[str]) -> str:
    return "\n\n".join(blocks) + "\n"


def _longest_run(words: str) -> int:
    return max((len(run) for run in re.findall("`+", words)), default=0)
