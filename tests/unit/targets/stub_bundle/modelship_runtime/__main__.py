"""A stand-in for the runtime: speaks its command line and control channel, serves by hand.

What it does is told by `stub.json` in the bundle: `answer`, and `fail` with a phase.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
from pathlib import Path


class Stub:
    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.wishes = json.loads((arguments.bundle / "stub.json").read_text())
        self.draining = False
        self.connections: set[asyncio.Task[None]] = set()
        self.busy = 0
        self.server: asyncio.Server | None = None

    async def run(self) -> None:
        self.control = socket.socket(fileno=self.arguments.control_fd)
        self.fail("import")
        self.say("loaded", seconds=0.0)
        while lines := await asyncio.to_thread(self.hear):
            for order in map(json.loads, lines):
                if "bundle" in order:
                    self.wishes = json.loads((Path(order["bundle"]) / "stub.json").read_text())
                await getattr(self, order["do"])()
        os._exit(1)  # the keeper is gone

    def hear(self) -> list[bytes]:
        """Lines, which are short; the listening socket may come with one."""
        line, given, _, _ = socket.recv_fds(self.control, 1 << 16, 1)
        if given:
            self.arguments.listen_fd = given[0]
        return line.splitlines()

    def say(self, event: str, **facts: object) -> None:
        self.control.sendall(json.dumps({"event": event, **facts}).encode() + b"\n")

    def fail(self, phase: str) -> None:
        if self.wishes.get("fail") == phase:
            self.say("failed", phase=phase, cell="3f2a", line=2, error="KeyError", message="'x'")
            sys.exit(1)
        if self.wishes.get("die") == phase:
            os._exit(7)

    async def open(self) -> None:
        self.fail("setup")
        if self.arguments.private_fd is not None:
            private = socket.socket(fileno=self.arguments.private_fd)
            await asyncio.start_unix_server(self.serve, sock=private)
        else:
            await asyncio.start_unix_server(self.serve, os.fspath(self.arguments.private_socket))
        self.say("ready", metrics_port=9)

    async def take(self) -> None:
        self.fail("listen")
        listening = socket.socket(fileno=self.arguments.listen_fd)
        self.server = await asyncio.start_server(self.serve, sock=listening, backlog=1024)
        self.say("taking")

    async def drain(self) -> None:
        self.draining = True
        if self.server is not None:
            for one in self.server.sockets:
                asyncio.get_running_loop().remove_reader(one.fileno())
            await asyncio.sleep(0.05)  # what was accepted and not served yet would be lost by close
            self.server.close()
        self.say("draining")
        await asyncio.sleep(
            self.arguments.drain
        )  # clients that keep a connection learn of it from a reply
        while self.busy:
            await asyncio.sleep(0.01)
        os._exit(0)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.busy += 1
                reply = json.dumps(await self.answer(head.split()[1].decode())).encode()
                keep = "close" if self.draining else "keep-alive"
                writer.write(
                    f"HTTP/1.1 200 OK\r\nContent-Length: {len(reply)}\r\n"
                    f"Connection: {keep}\r\n\r\n".encode()
                    + reply
                )
                await writer.drain()
                self.busy -= 1
                if keep == "close":
                    break
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    async def answer(self, path: str) -> object:
        verb, _, rest = path.strip("/").partition("/")
        if verb == "crash":
            os._exit(int(rest))
        if verb == "sleep":
            await asyncio.sleep(float(rest))
        if verb == "env":
            return os.environ.get(rest)
        if verb == "child":
            return subprocess.Popen(["sleep", "600"]).pid
        if verb == "say":
            print(rest, flush=True)
        if verb == "flood":
            line = b"x" * 1023 + b"\n"
            for _ in range(int(rest) >> 10):
                os.write(1, line)
        return {"answer": self.wishes.get("answer"), "pid": os.getpid()}


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--bundle", "--private-socket", "--token-file", "--source-map"):
        parser.add_argument(name, type=Path)
    for name in ("listen-fd", "control-fd", "private-fd", "values-fd", "metrics-fd"):
        parser.add_argument(f"--{name}", type=int)
    for name in ("host", "port", "metrics-host", "metrics-port"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--docs", action="store_true")
    parser.add_argument("--drain", type=float)
    parser.add_argument("--finish", type=float)
    parser.set_defaults(bundle=Path.cwd())
    arguments = parser.parse_args()
    if arguments.values_fd is not None:
        with os.fdopen(arguments.values_fd, "rb") as given:
            os.environ.update(json.loads(given.read()))
    asyncio.run(Stub(arguments).run())


main()
