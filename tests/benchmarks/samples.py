"""Repeated measurements of one thing, and the ratio of two that were measured in turn."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

_DIGITS = {"s": 2, "ms": 0, "µs": 0, "requests/s": 0, "kB": 0, "MB": 0, "x": 2}


@dataclass(frozen=True)
class Samples:
    """Values of one quantity in the order in which they were measured."""

    values: tuple[float, ...]
    unit: str

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("nothing was measured")

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def count(self) -> int:
        return len(self.values)

    def over(self, other: Samples) -> Samples:
        """Ratio to `other`, value by value: the n-th of both were measured one after the other."""
        if other.unit != self.unit or other.count != self.count:
            raise ValueError("only what was measured in turn has a ratio")
        pairs = zip(self.values, other.values, strict=True)
        return Samples(tuple(mine / theirs for mine, theirs in pairs), "x")

    def amount(self, value: float) -> str:
        """A value with its unit: `1.23 s`, `24,474`, `7.56x`."""
        text = f"{value:,.{_DIGITS[self.unit]}f}"
        if self.unit == "x":
            return f"{text}x"
        return text if self.unit == "requests/s" else f"{text} {self.unit}"

    def __str__(self) -> str:
        """`1.23 s (1.20-1.31)`: the median, with minimum and maximum."""
        digits = _DIGITS[self.unit]
        low, high = min(self.values), max(self.values)
        return f"{self.amount(self.median)} ({low:,.{digits}f}–{high:,.{digits}f})"
