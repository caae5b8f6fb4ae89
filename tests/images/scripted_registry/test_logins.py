"""Who is told a registry's login, and where a registry may send us."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jupyter_modelship.errors import StageFailed, UsageError
from jupyter_modelship.registry.blobs import Held, has_blob, upload
from jupyter_modelship.registry.connection import Connection
from jupyter_modelship.registry.repository import Repository
from tests.images.scripted import Answer, Asked, Scripted

from .asking import CONTENT, DIGEST, Connect, blob

BASIC = "Basic YWRhOmNvcnJlY3QgaG9yc2U="


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
