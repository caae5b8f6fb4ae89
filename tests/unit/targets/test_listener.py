"""Ports are chosen once, and nobody else's."""

from __future__ import annotations

import errno
import socket
from contextlib import closing
from pathlib import Path

import pytest

from jupyter_modelship.targets.keeping.listener import (
    Listeners,
    bind,
    bind_first,
    candidates,
    port_of,
)

ADA = Path("/home/ada/services/iris")
BOB = Path("/home/bob/services/iris")


def test_two_keepers_that_look_for_a_port_at_once_find_two() -> None:
    with closing(bind_first(ADA)) as ours, closing(bind_first(ADA)) as theirs:
        ours.listen()
        theirs.listen()
        assert port_of(ours) != port_of(theirs)
        assert {port_of(ours), port_of(theirs)} < set(candidates(ADA))


def test_a_port_that_is_reserved_cannot_be_bound_before_it_listens() -> None:
    with closing(bind_first(ADA)) as ours, pytest.raises(OSError) as refused:
        bind(port_of(ours))
    assert refused.value.errno == errno.EADDRINUSE


def test_ports_to_try_are_a_service_s_own_and_outside_what_systems_hand_out() -> None:
    assert candidates(ADA) == candidates(ADA) != candidates(BOB)
    assert len(set(candidates(ADA))) == 32
    assert all(20_000 <= port < 32_000 for port in candidates(ADA))


def test_connections_that_linger_do_not_keep_a_service_from_its_port() -> None:
    listeners = Listeners(ADA)
    first = listeners.choose(wanted=0, remembered=0)
    port = port_of(first)
    listeners.replace(listeners.listen(first))
    with socket.create_connection(("127.0.0.1", port)) as client:
        served, _ = first.accept()
        served.close()  # who closes first waits in TIME_WAIT
        assert client.recv(1) == b""
    listeners.close()
    again = listeners.choose(wanted=0, remembered=port)
    listeners.listen(again).close()
