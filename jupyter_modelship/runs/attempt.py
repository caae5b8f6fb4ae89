"""One worker's attempt at a run: begin, watch the line, write down what came of it.

Whoever calls `work` holds the run's lock.
"""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from jupyter_modelship.errors import Cancelled, Interrupted
from jupyter_modelship.failpoints import failpoint

from . import events, failure
from .context import After, Clean, Line, RunContext
from .journal import Journal
from .recorder import Recorder
from .run import Run, State, dumps

ATTEMPTS = 3
"""So many workers may lose their lives on one run; then it has failed."""
STOP_SECONDS = 8.0
"""How long a line that was told to stop may clean up."""
CLEAN_SECONDS = 60.0
"""How long may be cleaned up after a run: a pod of the revision before may have to start."""

_WHY: Mapping[State, str] = {
    "cancelled": "somebody cancelled it",
    "interrupted": "its worker was told to end, as it is when the machine goes down",
}
_STOLEN = "the worker was gone: killed, or the machine went down"


@dataclass(frozen=True, slots=True)
class Pipeline:
    line: Line
    clean: Clean | None = None
    after: After | None = None


class Ending:
    """Whether, and for which reason, a run is asked to end before its time. The first one counts,
    but for a cancel: that somebody asked for an end says more than that the machine goes down."""

    def __init__(self) -> None:
        self.reason: Literal["cancelled", "interrupted"] | None = None
        self._asked = asyncio.Event()

    def ask(self, reason: Literal["cancelled", "interrupted"]) -> None:
        if self.reason != "cancelled":
            self.reason = reason
        self._asked.set()

    async def asked(self) -> None:
        await self._asked.wait()


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What the line came to; of `error` and `result` at most one is there."""

    state: State
    error: Mapping[str, object] | None = None
    result: Mapping[str, object] | None = None
    reason: str = ""
    stuck: bool = False


async def work(
    journal: Journal,
    run_id: str,
    load: Callable[[Mapping[str, object]], Pipeline],
    ending: Ending,
) -> Run | None:
    """Work on the run until it has ended or is interrupted; the run then.

    None when its end is written down but the line does not stop: the process must.
    """
    run = journal.get(run_id)
    if run.state == "running":  # we hold its lock: whoever ran it is dead
        run = journal.transition(run.id, "running", "interrupted", reason=_STOLEN)
    if not run.active:
        return run
    if run.cancel:
        return await _end(journal, run, load, _Outcome("cancelled", reason=_WHY["cancelled"]))
    if run.attempts >= ATTEMPTS:
        return await _end(journal, run, load, _exhausted())
    await _settle_others(journal, run, load)
    run = journal.transition(run.id, run.state, "running")
    failpoint("worker.running")
    recorder = Recorder(journal, run.id)
    context = RunContext(run, journal, recorder.emit)
    outcome = await _attempt(context, load, ending, recorder)
    failpoint("worker.line.ended")
    recorder.flush()
    if journal.get(run.id).cancel and outcome.state == "interrupted":
        outcome = replace(outcome, state="cancelled", reason=_WHY["cancelled"])
    ended = await _end(journal, run, load, outcome)
    return None if outcome.stuck else ended


def _exhausted() -> _Outcome:
    error = Interrupted(
        f"{ATTEMPTS} workers began this run and none came to its end",
        remedy="see what ends them (memory, the machine), then deploy again",
    )
    return _Outcome("failed", error=failure.describe(error))


async def _attempt(
    context: RunContext,
    load: Callable[[Mapping[str, object]], Pipeline],
    ending: Ending,
    recorder: Recorder,
) -> _Outcome:
    try:
        pipeline = load(context.run.request.body)
    except Exception as error:  # whatever it is, the run must say so
        return _Outcome("failed", error=failure.describe(error))
    task = asyncio.ensure_future(pipeline.line(context))
    ends = {asyncio.ensure_future(one) for one in (ending.asked(), recorder.until_broken())}
    await asyncio.wait({task, *ends}, return_when=asyncio.FIRST_COMPLETED)
    for end in ends:
        end.cancel()
    if not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=STOP_SECONDS)
    return _outcome(task, ending, recorder.broken)


def _outcome(
    task: asyncio.Future[Mapping[str, object]], ending: Ending, broken: Exception | None
) -> _Outcome:
    """What a line came to. One that had its result before it heard of the end has succeeded;
    one whose log could not be written (`broken`) has failed of that."""
    if not task.done():
        reason = f"its clean-up took longer than {STOP_SECONDS:.0f} s and was given up"
        return _Outcome(ending.reason or "interrupted", reason=reason, stuck=True)
    error = asyncio.CancelledError() if task.cancelled() else task.exception()
    if error is None:
        return _succeeded(task.result())
    if ending.reason is not None:
        told = None if isinstance(error, asyncio.CancelledError) else failure.describe(error)
        return _Outcome(ending.reason, error=told, reason=_WHY[ending.reason])
    if isinstance(error, Cancelled):
        return _Outcome("cancelled", reason=error.message)
    if broken is not None and isinstance(error, asyncio.CancelledError):
        error = broken
    return _Outcome("failed", error=failure.describe(error))


def _succeeded(result: Mapping[str, object]) -> _Outcome:
    try:
        events.check("", "result", result)
        dumps(result)
    except (ValueError, TypeError) as error:  # not of the vocabulary, or not JSON
        return _Outcome("failed", error=failure.describe(error))
    return _Outcome("succeeded", result=result)


async def _end(
    journal: Journal,
    run: Run,
    load: Callable[[Mapping[str, object]], Pipeline],
    outcome: _Outcome,
) -> Run:
    """Clean up, then write the end down: who reads of an end finds nothing half-made."""
    if outcome.state in ("failed", "cancelled") and not outcome.stuck:
        await _settle(journal, run, load)
    return journal.transition(
        run.id,
        run.state,
        outcome.state,
        error=outcome.error,
        result=outcome.result,
        reason=outcome.reason,
    )


async def attend(
    journal: Journal, run: Run, load: Callable[[Mapping[str, object]], Pipeline], ending: Ending
) -> None:
    """What a pipeline does after a run that succeeded, until this process is asked to end. It
    changes nothing about the run; what fails here is told in the worker's log alone."""
    after = load(run.request.body).after
    if after is None or run.state != "succeeded":
        return
    task = asyncio.ensure_future(after(RunContext(run, journal, _silent)))
    asked = asyncio.ensure_future(ending.asked())
    await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
    for each in (task, asked):
        each.cancel()
    for failed in await asyncio.gather(task, asked, return_exceptions=True):
        if isinstance(failed, Exception):
            lines = traceback.format_exception(failed)
            sys.stderr.write(f"after run {run.id}:\n{''.join(lines)}")


async def _settle_others(
    journal: Journal, run: Run, load: Callable[[Mapping[str, object]], Pipeline]
) -> None:
    """Clean up after runs of the service that ended with nobody there to do it."""
    for other in journal.unsettled(run.service):
        await _settle(journal, other, load)


async def _settle(
    journal: Journal, run: Run, load: Callable[[Mapping[str, object]], Pipeline]
) -> None:
    """Have the pipeline undo what the run did or may have done. What fails here is tried again by
    the service's next run, and changes nothing about this one's end."""
    if not journal.effects(run.id):
        return
    failpoint("worker.clean.before")
    try:
        clean = load(run.request.body).clean
        if clean is not None:
            await asyncio.wait_for(clean(RunContext(run, journal, _silent)), CLEAN_SECONDS)
        journal.forget_effects(run.id)
    except Exception:  # noqa: BLE001,RUF100 - see above
        sys.stderr.write(f"clean-up of run {run.id}:\n{traceback.format_exc()}")
    failpoint("worker.clean.after")


def _silent(_stage: str, _kind: object, _payload: object) -> None:
    """Events of a run that has ended are nobody's to read."""
