"""What the pages for administrators and about Hubs promise, as far as one machine can tell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from traitlets.config import Config

from jupyter_modelship.desk import friction, telling
from jupyter_modelship.places import places
from jupyter_modelship.server.app import Modelship
from jupyter_modelship.server.handler import RESOURCE
from jupyter_modelship.server.proxy import PREFIX
from tests.server import wire

from .pages import DOCS

ADMINISTRATORS = (DOCS / "how-to" / "administrators.md").read_text(encoding="utf-8")
HUB = (DOCS / "how-to" / "hub.md").read_text(encoding="utf-8")
SETTINGS = dict(re.findall(r'^c\.Modelship\.(\w+) = "(.+)"$', ADMINISTRATORS, re.MULTILINE))


def test_the_settings_on_the_page_are_off_until_they_are_set() -> None:
    assert set(SETTINGS) == {"questions_url", "faq_url", "friction_webhook"}
    unset = Modelship()
    assert {name: getattr(unset, name) for name in SETTINGS} == dict.fromkeys(SETTINGS, "")
    made = Modelship(config=Config({"Modelship": SETTINGS}))
    assert {name: getattr(made, name) for name in SETTINGS} == SETTINGS


def test_a_report_holds_as_many_lines_as_the_page_says() -> None:
    assert f"the last {friction.LINES} lines of the log" in ADMINISTRATORS


def test_a_service_is_where_the_page_says() -> None:
    (shown,) = re.findall(r"`(/user/NAME\S+)`", HUB)
    assert shown == f"/user/NAME{PREFIX}SERVICE/"
    assert PREFIX == telling.PROXY


def test_an_authorizer_sees_what_the_page_says() -> None:
    assert f"the resource `{RESOURCE}` with the actions `read`, `write` and `execute`" in HUB
    asked = {operation["x-action"] for operation in wire.operations().values()}
    assert asked == {"read", "write", "execute"}


def test_state_lies_where_the_page_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("MODELSHIP_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    (shown,) = re.findall(r"below `~/(\S+)`", HUB)
    assert places().state == tmp_path / shown
    monkeypatch.setenv("MODELSHIP_HOME", str(tmp_path / "elsewhere"))
    kept = places()
    assert {kept.state.parent, kept.cache.parent} == {tmp_path / "elsewhere"}
