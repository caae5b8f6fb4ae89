"""The flags of `python -m modelship_runtime`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """How this process serves. Times are in seconds."""

    bundle: Path
    host: str
    port: int | None
    listen_fd: int | None
    private_socket: Path | None
    private_fd: int | None
    control_fd: int | None
    metrics_host: str
    metrics_port: int | None
    metrics_fd: int | None
    values_fd: int | None
    token_file: Path | None
    source_map: Path | None
    docs: bool
    drain: float
    finish: float | None
    """Upper limit for requests in flight at the end; None: the time limit of a call and 5 s."""
    header_timeout: float
    """For the first request of a connection, and for the last one when the process ends."""
    idle_timeout: float
    body_timeout: float


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Options from the command line; exits with 2 where it is wrong."""
    parser = argparse.ArgumentParser(prog="modelship_runtime", description="Serve a bundle.")
    add = parser.add_argument
    add("--bundle", type=Path, default=Path.cwd(), help="folder with service.py")
    add("--host", default="127.0.0.1")
    add("--port", type=int, help="0 takes a free one; the log says which")
    add("--listen-fd", type=int, help="accept on this inherited listening socket instead")
    add("--private-socket", type=Path, help="Unix socket for the keeper; asks for no token")
    add("--private-fd", type=int, help="the same on this inherited listening socket")
    add("--control-fd", type=int, help="JSON lines from and to the keeper")
    add("--metrics-host", default="127.0.0.1")
    add("--metrics-port", type=int, help="Prometheus metrics; 0 takes a free port")
    add("--metrics-fd", type=int, help="the same on this inherited listening socket")
    add("--values-fd", type=int, help="environment variables: an object of strings, emptied")
    add("--token-file", type=Path, help="bearer tokens, one a line")
    add("--source-map", type=Path, help="service.map.json, for cell and line in failures")
    add("--docs", action="store_true", help="a page about the endpoints at / and /docs")
    add("--drain", type=float, default=5.0, help="go on accepting so long after SIGTERM")
    add("--finish", type=float, help="then wait so long at most for requests in flight")
    add("--header-timeout", type=float, default=10.0, help="until a connection has asked once")
    add("--idle-timeout", type=float, default=75.0, help="for connections between two requests")
    add("--body-timeout", type=float, default=30.0)
    return Options(**vars(parser.parse_args(arguments)))
