"""Reads the documentation as its readers do: fenced blocks, commands, and what they print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^```(?P<info>[^`\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_CAPTION = re.compile(r":caption: (?P<caption>[^\n]+)\n\n?")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its caption, its text."""

    language: str
    caption: str
    text: str


@dataclass(frozen=True)
class Step:
    """A command of a console block, and the lines that the page shows below it."""

    command: str
    shows: tuple[str, ...]


def pages() -> list[Path]:
    """All pages that people wrote: not those that are made from the code."""
    made = {DOCS / "reference" / name for name in ("cli.md", "options.md", "findings.md")}
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
    return [page for page in found if page not in made and "_build" not in page.parts]


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    for match in _FENCE.finditer(page.read_text(encoding="utf-8")):
        language = match["info"].replace("{code-block}", "").strip()
        caption = _CAPTION.match(match["body"])
        text = match["body"][caption.end() :] if caption else match["body"]
        yield Block(language, caption["caption"] if caption else "", text)


def steps(block: Block) -> Iterator[Step]:
    """The commands of a console block, which begin with `$ `."""
    lines = block.text.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield Step(lines[start].removeprefix("$ "), tuple(lines[start + 1 : end]))


_VARIES = [
    re.compile(pattern)
    for pattern in (
        r"\d{4}-\d\d-\d\dT[0-9:.]+Z",  # moments
        r"(?<=plan )[0-9a-f]{6}\b",  # digests; in `status` behind several blanks
        r"(?<=plan       )[0-9a-f]{6}\b",
        r" +\d+\.\d(?= s\b)",  # seconds
        r"\b\d+(?= ms\b)",
        r"(?<=127\.0\.0\.1:)\d+",  # ports
        r"\b\d+(?= packages)",
        r"\b[0-9.]+ [kM]?B\b",  # sizes
        r"\b[0-9a-f]{12}-[0-9a-f]+\b",  # request ids
    )
]


def plain(text: str) -> str:
    """The text with `‹›` for what differs from run to run."""
    for varies in _VARIES:
        text = varies.sub("‹›", text)
    return text


def pattern_of(shows: tuple[str, ...]) -> re.Pattern[str]:
    """What a page shows as a pattern: `…` is anything within a line, alone any lines."""
    parts = []
    for line in shows:
        if line == "…":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(re.escape(part) for part in plain(line).split("…")) + r"\n")
    return re.compile("".join(parts))
