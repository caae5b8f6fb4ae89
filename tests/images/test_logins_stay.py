"""A registry's login and its token go to the registry, wherever it sends us: nobody else gets one.

127.0.0.1 and 127.0.0.2 are hosts of different names; another port is another host, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.registry.blobs import Held, download, upload
from jupyter_modelship.registry.connection import Connection
from jupyter_modelship.registry.manifests import Document, put_manifest
from jupyter_modelship.registry.patience import Patience
from jupyter_modelship.registry.referrers import put_referrer
from jupyter_modelship.registry.repository import Repository

from .registries import auth_file
from .scripted import Answer, Asked, Scripted, scripted

CONTENT = b"some content"
BLOB = Held(CONTENT)
TYPE = "application/vnd.oci.image.manifest.v1+json"
ELSEWHERE = ("127.0.0.2", "127.0.0.1")
"""Another name, and another port of the same."""
LOGIN, TOKEN = "Basic YWRhOmNvcnJlY3QgaG9yc2U=", "Bearer t-1"
Connect = Callable[[], Connection]


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted() as made:
        yield made


@pytest.fixture(params=ELSEWHERE)
def other(request: pytest.FixtureRequest) -> Iterator[Scripted]:
    with scripted(request.param) as made:
        made.script = lambda asked: Answer(201, {}, CONTENT)
        yield made


@pytest.fixture
def connect(server: Scripted, tmp_path: Path) -> Connect:
    """To `server`, with its login."""

    async def wait(seconds: float) -> None:
        """Nobody waits here."""

    file = auth_file(tmp_path / "auth.json", server.host)
    return lambda: Connection(
        server.host, auth_file=file, insecure=True, patience=Patience(wait=wait)
    )


def by_login(then: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    ask = Answer(401, {"WWW-Authenticate": 'Basic realm="x"'})
    return lambda asked: then(asked) if asked.authorization == LOGIN else ask


def by_token(server: Scripted, then: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    def script(asked: Asked) -> Answer:
        if asked.path.startswith("/token"):
            return Answer(200, {}, b'{"token": "t-1"}')
        if asked.authorization == TOKEN:
            return then(asked)
        challenge = f'Bearer realm="http://{server.host}/token"'
        return Answer(401, {"WWW-Authenticate": challenge})

    return script


def sends_to(other: Scripted, status: int, *methods: str) -> Callable[[Asked], Answer]:
    """What it is asked by these methods is somewhere else; uploads may begin, no blob is there."""

    def script(asked: Asked) -> Answer:
        if asked.method in methods:
            return Answer(status, {"Location": f"http://{other.host}/there?a=b"})
        begins = {"POST": Answer(202, {"Location": "/v2/a/b/blobs/uploads/1"})}
        return begins.get(asked.method, Answer(404))

    return script


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_download_goes_on_elsewhere_without_login_or_token(
    server: Scripted, other: Scripted, connect: Connect, status: int
) -> None:
    other.script = lambda asked: Answer(200, {}, CONTENT)
    for script in (by_login, lambda then: by_token(server, then)):
        server.script = script(sends_to(other, status, "GET"))
        other.asked.clear()
        async with connect() as connection:
            pieces = download(Repository(connection, "a/b"), BLOB.digest, BLOB.size)
            assert b"".join([piece async for piece in pieces]) == CONTENT
        assert [(each.path, each.authorization) for each in other.asked] == [("/there?a=b", "")]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_what_is_written_is_not_sent_where_a_redirect_says(
    server: Scripted, other: Scripted, connect: Connect, status: int, method: str
) -> None:
    server.script = by_token(server, sends_to(other, status, method))
    async with connect() as connection:
        repository = Repository(connection, "a/b")
        with pytest.raises(StageFailed, match=str(status)):
            await upload(repository, BLOB)
        if method == "PUT":
            for sent in (put_manifest(repository, Document(b"{}", TYPE), "v1"),
                         put_referrer(repository, Document(b"{}", TYPE), BLOB.digest)):  # fmt: skip
                with pytest.raises(StageFailed, match=str(status)):
                    await sent
    assert other.asked == []


async def test_an_upload_that_goes_on_elsewhere_takes_no_token_along(
    server: Scripted, other: Scripted, connect: Connect
) -> None:
    """Where the registry gives an address for the bytes, as some do; and no redirect from there."""

    def begun(asked: Asked) -> Answer:
        if asked.method == "HEAD":
            return Answer(404)
        return Answer(202, {"Location": f"http://{other.host}/session"})

    server.script = by_token(server, begun)
    async with connect() as connection:
        assert await upload(Repository(connection, "a/b"), BLOB)
    assert [(each.method, each.authorization, each.body) for each in other.asked] == [
        ("PUT", "", CONTENT)
    ]


async def test_who_we_are_sent_to_sends_us_back_with_nothing_of_theirs(
    server: Scripted, other: Scripted, connect: Connect
) -> None:
    """A challenge from elsewhere is met by nobody, whatever realm it names."""
    server.script = by_login(sends_to(other, 307, "GET"))
    for realm in (f"http://{server.host}/token", f"http://{other.host}/token"):
        ask = Answer(401, {"WWW-Authenticate": f'Bearer realm="{realm}", Basic realm="x"'})
        other.script = lambda asked, ask=ask: ask  # type: ignore[misc]  # bound for each turn
        async with connect() as connection:
            pieces = download(Repository(connection, "a/b"), BLOB.digest, BLOB.size)
            with pytest.raises(StageFailed, match="401"):
                await anext(pieces)
    assert {each.authorization for each in other.asked} == {""}
    assert not [each for each in server.asked if each.path.startswith("/token")]
