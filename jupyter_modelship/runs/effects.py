"""Doing something to the world once, however often the worker is killed on the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from jupyter_modelship.failpoints import failpoint

from .journal import Journal
from .run import Run

Result = Mapping[str, object]


async def effect(
    journal: Journal,
    run: Run,
    name: str,
    *,
    intent: Mapping[str, object],
    look: Callable[[], Awaitable[Result | None]],
    do: Callable[[], Awaitable[Result]],
) -> Result:
    """The result of the effect `name` of this run, done now or known already.

    The intent is written before `do`, the result after it. Where an earlier worker left an intent
    without a result, `look` tells whether the world shows the effect (its result) or not (None):
    only then it is done again. `do` must be one step for the world: prepare aside, then rename,
    apply, or hand over. Raises what `look` and `do` raise, WrongState when the run is no longer
    this worker's.
    """
    known = journal.effects(run.id).get(name)
    if known is not None and known.result is not None:
        return known.result
    journal.intend(run.id, name, intent, attempt=run.attempts)
    found = await _look(look) if known is not None else None
    result = found if found is not None else await _perform(do)
    journal.accomplish(run.id, name, result)
    return result


async def _look(look: Callable[[], Awaitable[Result | None]]) -> Result | None:
    failpoint("effects.look.before")
    found = await look()
    failpoint("effects.look.after")
    return found


async def _perform(do: Callable[[], Awaitable[Result]]) -> Result:
    failpoint("effects.do.before")
    result = await do()
    failpoint("effects.do.after")
    return result
