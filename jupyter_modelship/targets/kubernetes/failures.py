"""What the API answers when it does not do what was asked, as errors that people can act on."""

from __future__ import annotations

import itertools
import json
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from jupyter_modelship.bundle.release.naming import MANAGER
from jupyter_modelship.errors import StageFailed

_CONFLICT = "FieldManagerConflict"
_SCALED = re.compile(
    rf'conflict with "(?:kube-controller-manager|{MANAGER})" with subresource "scale".*'
    r"\(\.spec\.replicas\)$"
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A `Status` of the API (meta/v1), or what stands for one."""

    code: int
    """HTTP status."""
    reason: str
    message: str
    causes: tuple[tuple[str, str], ...] = ()
    """(reason, message) each."""
    retry_after: float | None = None
    """Seconds that the API asks to wait."""

    @property
    def only_replicas(self) -> bool:
        """Whether all that is in the way is a number of replicas that an autoscaler set, or we by
        the same means."""
        return bool(self.causes) and all(
            reason == _CONFLICT and _SCALED.search(message) is not None
            for reason, message in self.causes
        )


class ApiRefused(StageFailed):
    """The API answered, and did not do it."""

    def __init__(self, refusal: Refusal, asked: str) -> None:
        super().__init__(
            f"the cluster refuses to {asked}: {refusal.message or refusal.reason}",
            remedy=_remedy(refusal),
            detail="\n".join(message for _, message in refusal.causes),
        )
        self.refusal = refusal


class ApiSilent(StageFailed):
    """Nobody answered, or not in time."""


_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 4.0
_PASSING = frozenset({429, 500, 502, 503, 504})


def passing(error: StageFailed) -> bool:
    """Whether asking again may help: nobody answered, or who did is busy, starts, or has lost its
    store. A webhook that somebody put before the API is not waited for."""
    if not isinstance(error, ApiRefused):
        return isinstance(error, ApiSilent)
    return error.refusal.code in _PASSING and "webhook" not in error.refusal.message


def wished(error: StageFailed) -> float:
    """Seconds that the API asks to wait; 0 where it asks for none."""
    return (error.refusal.retry_after or 0.0) if isinstance(error, ApiRefused) else 0.0


def pauses(
    seconds: float,
    *,
    chance: Callable[[], float] = random.random,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[float]:
    """How long to wait before each further try, in seconds, until so many have gone by."""
    until = clock() + seconds
    for nth in itertools.count():
        pause = min(_FIRST_PAUSE * 2**nth, _LONGEST_PAUSE) * (0.5 + chance() / 2)
        if clock() + pause > until:
            return
        yield pause


def refusal(status: int, body: bytes, headers: Any) -> Refusal:
    """What a reply says that is no success; never fails."""
    try:
        document = json.loads(body)
        details = document.get("details") or {}
        return Refusal(
            status,
            str(document.get("reason") or ""),
            str(document.get("message") or ""),
            tuple(_causes(details)),
            _seconds(details.get("retryAfterSeconds")) or _seconds(headers.get("Retry-After")),
        )
    except (ValueError, AttributeError):
        text = body[:200].decode("utf-8", "replace").strip()
        return Refusal(status, "", text or f"status {status}")


def _causes(details: Any) -> Iterator[tuple[str, str]]:
    for cause in details.get("causes") or ():
        field = f" ({cause['field']})" if cause.get("field") else ""
        yield str(cause.get("reason") or ""), f"{cause.get('message') or ''}{field}"


def _seconds(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _remedy(refused: Refusal) -> str:
    if refused.code == 401:
        return "log in to the cluster again: kubectl get pods tells whether that works"
    if refused.code == 403:
        return "ask who administers the cluster for the permission that the message names"
    if any(reason == _CONFLICT for reason, _ in refused.causes):
        return (
            "somebody else sets these fields, as where a release is applied from a repository: "
            "see the detail, and agree with them who does"
        )
    if refused.code == 422:
        return "the cluster does not take an object of ours: please report it"
    return "see what the cluster says, and try again"
