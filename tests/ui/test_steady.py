"""What a person does while the server tells something new: it counts as what it was meant for."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from .conftest import Complaints
from .lab import Lab
from .pages import Desk

CHANNELS = re.compile(r"/modelship/api/v1/channels")
PICK = 'def pick(index: int, name: str = "rose") -> str:\n    return name * index'
_DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Told:
    """What a window is told of services: those that there are, and failed ones that a test adds."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._added: list[str] = []
        self._last: dict[str, Any] = {}
        self._socket: WebSocketRoute | None = None
        page.route_web_socket(CHANNELS, self._route)

    def add(self, name: str) -> None:
        """There is one more now, and the page has heard of it and was drawn since."""
        self._added.append(name)
        seq = self._last["seq"] + len(self._added) / 1000
        icon = self._page.locator("[title^='Services']")
        before = icon.get_attribute("title") or ""
        self._tell({**self._last, "seq": seq})
        expect(icon).not_to_have_attribute("title", before)
        self._page.evaluate(_DRAWN)

    def _route(self, socket: WebSocketRoute) -> None:
        self._socket = socket
        socket.connect_to_server().on_message(self._heard)

    def _heard(self, text: str | bytes) -> None:
        frame = json.loads(text)
        if frame["channel"] == "services" and frame["kind"] == "event" and frame["data"]:
            self._last = frame
            self._tell(frame)
        else:
            self._send(frame)

    def _tell(self, frame: dict[str, Any]) -> None:
        one = frame["data"][0]
        failed = [{**one, "service": name, "state": "failed"} for name in self._added]
        self._send({**frame, "data": [*failed, *frame["data"]]})

    def _send(self, frame: dict[str, Any]) -> None:
        assert self._socket is not None
        self._socket.send(json.dumps(frame))


@pytest.fixture(scope="module")
def pick(lab: Lab) -> Any:
    """A service whose name stands behind those that the tests add."""
    lab.book("steady/steady.ipynb", (PICK, "endpoint"), ("pick(2)", "example"))
    return lab.modelship("deploy", "steady/steady.ipynb", "--yes")


@pytest.fixture
def told(pick: Any, context: Any, lab: Lab, complaints: Complaints) -> tuple[Desk, Told]:
    """A window with the panel in front."""
    page = context.new_page()
    complaints.watch(page)
    told = Told(page)
    page.goto(f"{lab.url}lab?token={lab.token}&reset")
    desk = Desk(page)
    desk.ready()
    expect(desk.panel.show().service("steady")).to_contain_text("revision 1")
    return desk, told


def pressed(page: Page, what: Locator) -> None:
    """The pointer goes there, and its button down."""
    what.hover()
    page.mouse.down()


def test_a_click_opens_the_service_that_was_pressed_though_rows_came_above_it_meanwhile(
    told: tuple[Desk, Told],
) -> None:
    desk, news = told
    rows = desk.panel.root.get_by_role("listitem")
    before = rows.count()
    pressed(desk.page, desk.panel.service("steady").get_by_role("button", name="steady local"))
    news.add("above")
    desk.page.mouse.up()
    expect(desk.card("steady").root).to_be_visible()
    expect(desk.panel.service("above")).to_be_visible()
    expect(rows).to_have_count(before + 1)


def test_what_is_typed_and_where_it_is_typed_stay_while_services_come(
    told: tuple[Desk, Told],
) -> None:
    desk, news = told
    desk.panel.service("steady").get_by_role("button", name="steady local").click()
    card = desk.card("steady")
    field = card.root.get_by_role("textbox", name="name")
    field.fill("tul")
    field.press("ArrowLeft")
    news.add("above")
    expect(field).to_be_focused()
    desk.page.keyboard.type("x")
    expect(field).to_have_value("tuxl")
    expect(card.send()).to_contain_text("tuxltuxl")
