"""A registry that says what a test wants said, and connections to it.

127.0.0.1, 127.0.0.2 and localhost are hosts of different names.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_modelship.registry.connection import Connection
from jupyter_modelship.registry.patience import Patience
from tests.images.registries import auth_file
from tests.images.scripted import Answer, Scripted, scripted

from .asking import CONTENT, Connect


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted() as made:
        yield made


@pytest.fixture
def other() -> Iterator[Scripted]:
    """Somebody else's."""
    with scripted("127.0.0.2") as made:
        made.script = lambda asked: Answer(200, {}, CONTENT)
        yield made


@pytest.fixture
def waits() -> list[float]:
    """Seconds that were waited for, one after the other."""
    return []


@pytest.fixture
def connect(server: Scripted, waits: list[float], tmp_path: Path) -> Connect:
    """To `server`, with its login unless told otherwise."""

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    def make(login: bool = True, **more: object) -> Connection:
        file = auth_file(tmp_path / "auth.json", server.host) if login else None
        patience = Patience(wait=wait, dice=random.Random(7))
        return Connection(
            server.host,
            auth_file=file,
            insecure=True,
            patience=patience,
            **more,  # type: ignore[arg-type]  # what a test adds
        )

    return make
