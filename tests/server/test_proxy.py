"""Services behind the Jupyter server: what gets through to them, and what does not."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from jupyter_modelship.server import forwarding

from .conftest import Ask
from .test_channels import Nobody
from .upstream import TOKEN, Upstream


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_every_verb_gets_through(call: Ask, method: str) -> None:
    reply = await call(method, "/score?x=1&y=%C3%A9+a")
    told = {"method": method, "uri": "/score?x=1&y=%C3%A9+a", "sent": 2 if method[0] == "P" else 0}
    assert (reply.code, json.loads(reply.body)) == (200, told)
    assert reply.headers["X-Request-Id"] == "r-1"


async def test_head_has_no_body(call: Ask, upstream: Upstream) -> None:
    reply = await call("HEAD")
    assert (reply.code, reply.body) == (200, b"")
    assert upstream.asked[-1].method == "HEAD"


async def test_a_reply_without_content_stays_one(call: Ask) -> None:
    reply = await call("GET", "/nothing")
    assert (reply.code, reply.body) == (204, b"")


async def test_the_service_gets_its_own_token_and_nothing_of_jupyters(
    call: Ask, upstream: Upstream, jp_serverapp: Any, jp_http_port: int
) -> None:
    token = jp_serverapp.identity_provider.token
    await call(
        "GET",
        f"/score?x=1&token={token}&_xsrf=abc&y=2",
        headers={
            "Cookie": "_xsrf=abc; username=me",
            "X-XSRFToken": "abc",
            "Referer": f"http://localhost/lab?token={token}",
            "Origin": f"http://127.0.0.1:{jp_http_port}",
            "X-Forwarded-For": "10.0.0.1",
            "Connection": "X-Private, keep-alive",
            "X-Private": "for this hop",
            "Proxy-Authorization": "Basic abc",
            "TE": "trailers",
            "X-Request-Id": "mine",
            "Accept": "application/json",
            "Accept-Encoding": "br",
        },
    )
    assert upstream.asked[-1].uri == "/score?x=1&y=2"
    fields = {name.lower(): value for name, value in upstream.headers.get_all()}
    assert fields == {
        "authorization": f"Bearer {TOKEN}",
        "accept": "application/json",
        "accept-encoding": "br",
        "x-request-id": "mine",
        "host": f"127.0.0.1:{upstream.port}",
        "connection": "close",
        "user-agent": fields["user-agent"],
    }
    assert token not in str(fields)


async def test_the_service_can_do_nothing_in_jupyters_name(call: Ask) -> None:
    reply = await call("GET", "/hostile")
    assert reply.headers["Content-Security-Policy"] == "sandbox"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Content-Type"] == "text/html"
    for name in ("Location", "Access-Control-Allow-Origin", "Refresh"):
        assert name not in reply.headers
    assert "mine" not in str(reply.headers.get_list("Set-Cookie"))


async def test_errors_are_guarded_too(call: Ask) -> None:
    reply = await call("GET", name="none")
    assert (reply.code, json.loads(reply.body)["code"]) == (404, "nothing-there")
    assert reply.headers["Content-Security-Policy"] == "sandbox"


@pytest.mark.parametrize(
    "path",
    [
        "/../stopped/predict",
        "/a/../../b",
        "/./predict",
        "/%2e%2e/predict",
        "/%2E./predict",
        "/a%2fb",
        "/a%5Cb",
        "/a%00b",
        "/a%0d%0aHost:evil",
        "/a\\b",
        "/é",
        "/%",
        "/%zz",
    ],
)
async def test_paths_that_could_mean_two_things_go_nowhere(
    upstream: Upstream, raw: Callable[..., Any], path: str
) -> None:
    status, _ = await raw(f"/modelship/services/iris{path}")
    assert status in (400, 404)
    assert upstream.asked == []


@pytest.mark.parametrize(
    "name",
    [
        "iris@evil.example",
        "127.0.0.1:80",
        "iris%2f..",
        "..",
        "%2e%2e",
        "IRIS",
        "http:",
        "x" * 64,
        "iris%00",
        "i%72is",
    ],
)
async def test_names_that_are_no_service_go_nowhere(
    upstream: Upstream, raw: Callable[..., Any], name: str
) -> None:
    status, _ = await raw(f"/modelship/services/{name}/predict")
    assert status in (400, 404)
    assert upstream.asked == []


async def test_where_it_goes_is_not_the_requests_to_say(
    upstream: Upstream, raw: Callable[..., Any]
) -> None:
    status, _ = await raw("/modelship/services/iris//evil.example/x")
    assert (status, upstream.asked[-1].uri) == (200, "//evil.example/x")
    status, _ = await raw("/modelship/services/iris/@evil.example/x")
    assert (status, upstream.asked[-1].uri) == (200, "/@evil.example/x")
    assert upstream.headers["Host"] == f"127.0.0.1:{upstream.port}"
    count = len(upstream.asked)
    status, _ = await raw("http://evil.example/modelship/services/iris/x", whole=True)
    assert status in (400, 404)
    status, _ = await raw("/modelship/services/iris/x", host="evil.example")
    assert status == 403, "a name that is not this machine's"
    assert len(upstream.asked) == count


async def test_a_service_that_is_stopped_says_so(call: Ask) -> None:
    reply = await call("GET", name="stopped")
    told = json.loads(reply.body)
    assert (reply.code, told["code"]) == (503, "not-running")
    assert told["remedy"]


async def test_a_service_that_does_not_answer_is_a_clear_error(
    call: Ask, upstream: Upstream
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        upstream.port = free.getsockname()[1]
        reply = await call("GET")
    assert (reply.code, json.loads(reply.body)["code"]) == (502, "no-reply")


async def test_a_token_that_the_service_refuses_is_not_the_browsers_login(call: Ask) -> None:
    reply = await call("GET", "/wrong-token")
    told = json.loads(reply.body)
    assert (reply.code, told["code"]) == (502, "no-reply")
    assert "token" in told["message"]
    assert "WWW-Authenticate" not in reply.headers


def test_a_token_that_is_not_jupyters_is_the_endpoints_own() -> None:
    query = "token=mine&tok%65n=jupyter%27s&token=&x=token"
    assert forwarding.address("/p", query, token="jupyter's") == "/p?token=mine&token=&x=token"
    assert forwarding.address("/p", "token=", token="") == "/p?token="


def test_what_is_for_the_next_hop_goes_no_further() -> None:
    fields = [("Connection", "close, ETag"), ("ETag", "1"), ("Keep-Alive", "5"), ("Vary", "a")]
    assert forwarding.back(fields) == [("Vary", "a"), *forwarding.GUARDS]
    assert forwarding.onward([*fields, ("Upgrade", "websocket")], token="") == [("Vary", "a")]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
async def test_nobody_gets_through_without_login_or_permission(
    call: Ask, upstream: Upstream, jp_serverapp: Any, method: str
) -> None:
    settings = jp_serverapp.web_app.settings
    allows = settings["authorizer"]
    assert (await call(method, headers={"Authorization": ""})).code == 403
    settings["authorizer"] = Nobody(parent=jp_serverapp)
    assert (await call(method)).code == 403
    settings["authorizer"] = allows
    await call("GET", "/last")
    assert [one.path for one in upstream.asked] == ["/last"]


async def test_a_form_of_another_site_gets_nowhere(
    call: Ask, upstream: Upstream, jp_fetch: Ask
) -> None:
    login = await jp_fetch("api", "status")
    cookie = "; ".join(c.partition(";")[0] for c in login.headers.get_list("Set-Cookie"))
    by_cookie = {"Authorization": "", "Cookie": cookie}
    assert (await call("GET", headers=by_cookie)).code == 200
    count = len(upstream.asked)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert (await call(method, headers=by_cookie)).code == 403, "no XSRF token"
    foreign = {**by_cookie, "Origin": "http://evil.example"}
    assert (await call("GET", headers=foreign)).code in (403, 404)
    assert len(upstream.asked) == count
