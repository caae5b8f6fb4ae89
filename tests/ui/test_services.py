"""The services panel: what runs, what needs attention, and the notebook in front."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from .conftest import Complaints
from .lab import Lab, running
from .pages import Desk

NAMES = 'NAMES = ["lily", "rose"]'
PICK = "def pick(index: int) -> str:\n    return NAMES[index]"
CELLS = (NAMES, "1 + 1", (PICK, "endpoint"), ("pick(0)", "example"))
CHANNELS = re.compile(r"/modelship/api/v1/channels")
LONGEST = "customer-churn-prediction-for-the-northern-region-2026-q4-ab"
HOSTILE = "<img src=x onerror=\"document.title='owned'\"> \u202eevil"


@pytest.fixture(scope="module")
def pick(lab: Lab) -> Any:
    """A small service, deployed by the command line."""
    lab.book("services/pick.ipynb", *CELLS, options={"name": "pick"})
    return lab.modelship("deploy", "services/pick.ipynb", "--yes")


def test_a_row_says_what_runs_where_and_opens_its_card(pick: Any, desk: Desk) -> None:
    row = desk.panel.show().service("pick")
    expect(row).to_contain_text("local · revision 1")
    expect(row).to_contain_text("Running")
    row.get_by_role("button", name="pick local").click()
    expect(desk.card("pick").root).to_be_visible()


def test_the_notebook_in_front_says_what_ships_and_has_the_one_button(
    pick: Any, desk: Desk
) -> None:
    desk.open("services/pick.ipynb")
    front = desk.panel.show().front
    expect(front).to_contain_text("pick.ipynb")
    expect(front).to_contain_text("1 endpoint · 2 of 4 cells ship · no findings")
    expect(front).to_contain_text("Live as pick, revision 1")
    expect(front.get_by_role("button", name="Deploy")).to_be_enabled()
    expect(desk.panel.root.locator(".jp-mod-accept")).to_have_count(1)


def test_a_cell_that_changed_is_named_and_a_click_leads_to_it(pick: Any, desk: Desk) -> None:
    book = desk.open("services/pick.ipynb")
    book.replace(1, 'NAMES = ["lily", "tulip"]')
    book.select(4)
    front = desk.panel.show().front
    expect(front).to_contain_text("cell 1 has changed")
    front.get_by_role("button", name="cell 1").click()
    expect(book.cell(1)).to_contain_class("jp-mod-active")


def test_a_service_is_stopped_and_started_after_a_word_of_what_happens(
    pick: Any, desk: Desk
) -> None:
    panel = desk.panel.show()
    panel.choose("pick", "Stop…")
    dialog = desk.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Requests under way are finished, later ones are refused.")
    dialog.get_by_role("button", name="Cancel").click()
    expect(panel.service("pick")).to_contain_text("Running")

    panel.choose("pick", "Stop…")
    dialog.get_by_role("button", name="Stop", exact=True).click()
    expect(panel.service("pick")).to_contain_text("Stopped")

    panel.choose("pick", "Start…")
    expect(dialog).to_contain_text("Revision 1 answers requests again")
    dialog.get_by_role("button", name="Start", exact=True).click()
    expect(panel.service("pick")).to_contain_text("Running")


def test_the_url_that_is_copied_works_in_this_browser(pick: Any, desk: Desk) -> None:
    desk.panel.show().choose("pick", "Copy URL")
    url = desk.page.evaluate("() => navigator.clipboard.readText()")
    reply = desk.page.request.get(f"{url}openapi.json")
    assert reply.status == 200
    assert list(reply.json()["paths"]) == ["/pick"]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, lab: Lab) -> Iterator[Lab]:
    """Another JupyterLab, where nothing was ever deployed (built with the first one)."""
    with running(tmp_path_factory.mktemp("empty")) as made:
        yield made


def test_the_first_service_from_nothing_to_a_failure_to_its_run(
    empty: Lab, context: Any, complaints: Complaints
) -> None:
    page = context.new_page()
    complaints.watch(page)
    page.goto(f"{empty.url}lab?token={empty.token}")
    desk = Desk(page)
    desk.ready()
    panel = desk.panel.show()
    expect(panel.root).to_contain_text("Nothing is deployed yet")
    expect(panel.root.get_by_role("button", name="Open the Demo Notebook")).to_have_count(1)

    broken = f"raise ValueError({HOSTILE!r})\nNAMES = [x for x in 'ab']"
    empty.book("broken.ipynb", broken, *CELLS[1:], options={"name": "broken"})
    with pytest.raises(AssertionError, match="ValueError"):
        empty.modelship("deploy", "broken.ipynb", "--yes")

    row = panel.service("broken")
    expect(row).to_contain_text("Revision 1 failed: cell 1")
    expect(row).to_contain_text("ValueError: <img src=x")
    expect(row).to_contain_text("⟨U+202E⟩evil")
    assert page.locator("img[src=x]").count() == 0
    icon = page.get_by_title("Services: 1 needs attention")
    expect(icon).to_have_attribute("data-modelship-badge", "1")
    row.get_by_role("button", name="Revision 1 failed").click()
    expect(page.get_by_role("main")).to_contain_text("ValueError")


def thousand(seen: dict[str, Any]) -> list[dict[str, Any]]:
    """The services that the server tells, and so many copies that there are 1,000."""
    return [{**seen, "service": f"copy-{number:04}"} for number in range(999)] + [
        {**seen, "service": LONGEST, "target": "a-cluster-with-a-long-name-of-its-own"}
    ]


def multiplied(page: Page) -> None:
    """What the server tells of services reaches the page a thousandfold."""

    def route(socket: WebSocketRoute) -> None:
        import json

        server = socket.connect_to_server()

        def told(text: str | bytes) -> None:
            frame = json.loads(text)
            if frame["channel"] == "services" and frame["kind"] == "event" and frame["data"]:
                frame["data"] = thousand(frame["data"][0])
            socket.send(json.dumps(frame))

        server.on_message(told)

    page.route_web_socket(CHANNELS, route)


@pytest.fixture
def crowded(pick: Any, context: Any, lab: Lab, complaints: Complaints) -> Desk:
    """A window in which there are 1,000 services."""
    page = context.new_page()
    complaints.watch(page)
    multiplied(page)
    page.goto(f"{lab.url}lab?token={lab.token}&reset")
    desk = Desk(page)
    desk.ready()
    desk.panel.show()
    expect(desk.panel.root.get_by_role("status")).to_have_text("1000")
    return desk


def test_of_a_thousand_services_only_those_in_sight_are_in_the_page(crowded: Desk) -> None:
    rows = crowded.panel.root.get_by_role("listitem")
    assert 5 < rows.count() < 60
    expect(rows.first).to_have_attribute("aria-setsize", "1000")
    first = crowded.panel.root.get_by_role("button", name="copy-0000 local")
    first.focus()
    crowded.page.keyboard.press("End")
    last = crowded.panel.root.get_by_role("button", name=f"{LONGEST} a-cluster")
    expect(last).to_be_focused()
    expect(last).to_be_in_viewport()
    assert rows.count() < 60
    crowded.page.keyboard.press("ArrowUp")
    expect(crowded.panel.root.get_by_role("button", name="copy-0998 local")).to_be_focused()


def test_the_filter_finds_by_every_word(crowded: Desk) -> None:
    rows = crowded.panel.root.get_by_role("listitem")
    crowded.panel.root.get_by_role("searchbox", name="Filter services").fill("long northern")
    expect(rows).to_have_count(1)
    crowded.panel.root.get_by_role("searchbox").fill("nobody")
    expect(crowded.panel.root).to_contain_text("No service matches the filter.")


def test_names_of_sixty_characters_are_cut_and_nothing_leaves_the_panel(crowded: Desk) -> None:
    root = crowded.panel.root
    root.get_by_role("searchbox").fill(LONGEST)
    row = crowded.panel.service(LONGEST)
    expect(row).to_be_visible()
    expect(row.get_by_title(LONGEST)).to_have_count(1)
    inside = root.evaluate(
        """panel => {
            const right = panel.getBoundingClientRect().right;
            return [...panel.querySelectorAll('[role=listitem] *')]
                .every(node => node.getBoundingClientRect().right <= right);
        }"""
    )
    assert inside


def test_while_the_server_is_away_nothing_is_lost(
    pick: Any, context: Any, lab: Lab, complaints: Complaints
) -> None:
    complaints.expect("WebSocket")
    page = context.new_page()
    complaints.watch(page)
    sockets: list[Callable[[], None]] = []
    reachable = [True]

    def route(socket: WebSocketRoute) -> None:
        if reachable[0]:
            socket.connect_to_server()
            sockets.append(socket.close)
        else:
            socket.close()

    page.route_web_socket(CHANNELS, route)
    page.goto(f"{lab.url}lab?token={lab.token}&reset")
    desk = Desk(page)
    desk.ready()
    panel = desk.panel.show()
    expect(panel.service("pick")).to_contain_text("Running")

    reachable[0] = False
    for close in sockets:
        close()
    expect(panel.root.get_by_role("status")).to_have_text("Reconnecting…")
    expect(panel.service("pick")).to_contain_text("Running")

    reachable[0] = True
    expect(panel.root.get_by_role("status")).to_have_text(re.compile(r"^\d+$"))
