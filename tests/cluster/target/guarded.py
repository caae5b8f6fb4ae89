"""A registry that asks the node for a password: Debian's, within the node's own network."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.cluster import node
from tests.cluster.place import Place
from tests.images.registries import PROGRAM, START_SECONDS, with_password

PORT = 5480
"""Nobody else listens in that network but the node."""


@contextmanager
def guarded(place: Place, folder: Path) -> Iterator[str]:
    """`host:port` as the node says it, for as long as the block goes on."""
    found = node.found(place)
    assert found is not None, "the node is gone"
    host = f"127.0.0.1:{PORT}"
    document = {
        "version": "0.1",
        "log": {"level": "info", "formatter": "json"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "storage")}},
        "http": {"addr": host, "secret": "of-no-worth"},
        **with_password(folder),
    }
    config, log = folder / "guarded.json", folder / "guarded.log"
    config.write_text(json.dumps(document), encoding="utf-8")
    with log.open("wb") as output:
        argv = found.inside([PROGRAM, "serve", config])
        child = subprocess.Popen(argv, stdout=output, stderr=output)
    try:
        _until_it_listens(child, log)
        yield host
    finally:
        for one in psutil.Process(child.pid).children(recursive=True):
            one.terminate()
        child.wait()


def _until_it_listens(child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "listening on" not in log.read_text(encoding="utf-8"):
        assert child.poll() is None, log.read_text(encoding="utf-8")
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
        time.sleep(0.02)  # nothing tells when another program listens
