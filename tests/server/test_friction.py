"""Reports of friction over REST: shown, and sent where the administrator says and nowhere else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler
from traitlets import TraitError

from jupyter_modelship.server.app import Modelship
from jupyter_modelship.server.friction import acceptable
from tests.server import wire

from .conftest import Ask
from .test_services import run


class Webhook(RequestHandler):
    def post(self) -> None:
        self.settings["got"].append(json.loads(self.request.body))
        self.set_status(self.settings["status"][0])


class Administrator:
    """Takes reports at `url`."""

    def __init__(self, url: str, settings: dict[str, Any]) -> None:
        self.url = url
        self.got: list[dict[str, Any]] = settings["got"]
        self.status: list[int] = settings["status"]


@pytest.fixture
async def administrator(extension: Modelship) -> AsyncIterator[Administrator]:
    settings: dict[str, Any] = {"got": [], "status": [200]}
    server = HTTPServer(Application([("/.*", Webhook)], **settings))
    server.listen(0, "127.0.0.1")
    (listening,) = server._sockets.values()
    yield Administrator(f"http://127.0.0.1:{listening.getsockname()[1]}/friction", settings)
    server.stop()
    await server.close_all_connections()


async def test_a_report_is_shown_before_anything_is_sent(ask: Ask, iris: str) -> None:
    failed = run("failed")
    reply = await ask("GET", f"/friction/{failed}")
    wire.check_reply("GET", f"/friction/{failed}", reply)
    text = json.loads(reply.body)["markdown"]
    assert text.startswith("# Friction: stage-failed")
    assert "cell 2: no" in text


async def test_code_is_in_it_where_it_is_asked_for(ask: Ask, iris: str, jp_root_dir: Path) -> None:
    failed = run("failed", notebook=jp_root_dir / iris)
    without = json.loads((await ask("GET", f"/friction/{failed}?code=0")).body)["markdown"]
    with_code = json.loads((await ask("GET", f"/friction/{failed}?code=1")).body)["markdown"]
    assert "load_iris" not in without
    assert "load_iris" in with_code
    assert (await ask("GET", f"/friction/{failed}?code=yes")).code == 400


async def test_a_report_names_nobody(ask: Ask, extension: Modelship, jp_serverapp: Any) -> None:
    failed = run("failed", service="adas-model")
    text = json.loads((await ask("GET", f"/friction/{failed}")).body)["markdown"]
    assert jp_serverapp.identity_provider.token not in text
    assert "ada" not in text.split("## Versions")[0].split()


async def test_without_a_webhook_nothing_is_sent(ask: Ask, extension: Modelship) -> None:
    reply = await ask("POST", f"/friction/{run('failed')}", {"code": False, "note": ""})
    told = json.loads(reply.body)
    assert (reply.code, told["code"]) == (404, "nothing-there")
    assert "copy the report" in told["remedy"]


async def test_a_report_goes_to_the_administrator(
    ask: Ask, extension: Modelship, administrator: Administrator
) -> None:
    extension.friction_webhook = administrator.url
    assert json.loads((await ask("GET", "/about")).body)["friction"] is True
    failed = run("failed")
    reply = await ask("POST", f"/friction/{failed}", {"code": False, "note": "my token=abc123"})
    assert (reply.code, reply.body) == (204, b"")
    (got,) = administrator.got
    assert got["run"] == failed
    assert "my token=***" in got["markdown"]
    assert set(got) == {"markdown", "run", "version"}


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_a_webhook_that_does_not_take_it_is_a_clear_error(
    ask: Ask, extension: Modelship, administrator: Administrator, status: int
) -> None:
    extension.friction_webhook = administrator.url
    administrator.status[0] = status
    reply = await ask("POST", f"/friction/{run('failed')}", {"code": False, "note": ""})
    told = json.loads(reply.body)
    assert (reply.code, told["code"]) == (502, "no-reply")
    assert f"it answers {status}" in told["message"]
    assert len(administrator.got) == 1, "and nothing is followed or tried again"


async def test_nobody_listening_is_a_clear_error(
    ask: Ask, extension: Modelship, administrator: Administrator
) -> None:
    extension.friction_webhook = "http://127.0.0.1:9/"
    reply = await ask("POST", f"/friction/{run('failed')}", {"code": False, "note": ""})
    assert (reply.code, json.loads(reply.body)["code"]) == (502, "no-reply")


async def test_what_is_reported_of_no_run_is_said(ask: Ask, extension: Modelship) -> None:
    nobody = "00000000-0000-4000-8000-000000000009"
    assert (await ask("GET", f"/friction/{nobody}")).code == 404
    whole = {"code": True, "note": ""}
    for more in ({"code": "1"}, {"tokens": ["x"]}, {"run": nobody}):
        assert (await ask("POST", f"/friction/{nobody}", {**whole, **more})).code == 400


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://friction.example/report", True),
        ("http://127.0.0.1:8000/", True),
        ("http://[::1]:8000/", True),
        ("http://localhost/", True),
        ("http://friction.example/", False),
        ("http://127.0.0.1.evil.example/", False),
        ("http://localhost@evil.example/", False),
        ("https:///report", False),
        ("ftp://127.0.0.1/", False),
        ("file:///etc/passwd", False),
        ("https://a:99999/", False),
        ("friction", False),
    ],
)
async def test_reports_go_by_https_or_stay_on_this_machine(
    extension: Modelship, url: str, good: bool
) -> None:
    assert (acceptable(url) == "") is good
    if not good:
        with pytest.raises(TraitError):
            extension.friction_webhook = url
