"""One service in the keeper: its record, its socket, its processes, and what may happen to them.

The record on disk is written before the world is changed to match it, but for a takeover: there a
revision counts only once its process takes traffic. So whoever reads the record after a crash finds
a state that can be restored.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_modelship.errors import NothingThere, StageFailed
from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.targets.port import Observation, Release
from jupyter_modelship.targets.revisions import chosen, keeps, kept, next_number

from .child import Children, Failure
from .launcher import Given, Launchers, kind_of
from .listener import Listeners, port_of
from .log import Log, last_lines
from .observed import observed
from .serving import Process
from .staging import Staging, Waiting, changed, check_claim
from .state import Folder, Record, Revision, forget_unpublished, now, remove, save
from .supervise import Supervisor


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the services of one keeper share."""

    children: Children
    sockets: Callable[[str], Path]
    moved: Callable[[], None]
    """Called when something ended that the keeper may have stayed for."""
    launchers: Launchers


class Needs(NamedTuple):
    """What must stay on this machine for a release."""

    bundle: Path
    image: str


class Service:
    def __init__(
        self, name: str, *, place: Folder, record: Record | None, around: Surroundings
    ) -> None:
        self.name = name
        self.record = record
        self.let_go: set[Needs] = set()
        """What the service referred to and does no longer."""
        self._place = place
        self._around = around
        self._log = Log(place)
        self._lock = asyncio.Lock()
        self._staging = Staging(name)
        self._listeners = Listeners(place.path)
        self._supervisor: Supervisor | None = None
        self._retiring: set[asyncio.Task[None]] = set()
        self._changes = 0
        """Counts what people and runs did to the service since the keeper started."""

    # -- reading -----------------------------------------------------------------------------------

    @property
    def wanted(self) -> bool:
        """Whether the keeper must stay for this service."""
        running = self.record is not None and self.record.desired == "running"
        return running or bool(self._staging or self._retiring) or self._lock.locked()

    @property
    def needs(self) -> set[Needs]:
        """What its revisions and staged processes stand on."""
        revisions = (revision.release for revision in self._revisions())
        return {
            Needs(each.bundle_folder, each.image) for each in (*self._staging.releases, *revisions)
        }

    def observe(self) -> Observation | None:
        if self.record is None or not self.record.live or self.record.desired == "deleted":
            return None
        return observed(self.record, place=self._place, supervisor=self._supervisor)

    # -- a release goes live -----------------------------------------------------------------------

    async def stage(self, release: Release) -> tuple[str, Path]:
        """Start a process for `release`; its id and private socket, once it has loaded."""
        check_claim(release, self.record)
        option = release.options.get("port")
        bound = self._listeners.choose(
            wanted=option if isinstance(option, int) else 0,
            remembered=self.record.port if self.record is not None else 0,
        )
        try:
            process = self._launch(release, bound)
        except BaseException:
            self._release(bound)
            raise
        identity = self._staging.add(Waiting(process, bound, base=self._changes))
        try:
            await process.load()
        except BaseException as error:
            if isinstance(error, StageFailed):
                error.detail = error.detail or last_lines(self._place, 30)
            self._drop(identity)
            raise
        return identity, process.private

    async def open(self, identity: str, bundle: Path | None = None) -> None:
        await self._staging.waiting(identity).process.open(bundle)

    async def apply(
        self, release: Release, identity: str, *, origin: int | None = None
    ) -> Observation:
        """Hand the traffic to a staged process and record its revision."""
        async with self._lock:
            if self.record is not None and self.record.applied(release.run):
                await self.discard(identity)
                return self._seen()
            check_claim(release, self.record)
            waiting = self._staging.waiting(identity)
            self._check_base(waiting)
            after = self._with(Revision(self._next(), now(), release, origin), waiting.bound)
            try:
                self._intend(after, release.run)
                self._listeners.listen(waiting.bound)
                await waiting.process.take()
                failpoint("keeper.record.before")
                save(self._place, after)
                failpoint("keeper.record.after")
            except BaseException:
                self._take_back(identity)
                raise
            known = self.needs
            self.record = after
            self.let_go |= known - self.needs
            await self._adopt(identity)
            return self._seen()

    async def discard(self, identity: str) -> None:
        """End a staged process. One that is live or gone is left alone."""
        waiting = self._drop(identity)
        if waiting is not None:
            await asyncio.wait({waiting.process.child.ended})

    # -- what people do ----------------------------------------------------------------------------

    async def start(self) -> Observation:
        """Run the live revision; on return its first process takes traffic, or has failed."""
        async with self._lock:
            record = self._published()
            supervisor = self._supervisor
            if supervisor is None:
                await self._listeners.revive(record.port)
                failpoint("keeper.start.before")
                self._write(replace(record, desired="running"))
                failpoint("keeper.start.after")
                self._changes += 1
                supervisor = self._supervise()
                supervisor.begin()
            supervisor.hurry()
        await supervisor.tried.wait()
        return self._seen()

    async def stop(self) -> Observation:
        """End the service's processes, letting requests finish; port and revisions are kept."""
        async with self._lock:
            record = self._published()
            failpoint("keeper.stop.before")
            self._write(replace(record, desired="stopped"))
            failpoint("keeper.stop.after")
            await self._quiet("it was stopped")
            return self._seen()

    async def rollback(self, revision: int | None, *, run: str, who: str) -> Observation:
        """Bring back an older revision under a new number, by the way of every release."""
        record = self._published()
        if record.applied(run):
            return self._seen()
        back = chosen(record.revisions, live=record.live, wanted=revision, service=self.name)
        release = replace(back.release, run=run or f"rollback-{secrets.token_hex(8)}", who=who)
        identity, _ = await self.stage(release)
        try:
            await self.open(identity)
            return await self.apply(release, identity, origin=back.number)
        finally:
            await self.discard(identity)

    async def delete(self) -> None:
        """Remove all that is the service's."""
        async with self._lock:
            if self.record is not None:
                failpoint("keeper.delete.before")
                self._write(replace(self.record, desired="deleted"))
                failpoint("keeper.delete.after")
            await self._quiet("it was deleted")
            self._log.close()
            failpoint("keeper.remove.before")
            remove(self._place)
            failpoint("keeper.remove.after")
            known = self.needs
            self.record = None
            self.let_go |= known - self.needs

    async def restore(self) -> None:
        """After a keeper's end: bring the world to what the record says."""
        record = self.record
        if record is None or not record.live:
            self.record = None
            forget_unpublished(self._place)
        elif record.desired == "deleted":
            await self.delete()
        elif record.desired == "running":
            self._write(replace(record, intent=""))
            self._supervise().begin()

    async def shut(self) -> None:
        """The keeper ends: processes finish their requests; what is desired stays desired."""
        await self._quiet("the keeper ended")
        self._log.close()

    # -- processes ---------------------------------------------------------------------------------

    def _launch(self, release: Release, bound: socket.socket) -> Process:
        around = self._around
        given = Given(bound, self._place, around.children, around.sockets, self._log)
        failpoint("keeper.spawn.before")
        process = around.launchers[kind_of(release)].launch(release, given)
        try:
            failpoint("keeper.spawn.after")
        except BaseException:
            process.child.kill()
            raise
        self._log.note("process-started", pid=process.child.pid, bundle=release.bundle_digest)
        return process

    async def _bring_up(self) -> Process:
        """A process of the live revision that takes traffic, as the supervisor wants it."""
        record = self._published()
        bound = await self._listeners.revive(record.port)
        process = self._launch(record.revision(record.live).release, bound)
        try:
            await process.load()
            await process.open()
            await process.take()
        except BaseException:
            await process.child.end(limit=0)
            raise
        return process

    def _supervise(self) -> Supervisor:
        self._supervisor = Supervisor(self._bring_up, told=self._told)
        return self._supervisor

    def _told(self, failure: Failure, pause: float) -> None:
        self._log.note(
            "process-ended",
            level="error",
            reason=failure.reason,
            cell=failure.cell,
            line=failure.line,
            restart_in=round(pause, 2),
        )

    async def _adopt(self, identity: str) -> None:
        """The staged process is the live one; return when the old one accepts no more."""
        waiting = self._staging.pop(identity)
        assert waiting is not None
        self._changes += 1
        before = self._supervisor
        self._supervise().adopt(waiting.process)
        old = await before.let_go() if before is not None else None
        self._listeners.replace(waiting.bound)
        if old is None:
            return
        with contextlib.suppress(StageFailed, OSError):  # it has just ended by itself, or hangs
            failpoint("keeper.drain.before")
            await old.close()
            failpoint("keeper.drain.after")
        self._retire(old)

    def _retire(self, process: Process) -> None:
        """Let a process finish its requests and end, in the background."""
        process.drain()
        task = asyncio.get_running_loop().create_task(process.finish())
        self._retiring.add(task)
        task.add_done_callback(self._retired)

    def _retired(self, task: asyncio.Task[None]) -> None:
        self._retiring.discard(task)
        self._around.moved()

    async def _quiet(self, why: str) -> None:
        """End every process, letting requests finish, and close the socket; all are gone then."""
        self._changes += 1
        lost = self._staging.lose(why)
        supervisor, self._supervisor = self._supervisor, None
        process = await supervisor.let_go() if supervisor is not None else None
        if process is not None:
            self._retire(process)
        self._listeners.close()
        ending: set[asyncio.Future[Any]] = {*self._retiring, *lost}
        if ending:
            await asyncio.wait(ending)

    def _drop(self, identity: str) -> Waiting | None:
        waiting = self._staging.pop(identity)
        if waiting is not None:
            waiting.process.child.kill()
            self._release(waiting.bound)
        return waiting

    def _release(self, bound: socket.socket) -> None:
        """A process that was to serve on `bound` goes no further."""
        if bound is not self._listeners.live and not self._staging.uses(bound):
            bound.close()
        if self.record is None and not self._staging:
            self._log.close()
            forget_unpublished(self._place)

    # -- the record --------------------------------------------------------------------------------

    def _revisions(self) -> tuple[Revision, ...]:
        return self.record.revisions if self.record is not None else ()

    def _next(self) -> int:
        return next_number(self._revisions())

    def _with(self, revision: Revision, bound: socket.socket) -> Record:
        """The record with `revision` live."""
        release = revision.release
        return Record(
            service=self.name,
            notebook=release.notebook,
            port=port_of(bound),
            desired="running",
            live=revision.number,
            revisions=kept(
                (*self._revisions(), revision),
                live=revision.number,
                keep=keeps(release.options),
            ),
        )

    def _intend(self, after: Record, run: str) -> None:
        """Note on disk that `run` is about to take over; a first release has no record yet."""
        unpublished = replace(after, desired="stopped", live=0, revisions=())
        failpoint("keeper.intent.before")
        save(self._place, replace(self.record or unpublished, intent=run))
        failpoint("keeper.intent.after")

    def _take_back(self, identity: str) -> None:
        """A step of `apply` failed: the record is as it was, the staged process goes."""
        waiting = self._staging.pop(identity)
        assert waiting is not None
        self._retire(waiting.process)
        with contextlib.suppress(OSError):  # restoring ignores what was only intended
            if self.record is not None:
                save(self._place, self.record)
        self._release(waiting.bound)

    def _write(self, record: Record) -> None:
        save(self._place, record)
        self.record = record

    # -- checks ------------------------------------------------------------------------------------

    def _published(self) -> Record:
        if self.record is None or not self.record.live:
            raise NothingThere(f"there is no service {self.name}")
        return self.record

    def _seen(self) -> Observation:
        seen = self.observe()
        assert seen is not None
        return seen

    def _check_base(self, waiting: Waiting) -> None:
        if waiting.base == self._changes:
            return
        record = self._published()
        live = record.revision(record.live)
        by = f" by {live.release.who}" if live.release.who else ""
        why = f"revision {live.number} went live (run {live.release.run}{by})"
        raise changed(self.name, why)
