"""Connections that never ask for anything, told from those that have asked once."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from jupyter_modelship.runtime import connections, ports
from jupyter_modelship.runtime.young import Young


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Door:
    """A listening socket whose connections are accepted in this process."""

    listener: socket.socket
    after: ExitStack

    def visitor(self) -> tuple[socket.socket, str]:
        """The client's side of a new connection, and its name."""
        client = self.after.enter_context(socket.create_connection(self.listener.getsockname()[:2]))
        accepted = self.after.enter_context(self.listener.accept()[0])
        client.settimeout(10)
        return client, connections.peer(accepted)


@pytest.fixture(params=["127.0.0.1", "::1"])
def door(request: pytest.FixtureRequest) -> Iterator[Door]:
    with ExitStack() as after:
        yield Door(after.enter_context(ports.tcp(request.param, 0)), after)


def test_who_never_asks_goes_after_the_time_for_a_header_and_nobody_else(door: Door) -> None:
    clock = Clock()
    young = Young(ports.number(door.listener) or 0, 10.0, clock)
    silent, _ = door.visitor()
    asker, name = door.visitor()
    young.asked.add(name)
    for clock.now in (0.0, 5.0, 9.0):
        young.look()
    later, _ = door.visitor()
    for clock.now in (10.0, 19.0):
        young.look()
    assert silent.recv(1) == b""
    for kept in (asker, later):
        kept.setblocking(False)
        with pytest.raises(BlockingIOError):
            kept.recv(1)


def test_the_names_of_those_that_left_are_forgotten(door: Door) -> None:
    young = Young(ports.number(door.listener) or 0, 10.0, Clock())
    _, name = door.visitor()
    young.asked |= {name, "192.0.2.1:7"}
    young.look()
    assert young.asked == {name}
    door.after.close()
    young.look()
    assert young.asked == set()


def test_connections_to_other_ports_are_left_alone(door: Door) -> None:
    clock = Clock()
    young = Young(1, 10.0, clock)
    client, _ = door.visitor()
    for clock.now in (0.0, 99.0):
        young.look()
    client.setblocking(False)
    with pytest.raises(BlockingIOError):
        client.recv(1)
