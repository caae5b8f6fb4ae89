"""A trivial endpoint under load: the generated bundle against FastAPI + uvicorn, one core each."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from .goals import Figure
from .machine import Quiet, busy_seconds, settle
from .page import Block, Row
from .samples import Samples
from .user import User, notebook, post, uv

ROUNDS = 5
SECONDS = 4
CONNECTIONS = (1, 16, 64)
ATTEMPTS = 3
DISTURBED = 0.4
"""Cores that others used; then a run is tried again."""
SERVER_CORE, CLIENT_CORE = 0, 1
OURS = "modelship"
PLAIN = "fastapi + uvicorn"
TUNED = "fastapi + uvicorn[standard]"
SOURCE = """def double(x: float) -> dict[str, float]:
    return {"y": x * 2}"""


@dataclass(frozen=True)
class Server:
    """How to start a server on a port, and where."""

    argv: Sequence[str | Path]
    cwd: Path


@dataclass(frozen=True)
class Load:
    """One run of wrk. `cpu` is the server's processor time a request, `foreign` the cores that
    neither server nor wrk used."""

    rate: float
    p50: float
    p99: float
    cpu: float
    foreign: float


def measure(user: User, *, rounds: int, wait: float, seconds: int = SECONDS) -> Block:
    """All servers in turn, one at a time, each with 1, 16 and 64 connections."""
    servers = {PLAIN: fastapi(user, "asyncio", "h11"), OURS: ours(user)}
    if _tuned_is_there(user):
        servers[TUNED] = fastapi(user, "uvloop", "httptools")
    quiet = settle(wait)
    seen: dict[tuple[str, int], list[Load]] = {}
    for _ in range(rounds):
        for name, server in servers.items():
            for connections, load in _one_turn(user, server, seconds, wait):
                seen.setdefault((name, connections), []).append(load)
    used = [user.versions(Path(s.argv[0]), *names) for s, names in _packages(servers)]
    versions = {name: version for found in used for name, version in found.items()}
    user.forget()
    return _block(list(servers), seen, quiet, versions)


def _packages(servers: Mapping[str, Server]) -> Iterator[tuple[Server, tuple[str, ...]]]:
    """The packages that a server's figures depend on."""
    yield servers[OURS], ("granian", "msgspec", "uvloop")
    yield servers[PLAIN], ("fastapi", "pydantic", "uvicorn", "h11")
    if TUNED in servers:
        yield servers[TUNED], ("httptools",)


def ours(user: User) -> Server:
    """The bundle that a deployment has made, run by the service's own interpreter."""
    path = user.folder / "double.ipynb"
    path.write_text(notebook([("endpoint", SOURCE), ("example", "double(1.0)")]), "utf-8")
    user.deploy(path.name)
    digest = user.document("status", "double")["bundle_digest"]
    bundle = user.folder / "double"
    shutil.rmtree(bundle, ignore_errors=True)
    shutil.copytree(user.home / "state" / "bundles" / digest, bundle)
    python = user.service_python
    user.run("stop", "double")
    return Server((python, "-m", "modelship_runtime", "--host", "127.0.0.1"), bundle)


def fastapi(user: User, loop: str, http: str) -> Server:
    """FastAPI as `pip install fastapi uvicorn` runs it (asyncio, h11), or with uvicorn's extra
    "standard" (uvloop, httptools)."""
    python = user.folder / "peers" / "bin" / "python"
    if not python.exists():
        _make_peers(user)
    quieter = ("--no-access-log", "--log-level", "warning")
    served = ("--loop", loop, "--http", http, "peer:app")
    return Server((python, "-m", "uvicorn", *quieter, *served), Path(__file__).parent)


def _make_peers(user: User) -> None:
    """The versions of this project's lock; offline uv's cache has to hold them."""
    folder = str(user.folder / "peers")
    uv("venv", "--python", sys.executable, folder, env=user.env)
    versions = [f"{name}=={importlib.metadata.version(name)}" for name in ("fastapi", "uvicorn")]
    uv("pip", "install", "--compile-bytecode", "--python", folder, *versions, env=user.env)
    with contextlib.suppress(RuntimeError):  # not in the lock: no goal hangs on it
        uv("pip", "install", "--python", folder, "uvloop", "httptools", env=user.env)


def _tuned_is_there(user: User) -> bool:
    return any((user.folder / "peers").glob("lib/*/site-packages/httptools"))


def _one_turn(user: User, server: Server, seconds: int, wait: float) -> Iterator[tuple[int, Load]]:
    with _running(user, server) as (process, url):
        reply = post(url, "/double", {"x": 1.0})
        if reply != {"y": 2.0}:
            raise RuntimeError(f"{server.argv} answers {reply}")
        _wrk(url, 16, 1)
        for connections in CONNECTIONS:
            settle(min(wait, 10.0))
            yield connections, _cleanest(process, url, connections, seconds)


@contextlib.contextmanager
def _running(user: User, server: Server) -> Iterator[tuple[psutil.Process, str]]:
    port = _free_port()
    argv = _pinned(SERVER_CORE, *server.argv, "--port", str(port))
    child = subprocess.Popen(
        argv, cwd=server.cwd, env=user.env, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        _await_listener(child, port)
        yield psutil.Process(child.pid), f"http://127.0.0.1:{port}"
    finally:
        child.kill()
        child.wait()


def _await_listener(child: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and child.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"{child.args!r} does not listen; exit code {child.poll()}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def _pinned(core: int, *argv: str | Path) -> list[str]:
    """With fewer than two cores there is nothing to keep apart."""
    words = [str(word) for word in argv]
    return ["taskset", "-c", str(core), *words] if (os.cpu_count() or 1) > 1 else words


def _cleanest(process: psutil.Process, url: str, connections: int, seconds: int) -> Load:
    """The first run that others left alone; of three disturbed ones the least disturbed."""
    loads: list[Load] = []
    while len(loads) < ATTEMPTS and not (loads and loads[-1].foreign < DISTURBED):
        loads.append(_load(process, url, connections, seconds))
    return min(loads, key=lambda load: load.foreign)


def _load(process: psutil.Process, url: str, connections: int, seconds: int) -> Load:
    server, machine, client = _cpu(process), busy_seconds(), _children_cpu()
    started = time.perf_counter()
    told = _wrk(url, connections, seconds)
    took = time.perf_counter() - started
    used = _cpu(process) - server
    foreign = busy_seconds() - machine - used - (_children_cpu() - client)
    return Load(
        rate=told["requests"] / (told["microseconds"] / 1e6),
        p50=told["p50"] / 1e3,
        p99=told["p99"] / 1e3,
        cpu=used / told["requests"] * 1e6,
        foreign=max(0.0, foreign / took),
    )


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _children_cpu() -> float:
    """Of children that ended: wrk. Granularity: none worth naming."""
    times = os.times()
    return times.children_user + times.children_system


def _wrk(url: str, connections: int, seconds: int) -> Mapping[str, int]:
    script = Path(__file__).with_name("post.lua")
    words = ("wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s")
    argv = _pinned(CLIENT_CORE, *words, "-s", script, f"{url}/double")
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    told: Mapping[str, int] = json.loads(done.stdout.splitlines()[-1])
    if told["failed"] or not told["requests"]:
        raise RuntimeError(f"wrk at {connections} connections: {told}")
    return told


def _block(
    names: Sequence[str],
    seen: Mapping[tuple[str, int], list[Load]],
    quiet: Quiet,
    versions: Mapping[str, str],
) -> Block:
    rates = {
        k: Samples(tuple(one.rate for one in loads), "requests/s") for k, loads in seen.items()
    }
    rows = [
        Row(
            f"{name}, {connections} connection{'s' if connections > 1 else ''}",
            rates[name, connections],
            rates[name, connections].over(rates[PLAIN, connections]) if name != PLAIN else None,
            _columns(seen[name, connections]),
        )
        for connections in CONNECTIONS
        for name in names
    ]
    most = CONNECTIONS[-1]
    return Block(
        title="Serving a trivial endpoint",
        method='`{"x": 1.0}` in, `{"y": 2.0}` out, checked once before each turn. The server alone '
        "on core 0, wrk with one thread on core 1, keep-alive, over loopback; one server at a time "
        "in every turn. "
        f"“{OURS}” is the bundle of a deployed notebook, run by `python -m modelship_runtime`; its "
        "warm-up decides where the function runs. The others are `async def` with pydantic models: "
        f"“{PLAIN}” as `pip install fastapi uvicorn` runs it (asyncio, h11), “{TUNED}” with uvloop "
        "and httptools. Access logs are off. The goal is measured against "
        f"“{PLAIN}”; ratios in the table are to it.",
        rows=rows,
        figures=[Figure("throughput", rates[OURS, most], rates[PLAIN, most])],
        quiet=quiet,
        columns=("p50", "p99", "server processor time a request", "foreign cores"),
        notes=_notes(names, rates),
        versions=versions,
    )


def _columns(loads: Sequence[Load]) -> tuple[str, ...]:
    return (
        str(Samples(tuple(one.p50 * 1e3 for one in loads), "µs")),
        str(Samples(tuple(one.p99 * 1e3 for one in loads), "µs")),
        str(Samples(tuple(one.cpu for one in loads), "µs")),
        f"{max(one.foreign for one in loads):.2f} at most",
    )


def _notes(names: Sequence[str], rates: Mapping[tuple[str, int], Samples]) -> list[str]:
    most = CONNECTIONS[-1]
    if TUNED not in names:
        return [f"{TUNED} is not measured: httptools could not be installed."]
    ratio = rates[OURS, most].over(rates[TUNED, most])
    return [f"Against {TUNED}, {most} connections: {ratio}."]
