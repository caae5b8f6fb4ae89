"""Report friction: what leaves is seen first, without code unless ticked; where to ask."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from .lab import Lab
from .pages import Desk

PATH = "friction/broken.ipynb"
BROKEN = ('TOTAL = {"apple": 1}["pear"]', ("def total() -> int:\n    return TOTAL", "endpoint"))


@pytest.fixture(scope="module")
def failed(lab: Lab) -> str:
    """Id of a run that failed in its rehearsal."""
    lab.book(PATH, *BROKEN, options={"name": "broken"})
    with pytest.raises(AssertionError, match="KeyError"):
        lab.modelship("deploy", PATH, "--yes")
    return str(lab.request("modelship/api/v1/runs?limit=1")[0]["id"])


def report(desk: Desk, run: str | None) -> Locator:
    """The dialog, with the report in it."""
    desk.page.evaluate(  # the command ends with the dialog
        "args => void window.jupyterapp.commands.execute('modelship:report-friction', args)",
        {"run": run} if run else {},
    )
    dialog = desk.page.get_by_role("dialog")
    expect(dialog.get_by_role("document")).to_have_attribute("aria-busy", "false")
    return dialog


def test_the_report_is_seen_before_it_is_copied(lab: Lab, desk: Desk, failed: str) -> None:
    dialog = report(desk, failed)
    text = dialog.get_by_role("document", name="The report")
    expect(text).to_contain_text("KeyError")
    expect(text).not_to_contain_text("return TOTAL")
    assert str(lab.folder / "home") not in (text.text_content() or "")
    dialog.get_by_label("What was hard?").fill("The pear is missing.")
    expect(text).to_contain_text("The pear is missing.")
    shown = text.text_content()
    dialog.get_by_role("button", name="Copy as Markdown").click()
    expect(desk.notification("The report is copied.")).to_be_visible()
    assert desk.page.evaluate("() => navigator.clipboard.readText()") == shown


def test_code_is_in_it_only_if_ticked(desk: Desk, failed: str) -> None:
    dialog = report(desk, failed)
    text = dialog.get_by_role("document")
    tick = dialog.get_by_role("checkbox", name="Include the code of the cell")
    expect(tick).not_to_be_checked()
    tick.check()
    expect(text).to_contain_text('{"apple": 1}["pear"]')
    tick.uncheck()
    expect(text).not_to_contain_text('{"apple": 1}["pear"]')


def test_it_is_found_in_the_palette_and_left_by_escape(desk: Desk, failed: str) -> None:
    desk.palette("Report friction")
    dialog = desk.page.get_by_role("dialog")
    expect(dialog.get_by_label("What was hard?")).to_be_focused()
    desk.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_nothing_is_sent_where_nobody_wants_it(desk: Desk, failed: str) -> None:
    dialog = report(desk, failed)
    expect(dialog.get_by_role("button", name="Send")).to_have_count(0)
    expect(dialog.get_by_role("link")).to_have_count(0)
