"""One service in the keeper: its socket, its processes, its record, and what may happen to them.

Invariants: the record on disk is written before the world is changed to match it, but for a
takeover, where the new revision counts only once its process takes traffic. Whoever reads the
record after a crash finds a state that can be restored.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from jupyter_modelship.errors import ModelshipError, NothingThere, StageFailed, UsageError
from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.process import environment
from jupyter_modelship.targets.port import Observation, Release
from jupyter_modelship.targets.revisions import KEPT, chosen, kept, next_number

from . import listener as listeners
from .child import Children, Failure, spawn
from .command import Ends, command, declared
from .log import Log, last_lines
from .observed import observed
from .state import Folder, Record, Revision, forget_unpublished, now, remove, save
from .supervise import Process, Supervisor
from .values import declared_values, inherited, token_file

LOAD_SECONDS = 300.0
"""Importing the slice and its libraries; the largest need minutes from a cold disk."""
READY_SECONDS = 120.0
TAKE_SECONDS = 15.0
CLOSED_SECONDS = 5.0
"""For the old process to stop accepting, once it drains."""
DRAIN_SECONDS = 10.0
GRACE_SECONDS = 5.0
"""Beyond the drain time, before a process is killed."""


@dataclass(slots=True)
class Waiting:
    """A staged process and the world it was staged in."""

    process: Process
    bundle: Path
    listener: socket.socket
    base: int
    lost: str = ""
    """Why it can no longer go live."""


@dataclass(slots=True)
class Surroundings:
    """What the services of one keeper share."""

    children: Children
    sockets: Callable[[str], Path]
    moved: Callable[[], None]
    """Called when something ended that the keeper may have stayed for."""
    retiring: set[asyncio.Task[None]] = field(default_factory=set)

    def retire(self, process: Process, *, limit: float) -> asyncio.Task[None]:
        """Let a process finish its requests, in the background."""
        task = asyncio.get_running_loop().create_task(process.child.end(limit=limit))
        self.retiring.add(task)
        task.add_done_callback(self._retired)
        return task

    def _retired(self, task: asyncio.Task[None]) -> None:
        self.retiring.discard(task)
        self.moved()


class Service:
    def __init__(
        self, name: str, *, place: Folder, record: Record | None, around: Surroundings
    ) -> None:
        self.name = name
        self.place = place
        self.record = record
        self.waiting: dict[str, Waiting] = {}
        self.let_go: set[Path] = set()
        """Bundle folders that the service refers to no longer."""
        self._around = around
        self._log = Log(place)
        self._lock = asyncio.Lock()
        self._listener: socket.socket | None = None
        self._supervisor: Supervisor | None = None
        self._changes = 0
        """Counts what people and runs did to the service since the keeper started."""

    # -- reading ---------------------------------------------------------------------------------

    @property
    def wanted(self) -> bool:
        """Whether the keeper must stay for this service."""
        running = self.record is not None and self.record.desired == "running"
        return running or bool(self.waiting) or self._lock.locked()

    @property
    def bundles(self) -> set[Path]:
        """The bundle folders that the service needs."""
        staged = {waiting.bundle for waiting in self.waiting.values()}
        return staged | {each.release.bundle_folder for each in self._revisions()}

    def _revisions(self) -> tuple[Revision, ...]:
        return self.record.revisions if self.record is not None else ()

    def observe(self) -> Observation | None:
        if self.record is None or not self.record.live or self.record.desired == "deleted":
            return None
        return observed(self.record, place=self.place, supervisor=self._supervisor)

    # -- a release goes live -----------------------------------------------------------------------

    async def stage(self, release: Release) -> tuple[str, Path]:
        """Start a process for `release`; its id and private socket, once it has loaded."""
        self._check_owner(release)
        bound = self._socket_for(release)
        identity = secrets.token_hex(6)
        try:
            process = self._spawn(release, bound)
        except BaseException:
            self._release_socket(bound)
            self._forget_unpublished()
            raise
        self.waiting[identity] = Waiting(process, release.bundle_folder, bound, base=self._changes)
        try:
            await process.child.expect("loaded", limit=LOAD_SECONDS)
        except StageFailed as error:
            error.detail = error.detail or last_lines(self.place, 30)
            await self.discard(identity)
            raise
        except BaseException:
            self._drop(identity)
            raise
        return identity, process.private

    async def open(self, identity: str) -> None:
        child = self._staged(identity).process.child
        failpoint("local.open.before")
        child.tell("open")
        await child.expect("ready", limit=READY_SECONDS)
        failpoint("local.open.after")

    async def apply(
        self, release: Release, identity: str, *, origin: int | None = None
    ) -> Observation:
        """Hand the traffic to a staged process and record its revision."""
        async with self._lock:
            if self.record is not None and self.record.applied(release.run):
                return self._seen()
            self._check_owner(release)
            waiting = self._staged(identity)
            self._check_base(waiting)
            before = self.record
            revisions = self._revisions()
            revision = Revision(next_number(revisions), now(), release, origin)
            after = Record(
                service=self.name,
                notebook=release.notebook,
                port=listeners.port_of(waiting.listener),
                desired="running",
                live=revision.number,
                revisions=kept((*revisions, revision), live=revision.number, keep=_keep(release)),
            )
            try:
                self._intend(release, waiting)
                await self._take(waiting)
                failpoint("local.record.before")
                save(self.place, after)
                failpoint("local.record.after")
            except BaseException:
                self._take_back(identity, before)
                raise
            known = self.bundles
            self.record = after
            self.let_go |= known - self.bundles
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
            if self._supervisor is None:
                self._listener = await self._bind_again(record.port)
                failpoint("local.start.before")
                self._write(replace(record, desired="running"))
                failpoint("local.start.after")
                self._changes += 1
                self._begin()
            supervisor = self._supervisor
            assert supervisor is not None
            supervisor.hurry()
        await supervisor.tried.wait()
        return self._seen()

    async def stop(self) -> Observation:
        """End the service's processes, letting requests finish; port and revisions are kept."""
        async with self._lock:
            record = self._published()
            failpoint("local.stop.before")
            self._write(replace(record, desired="stopped"))
            failpoint("local.stop.after")
            await self._quiet("it was stopped meanwhile")
            return self._seen()

    async def rollback(self, revision: int | None, *, run: str, who: str) -> Observation:
        record = self._published()
        back = chosen(record.revisions, live=record.live, wanted=revision, service=self.name)
        release = replace(back.release, run=run or f"rollback-{secrets.token_hex(8)}", who=who)
        if record.applied(release.run):
            return self._seen()
        identity, _ = await self.stage(release)
        try:
            await self.open(identity)
            return await self.apply(release, identity, origin=back.number)
        finally:
            await self.discard(identity)

    async def delete(self) -> None:
        """Remove all that is the service's."""
        async with self._lock:
            record = self.record
            if record is not None:
                failpoint("local.delete.before")
                self._write(replace(record, desired="deleted"))
            await self._quiet("it was deleted meanwhile")
            self._log.close()
            failpoint("local.remove.before")
            remove(self.place)
            failpoint("local.remove.after")
            known = self.bundles
            self.record = None
            self.let_go |= known - self.bundles

    async def restore(self) -> None:
        """After the keeper was gone: bring the world to what the record says."""
        record = self.record
        if record is None or not record.live:
            forget_unpublished(self.place)
            self.record = None
        elif record.desired == "deleted":
            await self.delete()
        elif record.desired == "running":
            await self._restore(replace(record, intent=""))

    async def shut(self) -> None:
        """The keeper ends: processes finish their requests; what is desired stays desired."""
        await self._quiet("the keeper ended")
        self._log.close()

    # -- processes ---------------------------------------------------------------------------------

    def _spawn(self, release: Release, bound: socket.socket) -> Process:
        for path in (release.bundle_folder / "modelship_runtime", release.python):
            if not path.exists():
                raise StageFailed(
                    f"{path} of service {self.name} is gone",
                    remedy="deploy the notebook again: that makes it anew",
                )
        token = token_file(self.place)
        hidden = declared_values(self.place, declared(release, "secrets"))
        values = {**declared_values(self.place, declared(release, "env")), **hidden}
        private = self._around.sockets(f"p-{secrets.token_hex(6)}")
        ours, its = socket.socketpair()
        ends = Ends(bound.fileno(), its.fileno(), private, listeners.free_port())
        failpoint("local.spawn.before")
        child = spawn(
            command(release, ends=ends, token=token),
            children=self._around.children,
            control=(ours, its),
            listener=bound,
            folder=release.bundle_folder,
            env={**inherited(environment()), **values},
            log=self._log,
            hidden=tuple(value.encode() for value in hidden.values()),
        )
        failpoint("local.spawn.after")
        child.ended.add_done_callback(lambda _: private.unlink(missing_ok=True))
        self._log.note("process-started", pid=child.pid, bundle=release.bundle_digest)
        return Process(child, private, ends.metrics)

    async def _bring_up(self) -> Process:
        """A process of the live revision that takes traffic, as the supervisor wants it."""
        assert self.record is not None
        if self._listener is None:
            self._listener = await self._bind_again(self.record.port)
        release = self.record.revision(self.record.live).release
        process = self._spawn(release, self._listener)
        child = process.child
        try:
            await child.expect("loaded", limit=LOAD_SECONDS)
            child.tell("open")
            await child.expect("ready", limit=READY_SECONDS)
            child.tell("take")
            await child.expect("taking", limit=TAKE_SECONDS)
        except BaseException:
            child.kill()
            raise
        return process

    def _begin(self) -> None:
        self._supervisor = Supervisor(self._bring_up, told=self._told)
        self._supervisor.begin()

    def _told(self, failure: Failure, pause: float) -> None:
        self._log.note(
            "process-ended",
            level="error",
            reason=failure.reason,
            cell=failure.cell,
            line=failure.line,
            restart_in=round(pause, 2),
        )

    async def _take(self, waiting: Waiting) -> None:
        self._listen(waiting.listener)
        child = waiting.process.child
        failpoint("local.take.before")
        child.tell("take")
        await child.expect("taking", limit=TAKE_SECONDS)
        failpoint("local.take.after")

    async def _adopt(self, identity: str) -> None:
        """The staged process is the live one; the old one drains."""
        waiting = self.waiting.pop(identity)
        self._changes += 1
        before, self._supervisor = self._supervisor, Supervisor(self._bring_up, told=self._told)
        self._supervisor.adopt(waiting.process)
        old = await before.let_go() if before else None
        if waiting.listener is not self._listener:
            bound, self._listener = self._listener, waiting.listener
            if bound is not None:
                bound.close()
        if old is not None:
            await self._drain(old)

    async def _drain(self, old: Process) -> None:
        """Return when `old` accepts no more; it ends in the background."""
        try:
            failpoint("local.drain.before")
        finally:
            self._retire(old)
        with contextlib.suppress(StageFailed):  # it ended at once, or is slow: apply has succeeded
            await old.child.expect("closed", limit=CLOSED_SECONDS)
        failpoint("local.drain.after")

    def _retire(self, process: Process) -> asyncio.Task[None]:
        return self._around.retire(process, limit=self._drain_seconds() + GRACE_SECONDS)

    def _drain_seconds(self) -> float:
        if self.record is None or not self.record.live:
            return DRAIN_SECONDS
        option = self.record.revision(self.record.live).release.options.get("drain")
        return float(option) if isinstance(option, (int, float)) else DRAIN_SECONDS

    def _take_back(self, identity: str, before: Record | None) -> None:
        """A step of `apply` failed: the staged process goes, the record is as it was."""
        waiting = self.waiting.pop(identity, None)
        if waiting is not None:
            self._retire(waiting.process)
            self._release_socket(waiting.listener)
        with contextlib.suppress(OSError):  # restoring ignores what was only intended
            if before is not None:
                save(self.place, before)
            else:
                self._forget_unpublished()

    async def _quiet(self, why: str) -> None:
        """End every process and close the socket."""
        self._changes += 1
        for waiting in self.waiting.values():
            waiting.lost = why
            waiting.process.child.kill()
        supervisor, self._supervisor = self._supervisor, None
        process = await supervisor.let_go() if supervisor else None
        bound, self._listener = self._listener, None
        if process is not None:
            await self._retire(process)
        if bound is not None:
            bound.close()

    # -- sockets and files -------------------------------------------------------------------------

    def _socket_for(self, release: Release) -> socket.socket:
        """The socket that the release's process is to inherit: the live one, or a new one."""
        option = release.options.get("port") or 0
        port = option if isinstance(option, int) and option else self._port()
        if self._listener is not None and port in (0, listeners.port_of(self._listener)):
            return self._listener
        if not port:
            return listeners.bind_first(self.name)
        return self._bind(port)

    def _port(self) -> int:
        return self.record.port if self.record is not None else 0

    def _bind(self, port: int) -> socket.socket:
        failpoint("local.bind.before")
        try:
            return listeners.bind(port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise listeners.taken(self.name, port) from error

    async def _bind_again(self, port: int) -> socket.socket:
        """The remembered port; processes of a keeper that was killed may hold it for a moment."""
        for attempt in range(20):
            await asyncio.sleep(0.1 if attempt else 0)
            with contextlib.suppress(ModelshipError):
                return self._listen(self._bind(port))
        return self._listen(self._bind(port))

    def _listen(self, bound: socket.socket) -> socket.socket:
        try:
            bound.listen(listeners.BACKLOG)
        except OSError as error:
            raise listeners.taken(self.name, listeners.port_of(bound)) from error
        return bound

    def _release_socket(self, bound: socket.socket) -> None:
        used = [self._listener, *(waiting.listener for waiting in self.waiting.values())]
        if all(bound is not other for other in used):
            bound.close()

    def _write(self, record: Record) -> None:
        save(self.place, record)
        self.record = record

    def _intend(self, release: Release, waiting: Waiting) -> None:
        """Note the run on disk before its release takes over; a first one has no record yet."""
        record = self.record or Record(
            service=self.name,
            notebook=release.notebook,
            port=listeners.port_of(waiting.listener),
            desired="stopped",
            live=0,
            revisions=(),
        )
        failpoint("local.intent.before")
        save(self.place, replace(record, intent=release.run))
        failpoint("local.intent.after")

    def _forget_unpublished(self) -> None:
        if self.record is None and not self.waiting:
            self._log.close()
            forget_unpublished(self.place)

    def _drop(self, identity: str) -> Waiting | None:
        waiting = self.waiting.pop(identity, None)
        if waiting is not None:
            waiting.process.child.kill()
            self._release_socket(waiting.listener)
            self._forget_unpublished()
        return waiting

    async def _restore(self, record: Record) -> None:
        self._write(record)
        self._begin()

    # -- checks ------------------------------------------------------------------------------------

    def _published(self) -> Record:
        if self.record is None or not self.record.live:
            raise NothingThere(f"there is no service {self.name}")
        return self.record

    def _seen(self) -> Observation:
        seen = self.observe()
        assert seen is not None
        return seen

    def _staged(self, identity: str) -> Waiting:
        waiting = self.waiting.get(identity)
        if waiting is None:
            raise StageFailed(
                f"the staged process of {self.name} is gone", remedy="deploy the notebook again"
            )
        return waiting

    def _check_base(self, waiting: Waiting) -> None:
        if waiting.base == self._changes:
            return
        why = waiting.lost
        if not why and self.record is not None and self.record.live:
            live = self.record.revision(self.record.live)
            by = f" by {live.release.who}" if live.release.who else ""
            why = f"revision {live.number} went live meanwhile (run {live.release.run}{by})"
        raise StageFailed(
            f"{self.name} was changed while this run was under way: {why or 'it was started'}",
            remedy="review the difference to what runs now and deploy again",
        )

    def _check_owner(self, release: Release) -> None:
        if self.record is not None and self.record.notebook != release.notebook:
            raise UsageError(
                f"service {self.name} belongs to the notebook {self.record.notebook}",
                remedy="choose another name with --name, or delete that service first",
            )


def _keep(release: Release) -> int:
    option = release.options.get("keep_revisions")
    return option if isinstance(option, int) and option > 0 else KEPT
