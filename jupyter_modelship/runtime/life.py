"""The life of a serving process: load, open, take, drain, end."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import signal
import socket
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import uvloop

from . import docs, metrics, ports
from .app import App, RegistrationError
from .artifacts import ArtifactError
from .command import Options
from .control import Control, Order
from .core import Core
from .log import Log, Printed, take_stdout
from .ports import Port
from .rsgi import Adapter
from .tokens import TokenFile
from .warmup import Example, warm_up
from .young import Young

FINISH_EXTRA = 5.0
FAST_FINISH = 1.0


def live(options: Options) -> NoReturn:
    """Serve the bundle until told to end. Exit code 0 after a drain, 1 where it cannot serve."""
    log = _log(options)
    control = Control(options.control_fd) if options.control_fd is not None else None
    process = Process(options, log, control)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # until there is anything to drain
    process.load()
    process.hold()
    uvloop.run(process.serve())
    sys.stderr.flush()
    os._exit(0)  # a thread held by user code must not hold the process


class Process:
    """One bundle being served. Each phase either succeeds or ends the process with a reason."""

    def __init__(self, options: Options, log: Log, control: Control | None) -> None:
        self._options = options
        self._log = log
        self._control = control
        self._core: Any = None
        self._private: Port | None = None
        self._public: Port | None = None
        self._orders: asyncio.Queue[str] = asyncio.Queue()
        self._hurry = asyncio.Event()
        self._metrics_port: int | None = None
        self._watching: asyncio.Task[None] | None = None

    def load(self) -> None:
        """Import `service`; its statements run now, artifacts load now."""
        started = time.perf_counter()
        bundle = self._options.bundle.absolute()
        sys.path.insert(0, str(bundle))
        sys.modules.setdefault("modelship_runtime", sys.modules[__package__ or ""])
        self._log.module = str(bundle / "service.py")
        try:
            app = _app(importlib.import_module("service"))
        except ArtifactError as error:
            self._fail("artifact", error)
        except RegistrationError as error:
            self._fail("setup", error)
        except BaseException as error:
            self._fail("import", error)
        seconds = time.perf_counter() - started
        self._core = Core(app, self._log)
        self._core.load_seconds = seconds
        self._tell("loaded", seconds=round(seconds, 4))

    def hold(self) -> None:
        """Wait for the keeper's "open"; without a keeper go on at once."""
        if self._control is None:
            return
        order = self._control.next_order()
        if order.do == "drain":
            os._exit(0)
        if order.bundle:
            self._move(Path(order.bundle))

    def _move(self, bundle: Path) -> None:
        """Go on from the complete bundle: the same code, and examples that were not known yet.

        The folder that it was started from may go: what is imported later is looked for here.
        """
        before = str(self._options.bundle.absolute())
        sys.path[:] = [str(bundle) if entry == before else entry for entry in sys.path]
        for package in list(sys.modules.values()):
            folders = getattr(package, "__path__", None)
            if isinstance(folders, list):
                folders[:] = [_moved(folder, before, str(bundle)) for folder in folders]
        os.chdir(bundle)
        self._options = replace(self._options, bundle=bundle)

    async def serve(self) -> None:
        """Everything that needs the event loop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._signalled)
        if self._control is not None:
            self._control.deliver_to(partial(self._ordered, loop))
        await self._open()
        if self._control is None:
            await self._take()
        while (order := await self._orders.get()) in ("open", "take"):
            if order == "take":
                await self._take()
        await self._drain(handed_over=order == "drain")

    def _ordered(self, loop: asyncio.AbstractEventLoop, order: Order) -> None:
        if order.descriptor is not None:
            self._options = replace(self._options, listen_fd=order.descriptor)
        loop.call_soon_threadsafe(self._orders.put_nowait, order.do)

    def _signalled(self) -> None:
        if self._core.draining:
            self._hurry.set()
        self._orders.put_nowait("term")

    async def _open(self) -> None:
        core, options = self._core, self._options
        try:
            examples = self._read_bundle()
            if options.token_file is not None:
                core.tokens = TokenFile(options.token_file, self._token_trouble)
            self._metrics_port = self._serve_metrics()
        except (OSError, ValueError) as error:
            self._fail("setup", error)
        await warm_up(core, examples)
        core.ready = True
        try:
            private = self._private_listener()
            if private is not None:
                self._private = await self._serve_private(private)
        except OSError as error:
            self._fail("listen", error)
        self._tell("ready", metrics_port=self._metrics_port)

    def _private_listener(self) -> socket.socket | None:
        if self._options.private_fd is not None:
            return ports.inherited(self._options.private_fd)
        path = self._options.private_socket
        return ports.unix(path) if path is not None else None

    def _serve_metrics(self) -> int | None:
        options = self._options
        if options.metrics_fd is not None:
            return metrics.serve(self._core, ports.inherited(options.metrics_fd))
        if options.metrics_port is not None:
            listener = ports.tcp(options.metrics_host, options.metrics_port)
            return metrics.serve(self._core, listener)
        return None

    def _read_bundle(self) -> list[Example]:
        bundle = self._options.bundle
        with contextlib.suppress(FileNotFoundError):
            self._core.openapi = (bundle / "openapi.json").read_bytes()
        if self._options.docs:
            self._core.page, self._core.page_fields = docs.page()
        try:
            data = (bundle / "examples.json").read_bytes()
        except FileNotFoundError:
            return []
        return msgspec.json.decode(data, type=list[Example])

    async def _take(self) -> None:
        options = self._options
        try:
            if options.listen_fd is not None:
                listener = ports.inherited(options.listen_fd)
            elif options.port is not None:
                listener = ports.tcp(options.host, options.port)
            else:
                return
            self._public = await self._serve_public(listener)
        except OSError as error:
            self._fail("listen", error)
        self._tell("taking", address=self._public.address)

    async def _serve_private(self, listener: socket.socket) -> Port:
        options = self._options
        adapter = Adapter(self._core, body_seconds=options.body_timeout, guarded=False)
        port = Port(adapter, listener, silent_seconds=options.header_timeout)
        await port.open()
        return port

    async def _serve_public(self, listener: socket.socket) -> Port:
        """A connection that has asked once may be silent for longer than one that never has."""
        options, number = self._options, ports.number(listener)
        young = Young(number, options.header_timeout) if number is not None else None
        adapter = Adapter(
            self._core,
            body_seconds=options.body_timeout,
            guarded=True,
            asked=young.asked if young is not None else None,
        )
        longer = max(options.header_timeout, options.idle_timeout)
        port = Port(adapter, listener, silent_seconds=longer)
        await port.open()
        if young is not None:
            self._watching = asyncio.create_task(young.watch())
        return port

    async def _drain(self, *, handed_over: bool) -> None:
        """Readiness goes first. Alone, go on accepting for the drain time, so that whoever routes
        to us has time to notice. Handed over, the other process accepts from now on. Every reply
        closes its connection. Then finish what is in flight, and what kept connections still ask,
        until none is left or the time to finish is over."""
        self._core.draining = True
        if handed_over and self._public is not None:
            self._public.pause()
        self._tell("draining")
        await self._unless_hurried(self._options.drain)
        if not handed_over and self._public is not None:
            self._public.pause()
        await self._finish()

    async def _unless_hurried(self, seconds: float) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), seconds)

    async def _finish(self) -> None:
        closing = asyncio.create_task(self._close())
        hurried = asyncio.create_task(self._hurried())
        limit = self._options.finish
        if limit is None:
            limit = self._core.app.time_limit + FINISH_EXTRA
        await asyncio.wait({closing, hurried}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if self._options.private_socket is not None:
            self._options.private_socket.unlink(missing_ok=True)
        self._log.write("ended", in_flight=self._core.in_flight)

    async def _close(self) -> None:
        """Idle connections stay open for as long as a header may take, and no longer."""
        if self._public is not None:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._public.left(), self._options.header_timeout)
        for port in (self._public, self._private):
            if port is not None:
                await port.close()

    async def _hurried(self) -> None:
        await self._hurry.wait()
        await asyncio.sleep(FAST_FINISH)

    def _token_trouble(self, error: OSError) -> None:
        self._log.write("token-file", "error", message=error.strerror)

    def _tell(self, event: str, **facts: Any) -> None:
        self._log.write(event, **facts)
        if self._control is not None:
            self._control.send(event, **{k: v for k, v in facts.items() if v is not None})

    def _fail(self, phase: str, error: BaseException) -> NoReturn:
        """Say what happened and where, on the log and to the keeper; exit 1."""
        self._log.failure("failed", error, phase=phase)
        if self._control is not None:
            self._control.send("failed", phase=phase, **self._log.describe(error))
        os._exit(1)


def _moved(path: str, before: str, after: str) -> str:
    inside = path.startswith(before + os.sep)
    return after + path[len(before) :] if inside else path


def _app(module: Any) -> App:
    found = [value for value in vars(module).values() if isinstance(value, App)]
    if len(found) != 1:
        raise RegistrationError(f"service.py makes {len(found)} apps; it must make one")
    if not found[0].endpoints:
        raise RegistrationError("service.py serves no endpoint")
    return found[0]


def _log(options: Options) -> Log:
    lines: dict[int, tuple[str, int]] = {}
    if options.source_map is not None:
        document = json.loads(options.source_map.read_bytes())
        lines = {int(number): (str(cell), int(line)) for number, (cell, line) in document.items()}
    log = Log(take_stdout(), lines=lines)
    sys.stdout = Printed(log)
    return log
