"""A process that is given descriptors and nothing else, as in a container."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from .conftest import PATIENCE, RUNTIME

SERVICE = """
import os

from modelship_runtime import App

app = App("demo")


def tell(name: str) -> str:
    return os.environ[name]


app.serve(tell, "GET /tell", takes={"name": str}, returns=str)
"""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as entered:
        yield entered


def _listening(stack: ExitStack) -> socket.socket:
    return stack.enter_context(socket.create_server(("127.0.0.1", 0)))


def _get(address: socket.socket, path: str) -> bytes:
    url = f"http://127.0.0.1:{address.getsockname()[1]}{path}"
    with urllib.request.urlopen(url, timeout=PATIENCE) as reply:
        return bytes(reply.read())


def test_ports_and_values_come_by_descriptors(tmp_path: Path, stack: ExitStack) -> None:
    (tmp_path / "service.py").write_text(SERVICE)
    (tmp_path / "modelship_runtime").symlink_to(RUNTIME)
    public, private, metrics = (_listening(stack) for _ in range(3))
    values = (tmp_path / "values").open("w+b")
    stack.enter_context(values)
    values.write(json.dumps({"KEY": "planted", "PYTHONHASHSEED": "7"}).encode())
    values.flush()
    given = [one.fileno() for one in (public, private, metrics, values)]
    flags = ("--listen-fd", "--private-fd", "--metrics-fd", "--values-fd")
    numbered = [word for pair in zip(flags, map(str, given), strict=True) for word in pair]
    child = subprocess.Popen(
        [sys.executable, "-m", "modelship_runtime", *numbered, "--drain", "0"],
        cwd=tmp_path,
        pass_fds=given,
        env={k: v for k, v in os.environ.items() if k != "PYTHONHASHSEED"},
        stdout=subprocess.PIPE,
    )
    stack.callback(child.wait)
    stack.callback(child.terminate)
    assert json.loads(_get(private, "/tell?name=KEY")) == "planted"
    assert json.loads(_get(public, "/tell?name=PYTHONHASHSEED")) == "7"
    assert b'modelship_requests_total{endpoint="GET /tell"' in _get(metrics, "/metrics")
    assert os.fstat(values.fileno()).st_size == 0
    argv = Path(f"/proc/{child.pid}/cmdline").read_bytes()
    assert b"--values-fd" not in argv
    assert b"planted" not in argv
    assert child.stdout is not None
    ready = next(line for line in child.stdout if b'"ready"' in line)
    assert json.loads(ready)["metrics_port"] == metrics.getsockname()[1]
    child.stdout.close()


def test_the_listening_socket_may_come_with_the_order_to_take_it(
    tmp_path: Path, stack: ExitStack
) -> None:
    (tmp_path / "service.py").write_text(SERVICE)
    (tmp_path / "modelship_runtime").symlink_to(RUNTIME)
    public = _listening(stack)
    ours, its = map(stack.enter_context, socket.socketpair())
    child = subprocess.Popen(
        [sys.executable, "-m", "modelship_runtime", "--control-fd", str(its.fileno())],
        cwd=tmp_path,
        pass_fds=[its.fileno()],
        env={**os.environ, "KEY": "planted"},
        stdout=subprocess.DEVNULL,
    )
    stack.callback(child.wait)
    stack.callback(child.terminate)
    socket.send_fds(ours, [b'{"do": "open"}\n{"do": "take"}\n'], [public.fileno()])
    with ours.makefile("r") as told:
        events = [json.loads(next(told)) for _ in range(3)]
    assert [event["event"] for event in events] == ["loaded", "ready", "taking"]
    assert json.loads(_get(public, "/tell?name=KEY")) == "planted"
