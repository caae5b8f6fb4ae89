"""What a service's Prometheus counters say over time: rate, errors, latency of the last hour.

The text format is Prometheus' 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf

STEP_SECONDS = 10.0
POINTS = 360
"""An hour of steps."""
_REMEMBERED = 64
"""Processes that do not answer now: one that does so again goes on from where it was."""
_OTHER = "other"
"""Label of all requests that no endpoint takes: probes and unknown paths are no work."""
_LINE = re.compile(r"(\w+)\{([^}]*)\} (\S+)")
_LABEL = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Counts:
    """Counters of a service's endpoints together, since its process began."""

    requests: float = 0.0
    errors: float = 0.0
    """Replies with a status of 500 or more."""
    buckets: tuple[tuple[float, float], ...] = ()
    """Upper bound in seconds -> requests within it and all smaller ones, ascending."""

    def since(self, before: Counts) -> Counts:
        """What came on top of `before`; all of it where the process has begun anew."""
        if self.requests < before.requests or self.errors < before.errors:
            return self
        known = dict(before.buckets)
        return Counts(
            self.requests - before.requests,
            self.errors - before.errors,
            tuple((bound, count - known.get(bound, 0.0)) for bound, count in self.buckets),
        )


@dataclass(frozen=True, slots=True)
class Metrics:
    """A service's last hour, as far as it was watched. Rates in 1/s, times in seconds."""

    rate: float = 0.0
    errors: float = 0.0
    p50: float | None = None
    p99: float | None = None
    rates: tuple[float, ...] = ()
    """One a step, oldest first."""


class History:
    """Counts of one service over the last hour. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._steps: deque[tuple[float, Counts]] = deque(maxlen=POINTS)
        """Seconds that the step lasted, and what came in them."""
        self._looked: float | None = None
        self._last: dict[str, Counts] = {}
        """By process, those first that were not heard of for longest."""

    def add(self, now: float, told: Mapping[str, Counts]) -> None:
        """What each process of the service told. One that is new counts from zero."""
        before, self._looked = self._looked, now
        last = self._last
        silent = [(name, counts) for name, counts in last.items() if name not in told]
        self._last = {**dict(silent[-_REMEMBERED:]), **told}
        if before is None or now <= before:
            return
        came = together(
            counts.since(last[name]) if name in last else counts for name, counts in told.items()
        )
        seconds = now - before
        steps = max(1, round(seconds / STEP_SECONDS))
        share = _divided(came, steps)
        for _ in range(min(steps, POINTS)):  # while nobody watched: all the same
            self._steps.append((seconds / steps, share))

    def metrics(self) -> Metrics | None:
        """None until there are two looks to compare."""
        if not self._steps:
            return None
        seconds = sum(length for length, _ in self._steps)
        buckets = _summed(counts.buckets for _, counts in self._steps)
        return Metrics(
            rate=_rounded(sum(counts.requests for _, counts in self._steps) / seconds),
            errors=_rounded(sum(counts.errors for _, counts in self._steps) / seconds),
            p50=quantile(buckets, 0.5),
            p99=quantile(buckets, 0.99),
            rates=tuple(_rounded(counts.requests / length) for length, counts in self._steps),
        )


def parse(text: str) -> Counts:
    """The counts in a scrape; lines that say something else are left alone."""
    requests = errors = 0.0
    buckets: dict[float, float] = {}
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        labels = dict(_LABEL.findall(found[2]))
        if labels.get("endpoint") == _OTHER:
            continue
        try:
            value = float(found[3])
            bound = float(labels.get("le", inf))
        except ValueError:
            continue
        if not 0.0 <= value < inf:
            continue
        if found[1] == "modelship_requests_total":
            requests += value
            errors += value if labels.get("status", "").startswith("5") else 0.0
        elif found[1] == "modelship_request_seconds_bucket":
            buckets[bound] = buckets.get(bound, 0.0) + value
    return Counts(requests, errors, tuple(sorted(buckets.items())))


def together(told: Iterable[Counts]) -> Counts:
    """The counts of several processes as those of one."""
    counts = tuple(told)
    return Counts(
        sum(each.requests for each in counts),
        sum(each.errors for each in counts),
        tuple(sorted(_summed(each.buckets for each in counts).items())),
    )


def quantile(buckets: Mapping[float, float], share: float) -> float | None:
    """The time within which that share of requests was answered, as Prometheus' own
    `histogram_quantile` reckons it: evenly within a bucket, the last bound for what is beyond.

    `buckets`: upper bound -> requests within it and all smaller ones. None without a request.
    """
    bounds = sorted(buckets)
    total = buckets[bounds[-1]] if bounds else 0.0
    if total <= 0.0:
        return None
    wanted = share * total
    lower = below = 0.0
    for bound in bounds:
        within = buckets[bound]
        if within >= wanted:
            if bound == inf:
                break
            part = (wanted - below) / (within - below) if within > below else 1.0
            return _rounded(lower + (bound - lower) * part)
        lower, below = bound, within
    return _rounded(lower)


def _divided(counts: Counts, parts: int) -> Counts:
    if parts == 1:
        return counts
    buckets = tuple((bound, count / parts) for bound, count in counts.buckets)
    return Counts(counts.requests / parts, counts.errors / parts, buckets)


def _summed(rows: Iterable[tuple[tuple[float, float], ...]]) -> dict[float, float]:
    total: dict[float, float] = {}
    for row in rows:
        for bound, count in row:
            total[bound] = total.get(bound, 0.0) + count
    return total


def _rounded(value: float) -> float:
    return round(value, 5)
