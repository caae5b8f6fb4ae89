"""The private hook into granian, and what its version does with a descriptor of ours."""

from __future__ import annotations

import inspect
import os
import socket
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from granian.server.embed import Server

from jupyter_modelship.runtime import ports

PINNED = "2.8.7"


async def answer(scope: Any, proto: Any) -> None:
    proto.response_bytes(200, [], b"")


def test_the_version_is_the_one_that_the_hook_was_read_in() -> None:
    assert version("granian") == PINNED


def test_the_embedded_server_asks_the_hook_for_its_socket() -> None:
    assert "self._init_shared_socket()" in inspect.getsource(Server.startup)
    assert "(self._ssp, self._shd)" in inspect.getsource(Server._spawn_worker)


@pytest.fixture
def listener() -> Any:
    with ports.tcp("127.0.0.1", 0) as made:
        yield made


async def test_granian_accepts_on_the_very_descriptor_it_is_given(listener: socket.socket) -> None:
    port = ports.Port(answer, listener, silent_seconds=1)
    given = os.fstat(port._descriptor).st_ino
    await port.open()
    same = [
        number
        for number in map(int, os.listdir("/proc/self/fd"))  # noqa: PTH208 - numbers, not paths
        if number != listener.fileno() and _inode(number) == given
    ]
    assert same == [port._descriptor]
    await port.close()
    assert _inode(port._descriptor) != given


async def test_a_paused_port_leaves_the_queue_to_others(listener: socket.socket) -> None:
    other = listener.dup()
    port = ports.Port(answer, listener, silent_seconds=1)
    await port.open()
    port.pause()
    port.pause()
    other.settimeout(10)
    with ExitStack() as links:
        for _ in range(50):
            links.enter_context(socket.create_connection(other.getsockname()))
        for _ in range(50):
            other.accept()[0].close()
    await port.close()
    other.close()


def test_a_unix_socket_is_for_its_user_alone_and_replaces_what_was_left(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    ports.unix(path).close()
    with ports.unix(path):
        assert path.stat().st_mode & 0o777 == 0o600


def _inode(number: int) -> int | None:
    try:
        return os.fstat(number).st_ino
    except OSError:
        return None
