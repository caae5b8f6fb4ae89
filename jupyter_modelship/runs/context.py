"""What a worker hands to the pipeline."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from jupyter_modelship.places import Places
from jupyter_modelship.records import RunRecord

from . import effects
from .events import Kind
from .journal import Journal
from .run import Run

Emit = Callable[[str, Kind, Mapping[str, object]], None]


@dataclass(frozen=True, slots=True)
class RunContext:
    """One attempt at a run. `emit(stage, kind, payload)` tells an event of the vocabulary."""

    run: Run
    journal: Journal
    emit: Emit

    @property
    def places(self) -> Places:
        return self.journal.places

    async def effect(
        self,
        name: str,
        *,
        intent: Mapping[str, object],
        look: Callable[[], Awaitable[effects.Result | None]],
        do: Callable[[], Awaitable[effects.Result]],
    ) -> effects.Result:
        """Do something to the world once; see `effects.effect`."""
        return await effects.effect(self.journal, self.run, name, intent=intent, look=look, do=do)

    def keep(self, record: RunRecord) -> None:
        """Keep the run's provenance."""
        self.journal.keep_record(self.run.id, record.to_json())

    def log(self, stage: str, *lines: str) -> None:
        """Tell lines of text."""
        self.emit(stage, "log", {"lines": list(lines)})


class Line(Protocol):
    """The pipeline: works a run to its end and returns the payload of its `result` event.

    Raises ModelshipError for what a person can act on. Cancelled (a stop was asked for, or the
    machine goes down) it cleans up within seconds and lets the cancellation through.
    """

    async def __call__(self, context: RunContext, /) -> Mapping[str, object]: ...


class After(Protocol):
    """Goes on after a run that succeeded, for as long as its worker lives; tells no event."""

    async def __call__(self, context: RunContext, /) -> None: ...


class Clean(Protocol):
    """Undoes what a run that did not succeed has left in the world, after `journal.effects`: an
    intent without a result may have happened or not. Called again until it returns once."""

    async def __call__(self, context: RunContext, /) -> None: ...
