"""A run and the request that caused it; which state may follow which; how a run is refused."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from jupyter_modelship.errors import ModelshipError, UsageError

State = Literal["queued", "running", "succeeded", "failed", "cancelled", "interrupted"]
STATES: tuple[State, ...] = get_args(State)

ALLOWED: Mapping[State, frozenset[State]] = {
    "queued": frozenset({"running", "cancelled"}),
    "running": frozenset({"succeeded", "failed", "cancelled", "interrupted"}),
    "interrupted": frozenset({"running", "failed", "cancelled"}),
    "succeeded": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}
"""Which states may follow a state. A run with nothing to follow has come to its end."""

ACTIVE: frozenset[State] = frozenset(state for state, following in ALLOWED.items() if following)


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks for. `id` is a UUID the client made: the idempotency key."""

    id: str
    service: str
    target: str
    notebook: str
    """Absolute path of the notebook."""
    notebook_digest: str
    """sha256 of the notebook's bytes."""
    plan_digest: str
    """The digest that was reviewed."""
    body: Mapping[str, object] = field(default_factory=dict)
    """Everything else the pipeline needs, as JSON: options, endpoints, who asks. No secrets."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", canonical(self.id))

    @property
    def flags(self) -> Mapping[str, object]:
        """Options by name, as who asked set them; the others come from the notebook."""
        found = self.body.get("flags")
        return found if isinstance(found, Mapping) else {}

    @property
    def fresh(self) -> bool:
        """Whatever is cached, and live already, is made anew."""
        return bool(self.body.get("fresh"))

    @property
    def until(self) -> str | None:
        """`prove`: the run ends after the proof and deploys nothing."""
        return "prove" if self.body.get("until") == "prove" else None

    @property
    def back(self) -> Mapping[str, object] | None:
        """Of a run that brings a revision back by itself: `failed` and `to` (numbers of
        revisions), `why`, `run` (that brought `failed` live)."""
        found = self.body.get("back")
        return found if isinstance(found, Mapping) else None

    @property
    def overrides(self) -> Mapping[str, str]:
        """Finding code -> the reason somebody gave for going on in spite of it."""
        found = self.body.get("overrides")
        return found if isinstance(found, Mapping) else {}

    @property
    def who(self) -> str:
        """Who asks, as the target calls them."""
        return str(self.body.get("who") or "")

    @property
    def takes_over(self) -> str:
        """Whose the service is until then, as it was told to who asks and takes it over."""
        return str(self.body.get("takes_over") or "")

    @property
    def digest(self) -> str:
        """sha256 over everything but the id: what makes two requests the same request."""
        parts = (self.service, self.target, self.notebook, self.notebook_digest, self.plan_digest)
        return hashlib.sha256(dumps([*parts, self.body]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the journal has it. Times are UTC epoch seconds."""

    request: Request
    state: State
    created: float
    started: float | None = None
    finished: float | None = None
    attempts: int = 0
    """How often a worker began to work on it; also the fencing token of the last one."""
    cancel: bool = False
    """Somebody asked for an end."""
    error: Mapping[str, object] | None = None
    """Why it failed, as `failure.describe` writes it."""
    result: Mapping[str, object] | None = None
    """What it came to: the payload of its `result` event."""
    record: Mapping[str, object] | None = None
    """Provenance, as `records.RunRecord` writes it."""

    @property
    def id(self) -> str:
        return self.request.id

    @property
    def service(self) -> str:
        return self.request.service

    @property
    def active(self) -> bool:
        """Whether anything can still happen to it."""
        return self.state in ACTIVE


class KeyReused(UsageError):
    """The same id came with another body."""

    code = "key-reused"


class RunActive(UsageError):
    """Another run works on the service; `run` is its id."""

    code = "run-active"

    def __init__(self, service: str, run: str) -> None:
        super().__init__(
            f"run {run[:8]} is at work on {service}",
            remedy=f"wait for it, or end it: jupyter modelship cancel {service}",
            detail=run,
        )
        self.run = run


class WrongState(ModelshipError):
    """A transition that the table forbids, or that somebody else was faster to make."""

    code = "wrong-state"


def new_id() -> str:
    """A fresh id for a request."""
    return str(uuid.uuid4())


def canonical(identity: str) -> str:
    """The id in UUID's canonical form, safe as a file name; UsageError for anything else."""
    try:
        return str(uuid.UUID(identity))
    except (ValueError, AttributeError, TypeError) as error:
        raise UsageError(
            f"{identity!r} is not a run",
            remedy="a run is named by a UUID; see: jupyter modelship list",
        ) from error


def dumps(value: object) -> str:
    """JSON, one spelling for one value; ValueError for what JSON cannot say (NaN included)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
