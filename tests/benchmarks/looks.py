"""How long a server's loop waits while somebody has a large notebook looked at and reviewed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .goals import Figure
from .machine import settle
from .page import Block, Row
from .preview import large_notebook
from .samples import Samples
from .user import EXAMPLES, REPOSITORY

ROUNDS = 5
SIZE = 50_000_000
PICTURE = "iVBORw0KGgo" * 10_000


def huge_notebook(size: int = SIZE) -> bytes:
    """The large notebook of the preview, with pictures as outputs up to `size` bytes."""
    book = json.loads(large_notebook())
    output = {"output_type": "display_data", "data": {"image/png": PICTURE}, "metadata": {}}
    codes = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    for at in range(size // len(json.dumps(output))):
        codes[at % len(codes)].setdefault("outputs", []).append(output)
    return json.dumps(book).encode()


@dataclass(frozen=True)
class Server:
    address: str
    token: str

    def ask(self, path: str, body: bytes | None = None) -> Any:
        request = urllib.request.Request(
            f"{self.address}{path}",
            data=body,
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as reply:
            return json.loads(reply.read())

    def answers(self) -> bool:
        with contextlib.suppress(OSError):
            self.ask("/lag")
            return True
        return False

    def lag(self, path: str, body: bytes) -> tuple[float, float]:
        """The longest that the loop waited while it answered, and how long the answer took: ms."""
        time.sleep(0.2)
        self.ask("/lag")
        started = time.perf_counter()
        self.ask(f"/modelship/api/v1{path}", body)
        took = time.perf_counter() - started
        return self.ask("/lag") * 1e3, took * 1e3


@contextlib.contextmanager
def server(folder: Path) -> Iterator[Server]:
    """A Jupyter server in a process of its own, with a home in `folder`."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    token = secrets.token_hex(16)
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.watched", str(folder), str(port), token],
        cwd=REPOSITORY,
        env={**os.environ, "MODELSHIP_HOME": str(folder / "home")},
    )
    made = Server(f"http://127.0.0.1:{port}", token)
    try:
        while not made.answers():
            if child.poll() is not None:
                raise RuntimeError("the server has ended")
            time.sleep(0.1)
        yield made
    finally:
        child.terminate()
        child.wait(20)


def questions(folder: Path) -> Mapping[str, Callable[[], tuple[str, bytes]]]:
    """What is asked: the name of a row -> path and body of the request."""
    (folder / "iris.ipynb").write_bytes((EXAMPLES / "iris.ipynb").read_bytes())
    book = huge_notebook()
    (folder / "huge.ipynb").write_bytes(book)
    digest = hashlib.sha256(book).hexdigest()

    def request(route: str, **members: object) -> Callable[[], tuple[str, bytes]]:
        body = json.dumps(members).encode()
        return lambda: (route, body)

    return {
        "a look at iris": request("/look", path="iris.ipynb"),
        "a look at 50 MB, from the file": request("/look", path="huge.ipynb"),
        "a look at 50 MB, sent along": request(
            "/look", path="huge.ipynb", notebook=json.loads(book)
        ),
        "a review of 50 MB, without its lock": request("/review", path="huge.ipynb", digest=digest),
    }


def measure(*, rounds: int, wait: float) -> Block:
    """All in turn; a first turn starts the processes that read and is not counted."""
    with tempfile.TemporaryDirectory(prefix="modelship-looks-") as name:
        folder = Path(name)
        asked = questions(folder)
        with server(folder) as there:
            quiet = settle(wait)
            turns = [
                [there.lag(*question()) for question in asked.values()] for _ in range(rounds + 1)
            ][1:]
    rows = _rows(list(asked), turns)
    worst = max(max(row.samples.values) for row in rows[1:])
    least = max(rows[0].samples.values)
    return Block(
        title="The server's loop while a notebook of 50 MB is read",
        method="A Jupyter server with the extension looks at the clock every millisecond, on its "
        "loop; measured is the longest that it came too late while it answered one request. The "
        "goal is measured with the worst of all turns.",
        rows=rows,
        figures=[Figure("loop", Samples((worst,), "ms"), Samples((least,), "ms"))],
        quiet=quiet,
        columns=("time to the answer",),
    )


def _rows(names: list[str], turns: list[list[tuple[float, float]]]) -> list[Row]:
    found = []
    for at, name in enumerate(names):
        lags, times = ([turn[at][kind] for turn in turns] for kind in (0, 1))
        took = Samples(tuple(times), "ms")
        found.append(Row(name, Samples(tuple(lags), "ms"), None, (str(took),)))
    return found
