"""The client and registries that ask, send elsewhere, are busy, or lie: said by a server of ours.

127.0.0.1, 127.0.0.2 and localhost are hosts of different names.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_modelship.errors import ModelshipError, StageFailed, UsageError
from jupyter_modelship.registry.blobs import Held, Stored, download, has_blob, read_blob, upload
from jupyter_modelship.registry.connection import Connection
from jupyter_modelship.registry.manifests import Document, put_manifest, read_manifest, tags
from jupyter_modelship.registry.patience import Patience
from jupyter_modelship.registry.referrers import put_referrer, referrers
from jupyter_modelship.registry.repository import Repository

from .registries import auth_file
from .scripted import Answer, Asked, Scripted, scripted

BASIC = "Basic YWRhOmNvcnJlY3QgaG9yc2U="
CONTENT = b"some content"
DIGEST = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
TYPE = "application/vnd.oci.image.manifest.v1+json"


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


Connect = Callable[..., Connection]


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


async def blob(connection: Connection) -> bytes:
    repository = Repository(connection, "a/b")
    return await read_blob(repository, DIGEST, len(CONTENT), limit=1000)


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


# Who is told the login


def asks_for_a_token(realm: str, server: Scripted) -> Callable[[Asked], Answer]:
    """A registry that takes the token `t-1`, given out at `realm`."""

    def script(asked: Asked) -> Answer:
        if asked.path.startswith("/token"):
            return Answer(200, {}, b'{"token": "t-1", "expires_in": 300}')
        if asked.authorization == "Bearer t-1":
            return Answer(200, {}, CONTENT)
        challenge = f'Bearer realm="{realm}",service="it, self",scope="ignored"'
        return Answer(401, {"WWW-Authenticate": challenge})

    return script


async def test_a_token_is_fetched_with_the_login_and_used_again(
    server: Scripted, connect: Connect
) -> None:
    server.script = asks_for_a_token(f"http://{server.host}/token", server)
    async with connect() as connection:
        assert await blob(connection) == await blob(connection) == CONTENT
    path = f"/v2/a/b/blobs/{DIGEST}"
    query = "service=it%2C+self&scope=repository%3Aa%2Fb%3Apull"
    assert [(one.path, one.authorization) for one in server.asked] == [
        (path, ""),
        (f"/token?{query}", BASIC),
        (path, "Bearer t-1"),
        (path, "Bearer t-1"),
    ]


async def test_a_token_that_is_not_taken_any_more_is_fetched_again(
    server: Scripted, connect: Connect
) -> None:
    script = asks_for_a_token(f"http://{server.host}/token", server)
    server.script = lambda asked: script(asked) if len(server.asked) != 4 else again
    challenge = f'Bearer realm="http://{server.host}/token"'
    again = Answer(401, {"WWW-Authenticate": challenge})
    async with connect() as connection:
        assert await blob(connection) == await blob(connection) == CONTENT
    assert [one.path.startswith("/token") for one in server.asked].count(True) == 2


async def test_a_token_that_has_run_out_is_not_sent(server: Scripted, connect: Connect) -> None:
    script = asks_for_a_token(f"http://{server.host}/token", server)
    short = Answer(200, {}, b'{"access_token": "t-1", "expires_in": 1e-9}')
    server.script = lambda asked: short if asked.path.startswith("/token") else script(asked)
    async with connect() as connection:
        assert await blob(connection) == await blob(connection) == CONTENT
    assert [one.authorization for one in server.asked] == ["", BASIC, "Bearer t-1"] * 2


async def test_a_login_goes_to_no_other_host_for_a_token(
    server: Scripted, other: Scripted, connect: Connect
) -> None:
    server.script = asks_for_a_token(f"http://{other.host}/token", server)
    async with connect() as connection:
        with pytest.raises(StageFailed, match="which was not done") as caught:
            await blob(connection)
    assert other.asked == []
    assert "127.0.0.2" in caught.value.message
    assert "token_hosts" in caught.value.remedy


async def test_an_allowed_host_is_told_the_login_and_without_one_nothing_is(
    server: Scripted, other: Scripted, connect: Connect
) -> None:
    other.script = server.script = asks_for_a_token(f"http://{other.host}/token", server)
    async with connect(token_hosts=("127.0.0.2",)) as connection:
        assert await blob(connection) == CONTENT
    async with connect(login=False) as connection:
        assert await blob(connection) == CONTENT
    assert [one.authorization for one in other.asked] == [BASIC, ""]


@pytest.mark.parametrize(
    "realm",
    [
        "http://registry.example/token",
        "ftp://127.0.0.1/token",
        "//127.0.0.1/token",
        "https://user:pass@127.0.0.1/token",
        "",
    ],
)
async def test_a_token_service_is_reached_by_tls(
    server: Scripted, connect: Connect, realm: str
) -> None:
    server.script = asks_for_a_token(realm, server)
    for login in (True, False):
        async with connect(login=login) as connection:
            with pytest.raises(StageFailed, match="not reached by TLS"):
                await blob(connection)


async def test_content_that_is_elsewhere_is_fetched_without_the_login(
    server: Scripted, other: Scripted, connect: Connect
) -> None:
    def script(asked: Asked) -> Answer:
        if asked.authorization != BASIC:
            return Answer(401, {"WWW-Authenticate": 'Basic realm="x"'})
        return Answer(307, {"Location": f"http://{other.host}/signed?key=1"})

    server.script = script
    async with connect() as connection:
        assert await blob(connection) == CONTENT
        assert await has_blob(Repository(connection, "a/b"), DIGEST)
    assert [(one.method, one.path, one.authorization) for one in other.asked] == [
        ("GET", "/signed?key=1", "")
    ]


def asks_by(challenge: str) -> Callable[[Asked], Answer]:
    return lambda asked: Answer(401, {"WWW-Authenticate": challenge})


async def test_who_we_are_sent_to_cannot_ask_for_the_login(
    server: Scripted, other: Scripted, connect: Connect
) -> None:
    server.script = lambda asked: Answer(302, {"Location": f"http://{other.host}/"})
    for challenge in ('Basic realm="x"', f'Bearer realm="http://{other.host}/token"'):
        other.script = asks_by(challenge)
        async with connect() as connection:
            with pytest.raises(StageFailed, match="401"):
                await blob(connection)
    assert [one.authorization for one in other.asked] == ["", ""]


@pytest.mark.parametrize(
    "place", ["http://registry.example/x", "ftp://127.0.0.1/", "http://u:p@127.0.0.1/"]
)
async def test_no_registry_sends_us_out_of_tls(
    server: Scripted, connect: Connect, place: str
) -> None:
    server.script = lambda asked: Answer(307, {"Location": place})
    async with connect() as connection:
        with pytest.raises(StageFailed, match="not reached by TLS"):
            await blob(connection)
    assert len(server.asked) == 1


async def test_redirects_come_to_an_end(server: Scripted, connect: Connect) -> None:
    server.script = lambda asked: Answer(302, {"Location": "/again"})
    async with connect() as connection:
        with pytest.raises(StageFailed, match="302"):
            await blob(connection)
    assert len(server.asked) < 10


async def test_an_upload_to_another_host_goes_without_the_login(
    server: Scripted, other: Scripted, connect: Connect
) -> None:
    def script(asked: Asked) -> Answer:
        if asked.authorization != BASIC:
            return Answer(401, {"WWW-Authenticate": 'Basic realm="x"'})
        if asked.method == "HEAD":
            return Answer(404)
        return Answer(202, {"Location": f"http://{other.host}/session?a=b"})

    server.script, other.script = script, lambda asked: Answer(201)
    async with connect() as connection:
        assert await upload(Repository(connection, "a/b"), Held(CONTENT))
    (put,) = other.asked
    assert (put.authorization, put.body) == ("", CONTENT)
    assert put.path == f"/session?a=b&digest={DIGEST.replace(':', '%3A')}"


def test_plain_http_is_for_this_machine() -> None:
    for host in ("registry.example", "10.0.0.1:5000", "localhost.example", "127.0.0.1.example"):
        with pytest.raises(UsageError, match="without TLS"):
            Connection(host, insecure=True)


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
