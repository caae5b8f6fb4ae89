"""The keeper: one detached process per user that owns the services' sockets and processes.

`python -m jupyter_modelship.targets.keeper --state DIR --runtime DIR`. Speaks the protocol of
`wire` on a Unix socket; one per state folder, by a file lock; ends when nothing is left to keep.
It has one thread, because it forks.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import fcntl
import os
import shutil
import signal
import socket
import sys
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path

from jupyter_modelship import __version__
from jupyter_modelship.errors import ModelshipError, NothingThere, UsageError
from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.places import Places, private
from jupyter_modelship.targets.port import Observation

from . import state
from .child import Children
from .launcher import Launchers
from .listener import at_path
from .observed import unreadable
from .peer import is_ours
from .service import Service, Surroundings
from .wire import (
    LINE_LIMIT,
    LOCK,
    PROTOCOL,
    SOCKET,
    Json,
    decode,
    encode,
    error_to_json,
    observation_to_json,
    release_from_json,
)

LINGER_SECONDS = 2.0
"""How long a keeper that has nothing to keep waits for a client."""
Lease = set[tuple[str, str]]
"""Service and id of the processes that a client has staged: they end with its connection."""
_UNTIL_GONE = frozenset({"stage", "open"})
"""Requests that end with the client that made them; all others are finished once begun."""


class Keeper:
    def __init__(self, places: Places, launchers: Launchers) -> None:
        self._places = places
        self._launchers = launchers
        self._services: dict[str, Service] = {}
        self._moved = asyncio.Event()
        self._children = Children()
        self._around = Surroundings(self._children, places.socket, self._moved.set, launchers)
        self._clients: set[asyncio.Task[None]] = set()
        self._working: set[asyncio.Task[None]] = set()
        self._answers: dict[str, Callable[[Json, Lease], Awaitable[object]]] = {
            "stage": self._stage,
            "open": self._open,
            "apply": self._apply,
            "discard": self._discard,
            "observe": self._observe,
            "list": self._list,
            "start": self._start,
            "stop": self._stop,
            "rollback": self._rollback,
            "delete": self._delete,
        }

    async def run(self, listening: socket.socket) -> None:
        """Serve until nothing is left to keep, or SIGTERM."""
        told = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, told.set)
        await self._restore()
        server = await asyncio.start_unix_server(self._client, sock=listening, limit=LINE_LIMIT)
        await self._until_done(told)
        server.close()
        for task in (*self._clients, *self._working):
            task.cancel()
        await asyncio.gather(*(service.shut() for service in self._services.values()))
        await asyncio.gather(*(launcher.close() for launcher in self._launchers.values()))
        self._children.close()

    async def _restore(self) -> None:
        records = [self._record(name) for name in state.names(self._places)]
        needed = frozenset(image for record in records if record for image in record.images)
        for launcher in self._launchers.values():
            await launcher.restore(needed, self._children)
        for entry in sorted(state.services(self._places).iterdir()):
            if entry.name.startswith("."):
                shutil.rmtree(entry, ignore_errors=True)  # a deletion that was cut short
                continue
            try:
                await self._service(entry.name).restore()
            except (ModelshipError, OSError) as error:
                _say(f"{entry.name} is not restored: {error}")

    async def _until_done(self, told: asyncio.Event) -> None:
        ended = asyncio.ensure_future(told.wait())
        while not ended.done():
            self._moved.clear()
            idle = not self._busy()
            moved = asyncio.ensure_future(self._moved.wait())
            limit = LINGER_SECONDS if idle else None
            await asyncio.wait({ended, moved}, timeout=limit, return_when="FIRST_COMPLETED")
            if idle and not moved.done():
                ended.cancel()
            moved.cancel()

    def _busy(self) -> bool:
        for name, service in list(self._services.items()):
            if not service.record and not service.wanted:
                del self._services[name]
        wanted = any(service.wanted for service in self._services.values())
        return wanted or bool(self._clients or self._working)

    # -- clients -----------------------------------------------------------------------------------

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        self._moved.set()
        lease: Lease = set()
        try:
            if is_ours(writer.get_extra_info("socket")):
                writer.write(encode({"keeper": PROTOCOL, "version": __version__}))
                await self._serve(reader, writer, lease)
        except (OSError, ValueError):
            pass  # the client went away, or speaks another language
        finally:
            for name, identity in lease:
                if name in self._services:
                    await self._services[name].discard(identity)
            writer.close()
            self._clients.discard(task)
            self._moved.set()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lease: Lease
    ) -> None:
        while line := await reader.readline():
            message = decode(line)
            answer = asyncio.ensure_future(self._answer(message, lease))
            gone = asyncio.ensure_future(reader.read(1))  # clients wait for the reply: this is EOF
            until = {answer, gone} if message.get("do") in _UNTIL_GONE else {answer}
            await asyncio.wait(until, return_when="FIRST_COMPLETED")
            if not answer.done():
                answer.cancel()
                await asyncio.wait({answer})
                return
            gone.cancel()
            await asyncio.wait({gone})
            writer.write(encode(answer.result()))
            await writer.drain()

    async def _answer(self, message: Json, lease: Lease) -> Json:
        do = self._answers.get(str(message.get("do")), self._unknown)
        try:
            return {"reply": await do(message, lease)}
        except ModelshipError as error:
            return {"error": error_to_json(error)}
        except OSError as error:
            text = f"the keeper could not {message.get('do')} it: {error}"
            return {"error": error_to_json(ModelshipError(text, remedy=_remedy(error)))}
        except Exception as error:
            _say(traceback.format_exc())
            text = f"the keeper failed to {message.get('do')} it: {error!r}"
            remedy = f"please report {self._places.state / 'keeper.log'}"
            return {"error": error_to_json(ModelshipError(text, remedy=remedy))}

    # -- requests ----------------------------------------------------------------------------------

    async def _unknown(self, message: Json, lease: Lease) -> None:
        raise UsageError(f"the keeper knows no request {message.get('do')!r}")

    async def _stage(self, message: Json, lease: Lease) -> Json:
        release = release_from_json(message["release"])
        identity, private_socket = await self._service(release.service).stage(release)
        lease.add((release.service, identity))
        return {"id": identity, "socket": str(private_socket)}

    async def _open(self, message: Json, lease: Lease) -> None:
        bundle = message.get("bundle")
        service = self._service(message["service"])
        await service.open(message["id"], Path(bundle) if bundle else None)

    async def _apply(self, message: Json, lease: Lease) -> Json:
        release = release_from_json(message["release"])
        service = self._service(release.service)
        seen = await service.apply(release, message["id"])
        lease.discard((release.service, message["id"]))
        self._remove_unused(service)
        return observation_to_json(seen)

    async def _discard(self, message: Json, lease: Lease) -> None:
        await self._service(message["service"]).discard(message["id"])
        lease.discard((message["service"], message["id"]))

    async def _observe(self, message: Json, lease: Lease) -> Json | None:
        seen = self._service(message["service"]).observe()
        return observation_to_json(seen) if seen else None

    async def _list(self, message: Json, lease: Lease) -> list[Json]:
        seen = map(self._seen, state.names(self._places))
        return [observation_to_json(each) for each in seen if each]

    def _seen(self, name: str) -> Observation | None:
        try:
            return self._service(name).observe()
        except ModelshipError as error:
            return unreadable(name, error)

    async def _start(self, message: Json, lease: Lease) -> Json:
        return observation_to_json(await self._service(message["service"]).start())

    async def _stop(self, message: Json, lease: Lease) -> Json:
        return observation_to_json(await self._service(message["service"]).stop())

    async def _rollback(self, message: Json, lease: Lease) -> Json:
        service = self._service(message["service"])
        seen = await service.rollback(message["revision"], run=message["run"], who=message["who"])
        self._remove_unused(service)
        return observation_to_json(seen)

    async def _delete(self, message: Json, lease: Lease) -> None:
        name = message["service"]
        if not state.folder(self._places, name).record.exists():
            raise NothingThere(f"there is no service {name}")
        try:
            service = self._service(name)
        except UsageError:
            raise
        except ModelshipError:  # nobody can read its record: it goes all the same
            service = self._made(name, None)
        await service.delete()
        self._remove_unused(service)

    def _service(self, name: str) -> Service:
        place = state.folder(self._places, name)
        return self._services.get(name) or self._made(name, state.load(place))

    def _record(self, name: str) -> state.Record | None:
        try:
            return state.load(state.folder(self._places, name))
        except ModelshipError:  # told when it is asked for
            return None

    def _made(self, name: str, record: state.Record | None) -> Service:
        place = state.folder(self._places, name)
        made = Service(name, place=place, record=record, around=self._around)
        self._services[name] = made
        return made

    def _remove_unused(self, service: Service) -> None:
        """Remove what this service has let go of and no other refers to."""
        store = self._places.state / "bundles"
        used = [need for each in self._services.values() for need in each.needs]
        images = {gone.image for gone in service.let_go} - {"", *(need.image for need in used)}
        if images:
            self._later(self._launchers["container"].let_go(frozenset(images)))
        for folder in {gone.bundle for gone in service.let_go} - {need.bundle for need in used}:
            if folder.parent == store:
                failpoint("keeper.prune.before")
                shutil.rmtree(folder, ignore_errors=True)
                failpoint("keeper.prune.after")
        service.let_go.clear()

    def _later(self, work: Coroutine[None, None, None]) -> None:
        """Do it while nobody waits; what is not done when the keeper ends is done by the next."""
        task = asyncio.get_running_loop().create_task(work)
        self._working.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._working.discard(task)
        self._moved.set()
        if not task.cancelled() and task.exception() is not None:
            _say(f"what nobody needs is still there: {task.exception()}")


def _remedy(error: OSError) -> str:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return "make room on the disk, then run the command again" if full else ""


def _say(text: str) -> None:
    print(f"{state.now()} {text}", file=sys.stderr, flush=True)


def lock(places: Places) -> int | None:
    """A descriptor that holds the one lock of these places, or None where another keeper does."""
    descriptor = os.open(places.state / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return descriptor


def main(launchers: Callable[[Places], Launchers], argv: list[str] | None = None) -> int:
    """Run a keeper; 0 also where another one is there already."""
    parser = argparse.ArgumentParser(prog="modelship-keeper", description=__doc__)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--runtime", type=Path, required=True)
    arguments = parser.parse_args(argv)
    places = Places(arguments.state, arguments.state, arguments.runtime)
    os.umask(0o077)
    for folder in (places.state, places.runtime):
        private(folder)
    held = lock(places)
    if held is None:
        return 0
    path = places.socket(SOCKET)
    for left in path.parent.glob("p-*"):  # sockets of processes that died with their keeper
        left.unlink(missing_ok=True)
    asyncio.run(_run(places, launchers(places), at_path(path)))
    with contextlib.suppress(OSError):
        path.unlink()
    os.close(held)
    return 0


async def _run(places: Places, launchers: Launchers, listening: socket.socket) -> None:
    await Keeper(places, launchers).run(listening)
