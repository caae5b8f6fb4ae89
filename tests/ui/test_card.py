"""The service card: try a service, use it from programs, watch it, go back to an older revision."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from .conftest import Complaints
from .lab import Lab
from .pages import Desk
from .pages.card import Card

CONSTANTS = 'NAMES = ["lily", "rose"]'
PICK = '''def pick(index: int, words: list[str] = ["a"]) -> str:
    """Name a flower."""
    return NAMES[index]'''
LOUDER = PICK.replace("NAMES[index]", "NAMES[index].upper()")
AGAIN = "def again(row: list[float], factor: float | None = None) -> list[float]:\n    return row"
EXAMPLES = ("again([1.5, 2.5])", "example")


def cells(pick: str) -> tuple[Any, ...]:
    return (CONSTANTS, (pick, "endpoint"), (AGAIN, "endpoint"), ("pick(1)", "example"), EXAMPLES)


@pytest.fixture(scope="module")
def flowers(lab: Lab) -> Any:
    """Two revisions of a service: the live one shouts."""
    for pick in (PICK, LOUDER):
        lab.book("card/flowers.ipynb", *cells(pick), options={"name": "flowers"})
        lab.modelship("deploy", "card/flowers.ipynb", "--yes")
    return lab.modelship("status", "flowers")


@pytest.fixture
def card(flowers: Any, desk: Desk) -> Card:
    """The card, opened from the panel."""
    desk.panel.show().service("flowers").get_by_role("button", name="flowers local").click()
    found = desk.card("flowers")
    expect(found.tab("Try it")).to_have_attribute("aria-selected", "true")
    return found


def endpoint(panel: Locator, name: str) -> None:
    panel.get_by_role("combobox", name="Endpoint").select_option(name)


def send(panel: Locator) -> Locator:
    panel.get_by_role("button", name="Send").click()
    return panel.get_by_role("region", name="Reply")


def test_the_head_says_how_it_stands_and_has_the_address(card: Card, lab: Lab) -> None:
    expect(card.root.get_by_role("heading", name="flowers")).to_be_visible()
    expect(card.root).to_contain_text("Running")
    expect(card.root).to_contain_text("revision 2")
    card.root.get_by_role("button", name="Copy URL").click()
    copied = card.page.evaluate("() => navigator.clipboard.readText()")
    assert copied == f"{lab.url}modelship/services/flowers/"


def test_the_example_is_filled_in_and_its_reply_stands_beside_it(card: Card) -> None:
    panel = card.root.get_by_role("tabpanel")
    expect(panel.get_by_role("spinbutton", name="index")).to_have_value("1")
    reply = send(panel)
    expect(reply).to_contain_text('"ROSE"')
    expect(reply).to_contain_text("✓ 200 · ")
    form = panel.get_by_role("region", name="Request").bounding_box()
    beside = reply.bounding_box()
    assert form
    assert beside
    assert beside["x"] >= form["x"] + form["width"]


def test_each_value_of_a_list_has_a_field_and_more_can_be_added(card: Card) -> None:
    panel = card.root.get_by_role("tabpanel")
    endpoint(panel, "again")
    expect(panel.get_by_role("spinbutton", name="row-1")).to_have_value("2.5")
    panel.get_by_role("button", name="Add a value to row").click()
    panel.get_by_role("spinbutton", name="row-2").fill("3.25")
    panel.get_by_role("button", name="Remove value 1").click()
    expect(send(panel)).to_contain_text("[2.5, 3.25]")


def test_what_the_service_refuses_is_said_beside_the_field(
    card: Card, complaints: Complaints
) -> None:
    complaints.expect("422")
    panel = card.root.get_by_role("tabpanel")
    endpoint(panel, "again")
    panel.get_by_role("button", name="JSON").click()
    panel.get_by_role("textbox", name="Arguments as JSON").fill('{"row": [1, "two"]}')
    reply = send(panel)
    expect(reply).to_contain_text("▲ 422 · ")
    expect(reply.get_by_role("listitem")).to_contain_text("/row/1")
    panel.get_by_role("button", name="Form").click()
    said = reply.get_by_role("listitem").inner_text().removeprefix("/row/1").strip()
    expect(panel.get_by_role("region", name="Request").get_by_role("alert")).to_contain_text(said)


def test_text_that_is_no_json_is_not_sent(card: Card) -> None:
    panel = card.root.get_by_role("tabpanel")
    panel.get_by_role("button", name="JSON").click()
    panel.get_by_role("textbox", name="Arguments as JSON").fill('{"index": ')
    expect(panel).to_contain_text("This is not a JSON object yet.")
    expect(panel.get_by_role("button", name="Send")).to_be_disabled()
    panel.get_by_role("button", name="Example").click()
    expect(panel.get_by_role("button", name="Send")).to_be_enabled()


def test_a_failure_leads_from_the_reply_to_the_line_in_the_cell(
    card: Card, desk: Desk, complaints: Complaints
) -> None:
    complaints.expect("500")
    panel = card.root.get_by_role("tabpanel")
    panel.get_by_role("spinbutton", name="index").fill("7")
    reply = send(panel)
    expect(reply).to_contain_text("▲ 500 · ")
    expect(reply).to_contain_text("list index out of range")
    watch = card.show("Watch")
    expect(watch).to_contain_text("Recent failures")
    expect(watch.get_by_role("log")).to_contain_text("IndexError")
    watch.get_by_role("button", name="Go to cell 2").first.click()
    expect(desk.tab("flowers.ipynb")).to_be_visible()
    expect(desk.page.locator(".jp-Notebook .jp-Cell.jp-mod-active")).to_contain_text("def pick")


def ran(words: list[str], code: str, **more: str) -> str:
    """What a program prints, run as a person would who pasted it."""
    done = subprocess.run(
        [*words, code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **more},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_code_that_is_shown_works_where_it_says(card: Card, lab: Lab) -> None:
    use = card.show("Use it")
    code, export = use.locator("pre"), use.locator("code", has_text="export SERVICE_TOKEN")
    assert "ROSE" in ran(["sh", "-c"], f"{export.inner_text()}\n{code.inner_text()}")

    use.get_by_role("button", name="Python").click()
    use.get_by_role("button", name="Through Jupyter").click()
    expect(code).to_contain_text("JUPYTER_TOKEN")
    assert lab.token not in card.root.inner_text()
    told = ran([sys.executable, "-c"], code.inner_text(), JUPYTER_TOKEN=lab.token)
    assert told == "ROSE\n"

    use.get_by_role("button", name="JavaScript").click()
    use.get_by_role("checkbox", name="Show the token").check()
    expect(code).to_contain_text(lab.token)


def test_requests_are_counted_and_timed(card: Card) -> None:
    panel = card.root.get_by_role("tabpanel")
    for _ in range(3):
        send(panel)
        expect(panel.get_by_role("region", name="Reply")).to_contain_text("200")
    watch = card.show("Watch")
    expect(watch.get_by_role("img", name="Requests a second")).to_be_visible(timeout=30_000)
    expect(watch).to_contain_text("p99")


def test_an_older_revision_is_compared_and_brought_back(card: Card, desk: Desk) -> None:
    history = card.show("History")
    expect(history.get_by_role("row").nth(1)).to_contain_text("2live")
    history.get_by_role("button", name="Compare revision 1").click()
    code = history.get_by_role("region", name="service.py")
    expect(code.get_by_label("Revision 2, live")).to_contain_text("NAMES[index].upper()")
    expect(code.get_by_label("Revision 1", exact=True)).not_to_contain_text("upper")
    history.get_by_role("button", name="Back").click()

    history.get_by_role("button", name="Roll back to revision 1").click()
    dialog = desk.page.get_by_role("dialog")
    expect(dialog).to_contain_text("What revision 1 is made of goes live again under a new number.")
    dialog.get_by_role("button", name="Roll back").click()
    expect(history.get_by_role("row").nth(1)).to_contain_text("3livewas 1")
    expect(send(card.show("Try it"))).to_contain_text('"rose"')

    history = card.show("History")
    history.get_by_role("button", name="Roll back to revision 2").click()
    dialog.get_by_role("button", name="Roll back").click()
    expect(history.get_by_role("row").nth(1)).to_contain_text("4livewas 2")


def test_provenance_says_what_went_in_and_what_is_missing(card: Card) -> None:
    panel = card.show("Provenance")
    expect(panel).to_contain_text("It cannot be made again from what is recorded.")
    expect(panel).to_contain_text("the notebook is in no git repository")
    expect(panel).to_contain_text(f"Python{sys.version_info[0]}.{sys.version_info[1]}")


def test_arrow_keys_move_between_the_tabs(card: Card) -> None:
    card.tab("Try it").focus()
    card.page.keyboard.press("ArrowLeft")
    expect(card.tab("Provenance")).to_be_focused()
    expect(card.tab("Provenance")).to_have_attribute("aria-selected", "true")


def test_the_card_comes_back_with_the_window(card: Card, desk: Desk) -> None:
    with desk.kept('"tab":"history"'):
        card.show("History")
    desk.page.reload()
    desk.ready()
    expect(card.tab("History")).to_have_attribute("aria-selected", "true")
    expect(card.root.get_by_role("tabpanel")).to_contain_text("Revision")


def test_names_that_are_none_open_nothing(desk: Desk) -> None:
    for name in ("<img src=x onerror=alert(1)>", "../../etc", "", "a" * 10_000):
        desk.command("modelship:open-service", service=name)
    expect(desk.page.get_by_role("region", name="Service ")).to_have_count(0)


def test_a_service_that_is_deleted_says_so(lab: Lab, desk: Desk) -> None:
    lab.book("card/gone.ipynb", *cells(PICK), options={"name": "short-lived"})
    lab.modelship("deploy", "card/gone.ipynb", "--yes")
    desk.command("modelship:open-service", service="short-lived")
    card = desk.card("short-lived")
    card.root.get_by_role("button", name="Delete…").click()
    dialog = desk.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Its 1 revision, its log and its token are removed")
    dialog.get_by_role("button", name="Delete").click()
    expect(card.root.get_by_role("status").first).to_contain_text("Deleted")
    expect(desk.panel.show().service("short-lived")).to_have_count(0)
