"""Registries that are busy, or lie, or can do less than others."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from jupyter_modelship.errors import ModelshipError, StageFailed
from jupyter_modelship.registry.blobs import Stored, download, upload
from jupyter_modelship.registry.connection import Connection
from jupyter_modelship.registry.manifests import Document, put_manifest, read_manifest, tags
from jupyter_modelship.registry.patience import Patience
from jupyter_modelship.registry.referrers import put_referrer, referrers
from jupyter_modelship.registry.repository import Repository
from tests.images.scripted import Answer, Asked, Scripted, scripted

from .asking import CONTENT, DIGEST, Connect, blob

TYPE = "application/vnd.oci.image.manifest.v1+json"


# What is transient


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_tried_again(
    server: Scripted, connect: Connect, waits: list[float], status: int
) -> None:
    server.script = lambda asked: Answer(status if len(server.asked) < 4 else 200, {}, CONTENT)
    async with connect() as connection:
        assert await blob(connection) == CONTENT
    assert len(server.asked) == 4
    assert len(waits) == 3
    assert all(wait <= bound for wait, bound in zip(waits, (0.25, 0.5, 1.0), strict=True))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 501, 505, 507])
async def test_what_stays_is_asked_once_and_explained(
    server: Scripted, connect: Connect, waits: list[float], status: int
) -> None:
    said = json.dumps({"errors": [{"code": "DENIED", "message": "correct horse \x1b[31m"}]})
    server.script = lambda asked: Answer(status, {}, said.encode())
    async with connect() as connection:
        with pytest.raises(StageFailed) as caught:
            await blob(connection)
    assert (len(server.asked), waits) == (1, [])
    assert f"({status})" in caught.value.message
    assert "a blob of" in caught.value.message
    assert caught.value.remedy
    assert caught.value.detail == "DENIED: *** ?[31m"


async def test_a_registry_that_stays_busy_is_given_up(
    server: Scripted, connect: Connect, waits: list[float]
) -> None:
    server.script = lambda asked: Answer(429, {"Retry-After": "3"})
    async with connect() as connection:
        with pytest.raises(StageFailed, match="asked too often") as caught:
            await blob(connection)
    assert len(server.asked) == 5
    assert all(3 <= wait <= 3 + 2 for wait in waits)
    assert "login" in caught.value.remedy


async def test_a_registry_that_asks_for_an_hour_is_told_to_people_at_once(
    server: Scripted, connect: Connect, waits: list[float]
) -> None:
    server.script = lambda asked: Answer(429, {"Retry-After": "3600"})
    async with connect() as connection:
        with pytest.raises(StageFailed, match="asked too often"):
            await blob(connection)
    assert (len(server.asked), waits) == (1, [])


async def test_nobody_there_and_no_such_host(waits: list[float]) -> None:
    async def wait(seconds: float) -> None:
        waits.append(seconds)

    with scripted() as gone:
        host = gone.host
    for where, words in ((host, "nothing listens at"), ("nowhere.invalid", "there is no host")):
        patience = Patience(wait=wait)
        async with Connection(where, insecure=where == host, patience=patience) as connection:
            with pytest.raises(StageFailed, match=words) as caught:
                await blob(connection)
        assert caught.value.remedy
    assert len(waits) >= 4


# Who lies


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"some Content", "other bytes than its digest says"),
        (CONTENT[:-1], "fewer bytes than it said"),
        (CONTENT + b"!", "more bytes than it said"),
    ],
)
async def test_other_bytes_are_not_taken(
    server: Scripted, connect: Connect, content: bytes, words: str
) -> None:
    server.script = lambda asked: Answer(200, {}, content)
    async with connect() as connection:
        with pytest.raises(StageFailed, match=words):
            await blob(connection)


async def test_another_manifest_is_not_taken(server: Scripted, connect: Connect) -> None:
    async with connect() as connection:
        repository = Repository(connection, "a/b")
        server.script = lambda asked: Answer(200, {"Content-Type": TYPE}, b"{}")
        with pytest.raises(StageFailed, match="gave another manifest"):
            await read_manifest(repository, DIGEST, [TYPE])
        server.script = lambda asked: Answer(201, {"Docker-Content-Digest": DIGEST})
        with pytest.raises(StageFailed, match="keeps another manifest"):
            await put_manifest(repository, Document(b"{}", TYPE), "v1")
        server.script = lambda asked: Answer(200, {}, b" " * (5 << 20))
        with pytest.raises(StageFailed, match="200"):
            await read_manifest(repository, DIGEST, [TYPE])
        with pytest.raises(StageFailed, match="200"):
            await tags(repository)


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"tags": 1}', b"[" * 200_000])
async def test_a_list_of_tags_that_is_none_is_said(
    server: Scripted, connect: Connect, body: bytes
) -> None:
    server.script = lambda asked: Answer(200, {}, body)
    async with connect() as connection:
        with pytest.raises(ModelshipError, match="no list of tags"):
            await tags(Repository(connection, "a/b"))


# What a registry of today can do


class Sessions:
    """A registry's uploads: it keeps what it got of a request that broke."""

    def __init__(self) -> None:
        self.content = b""
        self.breaks = [5 << 20, 9 << 20]
        self.ranges: list[str] = []

    def __call__(self, asked: Asked) -> Answer:
        if asked.method == "HEAD":
            return Answer(404)
        if asked.method == "POST":
            return Answer(202, {"Location": "/v2/a/b/blobs/uploads/1?state=0"})
        if asked.method == "GET":
            last = f"0-{len(self.content) - 1}"
            return Answer(204, {"Range": last, "Location": "/v2/a/b/blobs/uploads/1?state=1"})
        if asked.method == "PATCH":
            return self.patched(asked)
        return Answer(201 if "digest=" in asked.path else 400)

    def patched(self, asked: Asked) -> Answer:
        self.ranges.append(asked.headers.get("content-range", ""))
        if self.breaks:
            self.content += asked.body[: self.breaks.pop(0) - len(self.content)]
            return Answer(502)
        self.content += asked.body
        return Answer(202, {"Location": "/v2/a/b/blobs/uploads/1?state=2"})


async def test_an_upload_goes_on_at_the_offset_that_the_registry_says(
    server: Scripted, connect: Connect, tmp_path: Path
) -> None:
    size = 12 << 20
    (tmp_path / "blob").write_bytes(os.urandom(size))
    content = (tmp_path / "blob").read_bytes()
    source = Stored(tmp_path / "blob", f"sha256:{hashlib.sha256(content).hexdigest()}", size)
    server.script = sessions = Sessions()
    async with connect() as connection:
        assert await upload(Repository(connection, "a/b"), source)
        assert connection.sent == size + (size - (5 << 20)) + (size - (9 << 20))
    assert sessions.content == content
    assert sessions.ranges == ["", f"{5 << 20}-{size - 1}", f"{9 << 20}-{size - 1}"]


async def test_a_registry_without_ranges_is_read_from_the_start(
    server: Scripted, connect: Connect
) -> None:
    server.script = lambda asked: Answer(200, {}, CONTENT)
    async with connect() as connection:
        pieces = download(Repository(connection, "a/b"), DIGEST, len(CONTENT), offset=5)
        assert b"".join([piece async for piece in pieces]) == CONTENT[5:]
    assert server.asked[0].headers["range"] == "bytes=5-"


async def test_a_registry_with_the_referrers_api_keeps_the_list_itself(
    server: Scripted, connect: Connect
) -> None:
    document = Document(b'{"artifactType": "a/b"}', TYPE)
    entry = {"digest": document.digest, "artifactType": "a/b"}
    listed = json.dumps({"manifests": [entry, {"digest": "x", "artifactType": "c/d"}]}).encode()

    def script(asked: Asked) -> Answer:
        if asked.method == "PUT":
            return Answer(201, {"OCI-Subject": DIGEST})
        return Answer(200, {}, listed)

    server.script = script
    async with connect() as connection:
        repository = Repository(connection, "a/b")
        await put_referrer(repository, document, DIGEST)
        assert await referrers(repository, DIGEST, "a/b") == [entry]
    assert [(one.method, one.path) for one in server.asked] == [
        ("PUT", f"/v2/a/b/manifests/{document.digest}"),
        ("GET", f"/v2/a/b/referrers/{DIGEST}"),
    ]
