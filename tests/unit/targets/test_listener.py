"""Ports are chosen once, and nobody else's."""

from __future__ import annotations

import errno
from contextlib import closing

import pytest

from jupyter_modelship.targets.local.listener import bind, bind_first, candidates, port_of


def test_two_keepers_that_look_for_a_port_at_once_find_two() -> None:
    with closing(bind_first("iris")) as ours, closing(bind_first("iris")) as theirs:
        ours.listen()
        theirs.listen()
        assert port_of(ours) != port_of(theirs)
        assert {port_of(ours), port_of(theirs)} < set(candidates("iris"))


def test_a_port_that_is_reserved_cannot_be_bound_before_it_listens() -> None:
    with closing(bind_first("iris")) as ours, pytest.raises(OSError) as refused:
        bind(port_of(ours))
    assert refused.value.errno == errno.EADDRINUSE
