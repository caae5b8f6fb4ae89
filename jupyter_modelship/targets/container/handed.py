"""The descriptors that a container is given."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from jupyter_modelship.targets.keeping.listener import BACKLOG, HOST


class Handed:
    """Flags of the runtime with a descriptor each, in their order; ours are closed in the end."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self.by_flag: dict[str, int] = {}

    def __enter__(self) -> Handed:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def lend(self, flag: str, descriptor: int) -> None:
        """A descriptor that stays its owner's."""
        self.by_flag[flag] = descriptor

    def listen(self, flag: str, listener: socket.socket) -> None:
        """A listening socket that is the container's alone from now on."""
        self._stack.callback(listener.close)
        self.by_flag[flag] = listener.fileno()

    def write(self, flag: str, content: bytes) -> None:
        """What is in memory only, and never in a folder or a command line."""
        descriptor = os.memfd_create("modelship")
        self._stack.callback(os.close, descriptor)
        os.pwrite(descriptor, content, 0)
        self.by_flag[flag] = descriptor

    def write_values(self, flag: str, values: Mapping[str, str]) -> None:
        if values:
            self.write(flag, json.dumps(dict(values)).encode())

    def write_file(self, flag: str, path: Path | None) -> None:
        if path is not None and path.exists():
            self.write(flag, path.read_bytes())


def metrics_socket() -> socket.socket:
    """On a free port of the loopback: reached whatever network the container has."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.bind((HOST, 0))
    bound.listen(BACKLOG)
    return bound
