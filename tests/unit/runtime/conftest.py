"""A core without a server, and a bundle served by the real process."""

from __future__ import annotations

import http.client
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import jupyter_modelship.runtime as runtime
from jupyter_modelship.runtime.app import App
from jupyter_modelship.runtime.core import Core
from jupyter_modelship.runtime.log import Log

RUNTIME = Path(runtime.__file__).parent
PATIENCE = 60.0
"""Seconds that a test waits for an event on a busy machine before it fails."""

SERVICE = """
import asyncio
import threading
from dataclasses import dataclass

from modelship_runtime import App, Array

app = App("demo", time_limit=1.0, body_limit=100_000)
released = threading.Event()


@dataclass
class Flower:
    width: float
    name: str = "iris"


def double(x: float) -> float:
    return 2 * x


def flower(flower: Flower) -> Flower:
    return flower


def total(rows):
    return rows.sum(axis=1)


def add(a: int, b: int = 1) -> int:
    return a + b


def fail(key: str) -> int:
    values = {"known": 1}
    return values[key]


async def wait(seconds: float) -> float:
    await asyncio.sleep(seconds)
    return seconds


def hang() -> None:
    released.wait()


def release() -> None:
    released.set()


def anything(value) -> object:
    return value


app.serve(double, "POST /double", takes={"x": float}, returns=float)
app.serve(flower, "POST /flower", takes={"flower": Flower}, returns=Flower)
app.serve(total, "POST /total", takes={"rows": Array("float64", (None, 2))}, returns=list[float])
app.serve(add, "GET /add", takes={"a": int, "b": int}, returns=int)
app.serve(fail, "POST /fail", takes={"key": str}, returns=int)
app.serve(wait, "POST /wait", takes={"seconds": float}, returns=float)
app.serve(hang, "POST /hang", takes={}, returns=None)
app.serve(anything, "POST /anything", takes={"value": object}, returns=object)
"""
EXAMPLES = [
    {"function": "double", "method": "POST", "path": "/double", "arguments": {"x": 1.0},
     "result": 2.0, "compare": "exact"},
]  # fmt: skip


class Served:
    """A running process: what it logs, what it says to its keeper, and requests to it."""

    def __init__(
        self,
        bundle: Path,
        flags: tuple[str, ...],
        *,
        listener: socket.socket | None = None,
        control: bool = False,
        open_files: int | None = None,
    ) -> None:
        words = [sys.executable, "-m", "modelship_runtime", *flags]
        inherited: list[int] = []
        self._control: socket.socket | None = None
        theirs: socket.socket | None = None
        if control:
            self._control, theirs = socket.socketpair()
            words += ["--control-fd", str(theirs.fileno())]
            inherited.append(theirs.fileno())
        if listener is not None:
            words += ["--listen-fd", str(listener.fileno())]
            inherited.append(listener.fileno())
            self.address = listener.getsockname()
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        self.errors = bundle.with_name(f"{bundle.name}-{time.monotonic_ns()}.stderr")
        if open_files is not None:  # by a shell builtin: nothing runs between fork and exec
            words = ["/bin/sh", "-c", f'ulimit -n {open_files}; exec "$@"', "sh", *words]
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                words, cwd=bundle, env=environment, stdout=subprocess.PIPE, stderr=errors,
                pass_fds=inherited,
            )  # fmt: skip
        if theirs is not None:
            theirs.close()
        self.lines: list[dict[str, Any]] = []
        self._fresh: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._told: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._readers = [threading.Thread(target=self._read_log)]
        if self._control is not None:
            self._readers.append(threading.Thread(target=self._read_control))
        for reader in self._readers:
            reader.start()

    def _read_log(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            document = json.loads(line)
            self.lines.append(document)
            self._fresh.put(document)
        self._fresh.put(None)

    def _read_control(self) -> None:
        assert self._control is not None
        with suppress(OSError), self._control.makefile("rb") as lines:
            for line in lines:
                self._told.put(json.loads(line))
        self._told.put(None)

    def _until(self, source: queue.Queue[dict[str, Any] | None], event: str) -> dict[str, Any]:
        while (line := source.get(timeout=PATIENCE)) is not None:
            if line["event"] == event:
                return line
        raise AssertionError(f"no {event}: {self.lines} {self.errors.read_text()}")

    def logged(self, event: str) -> dict[str, Any]:
        """The next log line of that event."""
        return self._until(self._fresh, event)

    def told(self, event: str) -> dict[str, Any]:
        """The next message of that event on the control channel."""
        return self._until(self._told, event)

    def tell(self, order: str, **more: str) -> None:
        assert self._control is not None
        self._control.sendall(json.dumps({"do": order, **more}).encode() + b"\n")

    def abandon(self) -> None:
        """What a keeper that dies does."""
        assert self._control is not None
        self._control.shutdown(socket.SHUT_RDWR)

    def listening(self) -> Served:
        """Wait until it accepts connections."""
        host, _, port = self.logged("taking")["address"].rpartition(":")
        self.address = (host, int(port))
        return self

    def connect(self) -> socket.socket:
        made = socket.create_connection(self.address, timeout=PATIENCE)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        connection: http.client.HTTPConnection | None = None,
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Status, document and lower-case header fields of one request."""
        link = connection or http.client.HTTPConnection(
            self.address[0], self.address[1], timeout=PATIENCE
        )
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body)
        fields = {**({"content-type": "application/json"} if data is not None else {}),
                  **(headers or {})}  # fmt: skip
        link.request(method, path, data, fields)
        reply = link.getresponse()
        content = reply.read()
        found = {key.lower(): value for key, value in reply.getheaders()}
        if connection is None:
            link.close()
        is_json = "json" in found.get("content-type", "") and content
        return reply.status, json.loads(content) if is_json else content, found

    def until_in_flight(self, count: int) -> None:
        """Wait until so many requests are being answered (needs `--metrics-port 0`)."""
        port = next(line["metrics_port"] for line in self.lines if line["event"] == "ready")
        wanted = f"modelship_in_flight {count}.0".encode()
        found = b""
        while wanted not in found:
            link = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            link.request("GET", "/metrics")
            found = link.getresponse().read()
            link.close()

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def ended(self) -> int:
        """Its exit code, once it has gone."""
        return self.process.wait(timeout=PATIENCE)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self._control is not None:
            with suppress(OSError):
                self._control.shutdown(socket.SHUT_RDWR)
        for reader in self._readers:
            reader.join()
        if self._control is not None:
            self._control.close()
        assert self.process.stdout is not None
        self.process.stdout.close()


Serve = Callable[..., Served]


@pytest.fixture(scope="module")
def make_bundle(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A folder with that service.py, the runtime, a contract and examples."""

    def make(source: str = SERVICE) -> Path:
        folder = tmp_path_factory.mktemp("bundle")
        (folder / "service.py").write_text(source)
        (folder / "modelship_runtime").symlink_to(RUNTIME)
        (folder / "openapi.json").write_text('{"openapi":"3.1.0","paths":{}}')
        (folder / "examples.json").write_text(json.dumps(EXAMPLES))
        return folder

    return make


@pytest.fixture(scope="module")
def bundle(make_bundle: Callable[[str], Path]) -> Path:
    return make_bundle(SERVICE)


@pytest.fixture(scope="module")
def serve_all() -> Iterator[Serve]:
    """Processes that live as long as the module's tests."""
    made: list[Served] = []

    def start(bundle: Path, *flags: str, **ends: Any) -> Served:
        made.append(Served(bundle, flags, **ends))
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Processes of one test."""
    made: list[Served] = []

    def start(bundle: Path, *flags: str, **ends: Any) -> Served:
        made.append(Served(bundle, flags, **ends))
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A listening socket such as the keeper owns."""
    with socket.socket() as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", 0))
        made.listen(1024)
        yield made


@pytest.fixture
def log_lines(tmp_path: Path) -> Iterator[tuple[Log, Callable[[], list[dict[str, Any]]]]]:
    """A log into a file, and its lines so far."""
    file = tmp_path / "log"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT)

    def lines() -> list[dict[str, Any]]:
        return [json.loads(line) for line in file.read_text().splitlines()]

    yield Log(descriptor), lines
    os.close(descriptor)


@pytest.fixture
def core_of(log_lines: tuple[Log, Any]) -> Iterator[Callable[[App], Core]]:
    """A core that is ready, around an app."""
    made: list[Core] = []

    def make(app: App) -> Core:
        core = Core(app, log_lines[0])
        core.ready = True
        made.append(core)
        return core

    yield make
    for core in made:
        core.calls.close()
