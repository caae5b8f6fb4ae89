"""An API server of three kinds of objects: lists, watches, and whatever goes wrong with them."""

from __future__ import annotations

import asyncio
import copy
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

Fault = Literal["expired", "expired in the stream", "busy", "cut", "silent", "forbidden"]
"""What happens to one request in place of an answer."""
STATUS: Mapping[Fault, tuple[int, str]] = {
    "expired": (410, "Expired"),
    "busy": (429, "TooManyRequests"),
    "forbidden": (403, "Forbidden"),
}


@dataclass
class StubApi:
    objects: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    """By plural and name."""
    asked: list[str] = field(default_factory=list)
    """`list pods`, `watch pods 12`: in the order in which they came."""
    accepted: set[tuple[str, str]] = field(default_factory=set)
    """Which media type was asked for, by verb and plural."""
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    """By `list pods`, `watch pods`: each befalls one request."""
    down: bool = False
    """Nobody answers."""
    version: int = 1
    _told: list[tuple[int, str, bytes]] = field(default_factory=list)
    _streams: dict[str, set[asyncio.Queue[bytes | None]]] = field(
        default_factory=lambda: defaultdict(set)
    )
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    def application(self) -> web.Application:
        made = web.Application()
        for root in ("/api/v1", "/apis/apps/v1"):
            made.router.add_get(root + "/namespaces/{namespace}/{plural}", self._answer)
        return made

    def put(self, plural: str, each: dict[str, Any]) -> None:
        name, there = each["metadata"]["name"], self.objects[plural]
        kind = "MODIFIED" if name in there else "ADDED"
        there[name] = self._stamped(each)
        self._tell(plural, kind, there[name])

    def delete(self, plural: str, name: str) -> None:
        self._tell(plural, "DELETED", self._stamped(self.objects[plural].pop(name)))

    def bookmark(self, plural: str) -> None:
        self._tell(plural, "BOOKMARK", self._stamped({"metadata": {}}))

    def cut(self, plural: str) -> None:
        """The connections of its watches break, each in the middle of a line."""
        for stream in self._streams[plural]:
            stream.put_nowait(b'{"type": "ADD')
            stream.put_nowait(None)

    def end(self) -> None:
        """Whoever waits for an answer gets none any more."""
        self._ended.set()
        for plural in self._streams:
            self.cut(plural)

    @property
    def watching(self) -> list[str]:
        """The kinds of the watches that are open: one entry each."""
        return sorted(plural for plural, open_ in self._streams.items() for _ in open_)

    def count(self, asked: str) -> int:
        return len([each for each in self.asked if each.startswith(asked)])

    def _stamped(self, each: dict[str, Any]) -> dict[str, Any]:
        self.version += 1
        made = copy.deepcopy(each)
        made["metadata"]["resourceVersion"] = str(self.version)
        return made

    def _tell(self, plural: str, kind: str, each: Any) -> None:
        line = json.dumps({"type": kind, "object": each}).encode() + b"\n"
        self._told.append((self.version, plural, line))
        for stream in self._streams[plural]:
            stream.put_nowait(line)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        plural = request.match_info["plural"]
        verb = "watch" if request.query.get("watch") else "list"
        since = request.query.get("resourceVersion", "")
        self.asked.append(f"{verb} {plural} {since}".strip())
        self.accepted.add((f"{verb} {plural}", request.headers["Accept"]))
        waiting = self.faults[f"{verb} {plural}"]
        fault = waiting.pop(0) if waiting else None
        if self.down or fault == "cut":
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if fault == "silent":
            await self._ended.wait()
        if fault is not None and fault in STATUS:
            code, reason = STATUS[fault]
            told = {"kind": "Status", "code": code, "reason": reason, "message": reason}
            return web.json_response(told, status=code)
        if verb == "list":
            return self._list(plural, request)
        return await self._watch(plural, request, expired=fault == "expired in the stream")

    def _list(self, plural: str, request: web.Request) -> web.Response:
        names = sorted(self.objects[plural])
        begin, most = int(request.query.get("continue", "0")), int(request.query["limit"])
        more = str(begin + most) if begin + most < len(names) else ""
        page = [self.objects[plural][name] for name in names[begin : begin + most]]
        metadata = {"resourceVersion": str(self.version), "continue": more}
        return web.json_response({"metadata": metadata, "items": page})

    async def _watch(self, plural: str, request: web.Request, *, expired: bool) -> web.Response:
        reply, stream = web.StreamResponse(), asyncio.Queue[bytes | None]()
        await reply.prepare(request)
        if expired:
            stream.put_nowait(b'{"type": "ERROR", "object": {"code": 410}}\n')
        since = int(request.query["resourceVersion"])
        for told in (line for at, of, line in self._told if of == plural and at > since):
            stream.put_nowait(told)
        self._streams[plural].add(stream)
        try:
            while (line := await stream.get()) is not None:
                await reply.write(line)
        finally:
            self._streams[plural].discard(stream)
        assert request.transport is not None
        request.transport.close()
        return web.Response()
