"""Whole replies of a service, without any server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest

from jupyter_modelship.runtime.app import App, RegistrationError
from jupyter_modelship.runtime.core import JSON, Core, Reply
from jupyter_modelship.runtime.log import Log
from jupyter_modelship.runtime.problems import VOCABULARY, Refused

from .whole import PROBLEM, ask, double, served

CoreOf = Callable[[App], Core]
Logged = tuple[Log, Callable[[], list[dict[str, Any]]]]


async def test_the_reply_is_the_json_of_what_the_function_returns(core_of: CoreOf) -> None:
    core = core_of(served(double, {"x": float}))
    assert await ask(core, b'{"x": 1.5}') == b"3.0"


async def test_a_refusal_names_the_place(core_of: CoreOf, log_lines: Logged) -> None:
    core = core_of(served(double, {"x": float}))
    assert await ask(core, b'{"x": "a"}') == Reply(
        422,
        PROBLEM,
        b'{"type":"urn:modelship:problem:invalid-arguments",'
        b'"title":"The arguments do not fit the endpoint.","status":422,"request_id":"r1",'
        b'"detail":"Expected `float`, got `str`",'
        b'"errors":[{"pointer":"/x","message":"Expected `float`, got `str`"}]}',
    )
    (line,) = log_lines[1]()
    assert (line["event"], line["status"], line["request_id"]) == ("refused", 422, "r1")


async def test_what_goes_wrong_inside_stays_in_the_log(core_of: CoreOf, log_lines: Logged) -> None:
    def fail(key: str) -> int:
        raise KeyError(key)

    core = core_of(served(fail, {"key": str}))
    assert await ask(core, b'{"key": "secret"}') == Reply(
        500,
        PROBLEM,
        b'{"type":"urn:modelship:problem:internal-error",'
        b'"title":"The endpoint failed.","status":500,"request_id":"r1"}',
    )
    (line,) = log_lines[1]()
    assert (line["event"], line["error"], line["message"]) == ("failed", "KeyError", "'secret'")
    assert "raise KeyError(key)" in line["traceback"]


async def test_a_result_without_json_form_is_a_clear_500(core_of: CoreOf) -> None:
    core = core_of(served(lambda x: x * float("inf"), {"x": float}))
    reply = await ask(core, b'{"x": 1}')
    assert isinstance(reply, Reply)
    assert (reply.status, b"result-not-json" in reply.body) == (500, True)


async def test_user_code_that_exits_ends_a_request_and_nothing_else(core_of: CoreOf) -> None:
    def leave() -> None:
        raise SystemExit(3)

    for execution in ("inline", "thread"):
        core = core_of(served(leave, {}, execution=execution))
        reply = await ask(core, b"{}")
        assert isinstance(reply, Reply)
        assert reply.status == 500


@pytest.mark.parametrize("execution", ["inline", "thread"])
async def test_arguments_reach_the_function_as_it_declares_them(
    core_of: CoreOf, execution: str
) -> None:
    def take(a: int, /, b: list[int], c: Any = (1,), *, d: str = "d", e: int = 0) -> Any:
        return [a, b, c, d, e]

    takes = {"a": int, "b": list[int], "c": object, "d": str, "e": int}
    core = core_of(served(take, takes, execution=execution))
    assert await ask(core, b'{"e": 5, "a": 1, "b": [2]}') == b'[1,[2],[1],"d",5]'
    assert await ask(core, b'{"a": 1, "b": [2], "c": null, "d": "x"}') == b'[1,[2],null,"x",0]'


async def test_a_mutable_default_stays_the_functions_own(core_of: CoreOf) -> None:
    def remember(seen: list[int] = []) -> list[int]:  # noqa: B006 - that is what is tested
        seen.append(len(seen))
        return seen

    core = core_of(served(remember, {"seen": list[int]}))
    assert [await ask(core, b"{}") for _ in range(3)] == [b"[0]", b"[0,1]", b"[0,1,2]"]


async def test_nothing_required_means_that_the_body_may_be_empty(core_of: CoreOf) -> None:
    core = core_of(served(lambda x=1: x, {"x": int}))
    assert [await ask(core, body) for body in (b"", b"{}", b'{"x": 2}')] == [b"1", b"1", b"2"]


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("a=1", None, b'[1,"x",false]'),
        ("a=1&b=%C3%A9&c=true", None, '[1,"é",true]'.encode()),
        ("", 422, b"missing required field `a`"),
        ("a=x", 422, b'"pointer":"/a"'),
        ("a=1&z=2", 422, b'"pointer":"/z"'),
        ("a=1&a=2", 400, b"twice"),
        ("a=1&b=%FF", 400, b"cannot be read"),
        ("&".join(f"k{n}=1" for n in range(200)), 400, b"cannot be read"),
        ("a=1&b=" + "x" * 9000, 414, b"uri-too-long"),
    ],
)
async def test_get_endpoints_read_the_query(
    core_of: CoreOf, query: str, status: int | None, says: bytes
) -> None:
    app = App("test")
    app.serve(
        lambda a, b="x", c=False: [a, b, c],
        "GET /it",
        takes={"a": int, "b": str, "c": bool},
        returns=list,
    )
    reply = await ask(core_of(app), b"", query)
    if isinstance(reply, bytes):
        assert (None, reply) == (status, says)
    else:
        assert (reply.status, says in reply.body) == (status, True)


async def test_a_query_cannot_say_nan(core_of: CoreOf) -> None:
    app = App("test")
    app.serve(double, "GET /it", takes={"x": float}, returns=float)
    core = core_of(app)
    replies = [await ask(core, b"", f"x={word}") for word in ("nan", "inf", "-Infinity", "1e400")]
    assert [reply.status for reply in replies if isinstance(reply, Reply)] == [422] * 4


def fixed(core: Core, method: str, path: str, *, admitted: bool = True) -> Reply:
    return core.other(method, path, "r1", admitted=admitted)


def test_health_follows_the_life_of_the_process(core_of: CoreOf) -> None:
    core = core_of(served(double, {"x": float}))
    assert fixed(core, "GET", "/livez") == Reply(200, JSON, b'{"live":true}')
    core.ready = False
    assert fixed(core, "GET", "/readyz").body == b'{"ready":false,"reason":"starting"}'
    core.ready = True
    assert fixed(core, "GET", "/readyz") == Reply(200, JSON, b'{"ready":true}')
    core.draining = True
    assert fixed(core, "GET", "/readyz").body == b'{"ready":false,"reason":"draining"}'
    assert fixed(core, "GET", "/livez").status == 200


def test_paths_and_methods_that_nobody_serves(core_of: CoreOf) -> None:
    core = core_of(served(double, {"x": float}))
    assert fixed(core, "GET", "/nothing").status == 404
    assert fixed(core, "GET", "/it").status == 405
    assert fixed(core, "GET", "/it").fields == (("allow", "POST, OPTIONS"),)
    assert fixed(core, "OPTIONS", "/it") == Reply(204, JSON, b"", (("allow", "POST, OPTIONS"),))
    assert fixed(core, "POST", "/livez").fields == (("allow", "GET, HEAD, OPTIONS"),)
    assert fixed(core, "GET", "/openapi.json").status == 404
    assert fixed(core, "GET", "/docs").status == 404


def test_the_contract_asks_for_the_token_and_health_and_page_do_not(core_of: CoreOf) -> None:
    core = core_of(served(double, {"x": float}))
    core.openapi, core.page = b"{}", b"<html>"
    denied = fixed(core, "GET", "/openapi.json", admitted=False)
    assert (denied.status, denied.fields) == (401, (("www-authenticate", "Bearer"),))
    paths = ("/livez", "/readyz", "/", "/docs")
    assert [fixed(core, "GET", path, admitted=False).status for path in paths] == [200] * 4


@pytest.mark.parametrize("given", ["abc-1.2_X", "a" * 64])
def test_a_sane_request_id_is_kept(core_of: CoreOf, given: str) -> None:
    assert core_of(served(double, {"x": float})).request_id(given) == given


@pytest.mark.parametrize("given", [None, "", "a b", "a" * 65, 'a"', "é", "a\n"])
def test_any_other_request_id_is_replaced(core_of: CoreOf, given: str | None) -> None:
    core = core_of(served(double, {"x": float}))
    made = [core.request_id(given), core.request_id(given)]
    assert given not in made
    assert len(set(made)) == 2


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({"content-type": "application/json"}, True),
        ({"content-type": "application/json; charset=utf-8"}, True),
        ({"content-type": "Application/JSON;charset=UTF-8"}, True),
        ({"content-type": "application/json; charset=utf-16"}, False),
        ({"content-type": "application/json; x=y"}, False),
        ({"content-type": "application/jsonx"}, False),
        ({"content-type": "text/plain"}, False),
        ({"content-type": "multipart/form-data; boundary=x"}, False),
        ({}, False),
        ({"content-type": "application/json", "content-encoding": "gzip"}, False),
        ({"content-type": "application/json", "content-encoding": "identity"}, False),
    ],
)
def test_only_plain_json_is_read(core_of: CoreOf, headers: dict[str, str], accepted: bool) -> None:
    core = core_of(served(double, {"x": float}))
    (endpoint,) = core.app.endpoints.values()
    status = 415 if not accepted else None
    with nullcontext() if accepted else pytest.raises(Refused) as refused:
        core.acceptable(endpoint, headers.get)
    assert (refused.value.kind.status if refused is not None else None) == status


def test_the_vocabulary_is_closed_and_each_word_has_its_status() -> None:
    words = {kind.slug: kind.status for kind in VOCABULARY}
    assert words == {
        "malformed": 400,
        "unauthorized": 401,
        "not-found": 404,
        "method-not-allowed": 405,
        "request-timeout": 408,
        "body-too-large": 413,
        "uri-too-long": 414,
        "unsupported-media-type": 415,
        "invalid-arguments": 422,
        "internal-error": 500,
        "result-not-json": 500,
        "overloaded": 503,
        "not-ready": 503,
        "time-limit": 504,
    }


@pytest.mark.parametrize(
    ("route", "takes", "why"),
    [
        ("predict", {"x": float}, "write it as 'POST /path'"),
        ("TRACE /it", {"x": float}, "write it as"),
        ("GET /livez", {"x": float}, "taken"),
        ("POST /taken", {"x": float}, "taken"),
        ("POST /it", {}, "requires x"),
        ("POST /it", {"x": float, "y": int}, "no parameter y"),
        ("POST /it", {"x": complex}, "complex has no JSON form"),
        ("POST /it", {"x": list["Nowhere"]}, "JSON form"),  # type: ignore[name-defined]  # noqa: F821 - a name that is not there is the case
    ],
)
def test_what_cannot_be_served_is_said_at_registration(
    route: str, takes: dict[str, Any], why: str
) -> None:
    app = App("test")
    app.serve(double, "POST /taken", takes={"x": float}, returns=float)
    with pytest.raises(RegistrationError, match=why):
        app.serve(double, route, takes=takes, returns=float)


@pytest.mark.parametrize(
    "options", [{"body_limit": 0}, {"body_limit": 1 << 40}, {"execution": "x"}]
)
def test_options_out_of_bounds_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(RegistrationError):
        App("test", **options)
