"""Blobs: read with their digest checked, sent once, gone on with where a line broke.

Distribution specification, "Pulling blobs", "Pushing blobs", "Mounting a blob from another
repository".
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx

from jupyter_modelship.errors import StageFailed

from .connection import Request
from .failures import Transient, refused
from .repository import Repository

PIECE = 1 << 20
_SMALL = 4 << 20
"""Bytes up to which a blob is sent with the request that ends its upload."""
_TYPE = {"Content-Type": "application/octet-stream"}


class Source(Protocol):
    """Where the bytes of a blob come from, as often as it takes."""

    @property
    def digest(self) -> str: ...
    @property
    def size(self) -> int: ...

    def read(self, offset: int) -> AsyncIterator[bytes]:
        """All from that byte on."""
        ...


@dataclass(frozen=True, slots=True)
class Held:
    """A small blob in memory."""

    content: bytes

    @property
    def digest(self) -> str:
        return "sha256:" + hashlib.sha256(self.content).hexdigest()

    @property
    def size(self) -> int:
        return len(self.content)

    async def read(self, offset: int) -> AsyncIterator[bytes]:
        yield self.content[offset:]


@dataclass(frozen=True, slots=True)
class Stored:
    """A blob in a file."""

    file: Path
    digest: str
    size: int

    async def read(self, offset: int) -> AsyncIterator[bytes]:
        with self.file.open("rb") as file:
            file.seek(offset)
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield piece


@dataclass(frozen=True, slots=True)
class Remote:
    """A blob in a repository, passed through."""

    repository: Repository
    digest: str
    size: int

    def read(self, offset: int) -> AsyncIterator[bytes]:
        return download(self.repository, self.digest, self.size, offset=offset)


async def has_blob(repository: Repository, digest: str) -> bool:
    """Whether it is there. A registry that sends elsewhere for the content has it."""
    request = Request(
        "HEAD",
        repository.blob(digest),
        f"a blob of {repository}",
        repository.pull,
        fine=(301, 302, 303, 307, 308, 404),
    )
    return (await repository.connection.send(request)).status != 404


async def read_blob(repository: Repository, digest: str, size: int, *, limit: int) -> bytes:
    """A small blob whole. Raises StageFailed beyond `limit` bytes and where it is another one."""
    if size > limit:
        raise StageFailed(
            f"{digest[:19]}… of {repository} has {size} bytes where at most {limit} make sense",
            remedy="choose another base image",
        )
    return b"".join([piece async for piece in download(repository, digest, size)])


async def download(
    repository: Repository, digest: str, size: int, *, offset: int = 0
) -> AsyncIterator[bytes]:
    """The blob's bytes from `offset` on; a broken line is taken up where it broke.

    Raises StageFailed where its size is another one, and, read from its start, its digest.
    """
    tries = repository.connection.patience.begin()
    hashed, start = hashlib.sha256(), offset
    while offset < size or (size == 0 and offset == 0):
        try:
            async for piece in _from(repository, digest, offset):
                offset += len(piece)
                if offset > size:
                    raise _another(repository, digest, "more bytes than it said")
                hashed.update(piece)
                tries.progress()
                yield piece
            break
        except Transient as failure:
            await tries.again(failure)
    if offset != size:
        raise _another(repository, digest, "fewer bytes than it said")
    if start == 0 and f"sha256:{hashed.hexdigest()}" != digest:
        raise _another(repository, digest, "other bytes than its digest says")


async def _from(repository: Repository, digest: str, offset: int) -> AsyncIterator[bytes]:
    headers = {"Range": f"bytes={offset}-"} if offset else {}
    request = Request(
        "GET", repository.blob(digest), f"a blob of {repository}", repository.pull, headers
    )
    async with repository.connection.once(request) as response:
        skip = offset if response.status_code == 200 else 0  # it does not know ranges
        async for piece in response.aiter_raw(PIECE):
            rest = piece[skip:]
            skip = max(0, skip - len(piece))
            if rest:
                yield rest


def _another(repository: Repository, digest: str, why: str) -> StageFailed:
    return StageFailed(
        f"{repository} gave {why}: {digest}",
        remedy="the registry, or something before it, changes content: tell its administrator",
    )


async def upload(
    repository: Repository,
    source: Source,
    *,
    mount_from: str = "",
    told: Callable[[int], None] = lambda count: None,
) -> bool:
    """Bring a blob there; whether its bytes had to be sent. `mount_from`: a repository of the same
    registry that has it. `told` hears how many bytes have been sent."""
    if await has_blob(repository, source.digest):
        return False
    place = await _begin(repository, source.digest, mount_from)
    if place is None:
        return False
    await _Upload(repository, source, told).run(place)
    return True


async def _begin(repository: Repository, digest: str, mount_from: str) -> str | None:
    """The address of an upload; None where the registry had the blob under another name."""
    query, scopes = "", repository.push
    if mount_from and mount_from != repository.name:
        query = f"?{httpx.QueryParams({'mount': digest, 'from': mount_from})}"
        scopes = (*scopes, f"repository:{mount_from}:pull")
    reply = await repository.connection.send(
        Request("POST", f"/v2/{repository.name}/blobs/uploads/{query}", _what(repository), scopes)
    )
    if query and reply.status == 201:
        return None
    return _location(repository, reply.status, reply.headers)


def _what(repository: Repository) -> str:
    return f"an upload to {repository}"


def _location(repository: Repository, status: int, headers: httpx.Headers) -> str:
    place: str = headers.get("location", "")
    if not place:
        raise refused(repository.connection.host, _what(repository), status, "no Location")
    return place


class _Upload:
    """One blob on its way, from the address that the registry gave."""

    def __init__(self, repository: Repository, source: Source, told: Callable[[int], None]) -> None:
        self._repository = repository
        self._connection = repository.connection
        self._source = source
        self._told = told

    async def run(self, place: str) -> None:
        offset, tries = 0, self._connection.patience.begin()
        while True:
            try:
                if self._source.size > _SMALL:
                    place = await self._patch(place, offset)
                    offset = self._source.size
                await self._end(place, offset)
            except Transient as failure:
                await tries.again(failure)
                found = await self._where(place)
                if found is None:
                    return
                if found[1] > offset:
                    tries.progress()
                place, offset = found
            else:
                return

    async def _patch(self, place: str, offset: int) -> str:
        """All from `offset` in one request; the address to go on with."""
        left = self._source.size - offset
        if left == 0:
            return place
        headers = {**_TYPE, "Content-Length": str(left)}
        if offset:
            headers["Content-Range"] = f"{offset}-{self._source.size - 1}"
        request = self._request("PATCH", place, headers, offset)
        async with self._connection.once(request) as response:
            return _location(self._repository, response.status_code, response.headers)

    async def _end(self, place: str, offset: int) -> None:
        left = self._source.size - offset
        headers = {**_TYPE, "Content-Length": str(left)}
        address = str(httpx.URL(place).copy_merge_params({"digest": self._source.digest}))
        request = self._request("PUT", address, headers, offset)
        async with self._connection.once(request):
            return

    def _request(self, method: str, url: str, headers: dict[str, str], offset: int) -> Request:
        body = (lambda: self._pieces(offset)) if offset < self._source.size else None
        what = _what(self._repository)
        return Request(method, url, what, self._repository.push, headers, body)

    async def _pieces(self, offset: int) -> AsyncIterator[bytes]:
        async for piece in self._source.read(offset):
            offset += len(piece)
            yield piece
            self._told(offset)

    async def _where(self, place: str) -> tuple[str, int] | None:
        """Where to go on, and how much the registry has; from the start where it has forgotten
        the upload; None where it has the whole blob."""
        what = _what(self._repository)
        reply = await self._connection.send(
            Request("GET", place, what, self._repository.push, fine=(404,))
        )
        if reply.status == 404:
            if await has_blob(self._repository, self._source.digest):
                return None
            # So does docker-registry 2.8 with each upload that broke within a request.
            fresh = await _begin(self._repository, self._source.digest, "")
            return None if fresh is None else (fresh, 0)
        _, _, last = reply.headers.get("range", "").rpartition("-")
        # "0-0" is what registries say for one byte and for none: none is always true.
        have = int(last) + 1 if last.isdigit() and int(last) > 0 else 0
        return reply.headers.get("location") or place, min(have, self._source.size)
