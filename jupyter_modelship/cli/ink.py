"""Colour where a terminal shows it (and NO_COLOR is not set), plain text elsewhere."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from typing import TextIO

_CODES = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "dim": "2", "bold": "1"}


@dataclass(frozen=True, slots=True)
class Ink:
    colours: bool

    @classmethod
    def of(cls, stream: TextIO) -> Ink:
        wanted = stream.isatty() and "NO_COLOR" not in os.environ
        return cls(colours=wanted and os.environ.get("TERM") != "dumb")

    def paint(self, text: str, colour: str) -> str:
        return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if self.colours else text


def plain(text: str) -> str:
    """One line without control characters: what others wrote cannot steer the terminal."""
    return "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)


def size(count: int) -> str:
    """A number of bytes as people read it: 812 B, 1.2 MB."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{amount:.0f} {unit}" if unit in ("B", "kB") else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{count} B"


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 cell`, `2 cells`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
