"""docs/benchmarks.md from what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .goals import GOALS, Figure
from .machine import Quiet
from .samples import Samples


@dataclass(frozen=True)
class Row:
    """One thing that was measured in a block; `ratio` is to the block's first row."""

    what: str
    samples: Samples
    ratio: Samples | None = None
    more: tuple[str, ...] = ()
    """Cells under the block's further columns."""


@dataclass(frozen=True)
class Block:
    """What was measured in turn: a method, its rows, and the figures that it settles."""

    title: str
    method: str
    rows: Sequence[Row]
    figures: Sequence[Figure]
    quiet: Quiet
    columns: tuple[str, ...] = ()
    """Headings of the further columns."""
    notes: Sequence[str] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of packages that the figures depend on."""
    load_after: float = 0.0
    """Load average when it had been measured, its own work included."""


def page(blocks: Sequence[Block], facts: Mapping[str, str], *, quick: bool = False) -> str:
    """The whole page, in Markdown."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`; do not edit. What is compared was measured in turn (A B A B) in",
        "one run on one machine: trust the ratios, not the seconds. Values are medians with the",
        "minimum and maximum in parentheses; a ratio is the median of the ratios of each turn.",
        "",
    ]
    if quick:
        lines += ["**A quick run, with too few turns to be quoted.**", ""]
    for block in blocks:
        if not block.quiet.reached:
            lines += [f"**Not quiet before “{block.title}”: {block.quiet}.**", ""]
    lines += ["## Goals", "", *goals_table([f for block in blocks for f in block.figures]), ""]
    for block in blocks:
        lines += [f"## {block.title}", "", block.method, "", *rows_table(block), ""]
        lines += [f"- {note}" for note in block.notes]
        after = f"load average {block.load_after:.2f}, its own work included"
        lines += [f"- Before it: {block.quiet}. After it: {after}.", ""]
    versions = dict(facts)
    for block in blocks:
        versions |= block.versions
    lines += ["## Machine and versions", ""]
    lines += table(("", ""), list(versions.items()))
    return "\n".join(lines) + "\n"


def goals_table(figures: Sequence[Figure]) -> list[str]:
    """A line a goal: measured, against what, goal, whether it is reached."""
    settled = {figure.key: figure for figure in figures}
    cells = [
        (
            goal.what,
            *_outcome(settled.get(key), goal.against),
            goal.says,
            _verdict(settled.get(key)),
        )
        for key, goal in GOALS.items()
    ]
    return table(("figure", "measured", "against", "ratio", "goal", "reached"), cells)


def _outcome(figure: Figure | None, against: str) -> tuple[str, str, str]:
    if figure is None:
        return "", against, ""
    ratio = figure.ours.over(figure.theirs)
    return str(figure.ours), f"{against}: {figure.theirs}", str(ratio)


def _verdict(figure: Figure | None) -> str:
    if figure is None:
        return "not measured"
    return "yes" if figure.reached else "**no**"


def rows_table(block: Block) -> list[str]:
    """A line a row, with the number of turns."""
    head = ("", "measured", "ratio", "N", *block.columns)
    cells = [
        (
            row.what,
            str(row.samples),
            str(row.ratio) if row.ratio else "",
            str(row.samples.count),
            *row.more,
        )
        for row in block.rows
    ]
    return table(head, cells)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table; the first column is text, the others are figures."""
    lines = [_line(head), _line([":--", *("--:" for _ in head[1:])])]
    for row in rows:
        if len(row) != len(head):
            raise ValueError(f"{len(row)} cells under {len(head)} headings: {row[0]}")
        lines.append(_line(row))
    return lines


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
