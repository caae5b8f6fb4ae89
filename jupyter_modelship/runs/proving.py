"""The stage `prove`: serve the bundle on a private socket and insist on the notebook's answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.platforms import foreign
from jupyter_modelship.model import Notebook
from jupyter_modelship.rehearsal.failure import place
from jupyter_modelship.rehearsal.replay import replay, uds_call
from jupyter_modelship.targets.port import Release, Staged, Target

from . import workplace
from .computing import Computed
from .context import RunContext
from .preparing import Early
from .review import Reviewed
from .stages import stage, waiting
from .workplace import Workplace


@asynccontextmanager
async def proved(
    context: RunContext,
    target: Target,
    release: Release,
    reviewed: Reviewed,
    computed: Computed,
    code: str,
) -> AsyncIterator[Staged]:
    """A process of the release that answered as the notebook did and gets no traffic yet; gone on
    the way out unless it went live."""
    workplace.keep(
        context.places,
        context.run.id,
        Workplace("prove", str(release.bundle_folder), str(release.python)),
    )
    process: Staged | None = None
    early = computed.prepared.early
    try:
        with stage(context, "prove") as note:
            with _placed(reviewed.notebook):
                if early is not None and early.code == code:
                    process = early.staged
                else:
                    await _discard(target, early)
                    process = await target.stage(release)
                await target.open(
                    process, bundle=release.bundle_folder, tell=waiting(context, "prove")
                )
            note.summary = await prove(process, reviewed, computed)
        yield process
    finally:
        if process is not None:
            await target.discard(process)


@contextmanager
def _placed(notebook: Notebook) -> Iterator[None]:
    """A target knows a cell by its id; people are told its number and its first line."""
    try:
        yield
    except StageFailed as error:
        if error.cell is None or error.cell not in {cell.id for cell in notebook.cells}:
            raise
        line = "" if error.line is None else f", line {error.line}"
        raise StageFailed(
            f"{place(notebook.cell(error.cell))}{line}: {error}",
            remedy=error.remedy,
            detail=error.detail,
            cell=error.cell,
            line=error.line,
        ) from error


async def _discard(target: Target, early: Early | None) -> None:
    if early is not None:
        await target.discard(early.staged)


async def prove(staged: Staged, reviewed: Reviewed, computed: Computed) -> str:
    """Replay the examples; raises StageFailed showing both sides of what differs."""
    examples = computed.rehearsed.examples
    imaged = computed.prepared.imaged
    there = foreign(imaged.ground.platform) if imaged else None
    where = f" on {there}" if there else ""
    if not examples:
        return f"no example: unproven{where}, it only starts"
    call = uds_call(
        staged.socket,
        staged.token or None,
        reviewed.plan.slice.endpoints,
        seconds=reviewed.plan.options.time_limit + 5,
    )
    answers = await replay(examples, call, notebook=reviewed.notebook)
    return f"{len(answers)} of {_answered(len(answers), reviewed.plan.options.compare)}{where}"


def _answered(count: int, compare: str) -> str:
    """What was compared is said, and no more than that."""
    noun = "example answers" if count == 1 else "examples answer"
    how = {"shape": " in the notebook's shape", "off": ", compared with nothing"}
    return f"{count} {noun}{how.get(compare, ' as in the notebook')}"
