"""Places of their own, a journal in them with a clock that ticks by the second, requests."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_modelship.places import Places
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import Request


@pytest.fixture
def here(tmp_path: Path) -> Places:
    for name in ("state", "cache", "run"):
        (tmp_path / name).mkdir(mode=0o700)
    return Places(tmp_path / "state", tmp_path / "cache", tmp_path / "run")


@pytest.fixture
def journal(here: Places) -> Iterator[Journal]:
    ticks = itertools.count(1_800_000_000)
    with Journal.open(here, clock=lambda: float(next(ticks))) as opened:
        yield opened


@pytest.fixture
def ask() -> Callable[..., Request]:
    """Makes requests that differ only in what is named: number, service, keys of the body."""

    def request(number: int = 1, *, service: str = "iris", **body: object) -> Request:
        return Request(
            id=f"00000000-0000-4000-8000-{number:012}",
            service=service,
            target="local",
            notebook="/home/ada/iris.ipynb",
            notebook_digest="a" * 64,
            plan_digest="b" * 64,
            body=body,
        )

    return request
