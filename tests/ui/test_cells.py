"""What stands at cells: their role, what becomes of them and why, and what differs from live."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from .lab import Lab
from .pages import Desk, Notebook

NAMES = 'NAMES = ["lily", "rose"]'
PICK = "def pick(index: int) -> str:\n    return NAMES[index]"
CALLED = (NAMES, (PICK, "endpoint"), "1 + 1", "pick(0)")
CELLS = (NAMES, "1 + 1", (PICK, "endpoint"), ("pick(0)", "example"))


def badge(book: Notebook, number: int) -> Locator:
    return book.cell(number).locator(".jp-modelship-badge")


def words(book: Notebook) -> Locator:
    return book.root.locator(".jp-modelship-badge-word")


def picker(book: Notebook) -> Locator:
    """The button in the toolbar of the active cell."""
    return book.root.locator(".jp-cell-toolbar").get_by_role("button", name="Role")


def roles(page: Page) -> Locator:
    """What the open picker offers."""
    return page.locator(".jp-modelship-role-menu .lm-Menu-item")


def choose(page: Page, role: str) -> None:
    roles(page).filter(has_text=re.compile(f"^{role}")).click()


def tags(book: Notebook, number: int) -> Any:
    return book.content()["cells"][number - 1]["metadata"].get("tags")


def test_each_code_cell_says_what_becomes_of_it_and_why(lab: Lab, desk: Desk) -> None:
    lab.book("cells/why.ipynb", *CELLS)
    book = desk.open("cells/why.ipynb")
    expect(words(book)).to_have_text(["source", "stays", "endpoint", "rehearsal"])
    reasons = (
        "pick needs NAMES.",
        "Nothing that is served needs it.",
        "Served as POST /pick.",
        "It calls pick as an example.",
    )
    for number, reason in enumerate(reasons, 1):
        expect(badge(book, number)).to_have_attribute("title", reason)
        expect(badge(book, number)).to_contain_text(reason)  # also for those who do not point


def test_the_toolbar_of_a_cell_does_not_cover_its_word(lab: Lab, desk: Desk) -> None:
    lab.book("cells/beside.ipynb", *CELLS)
    book = desk.open("cells/beside.ipynb")
    book.select(2)
    expect(picker(book)).to_be_visible()
    toolbar = book.root.locator(".jp-cell-toolbar").bounding_box()
    word = badge(book, 2).bounding_box()
    assert toolbar
    assert word
    assert toolbar["x"] + toolbar["width"] <= word["x"]


def test_a_notebook_that_serves_nothing_is_quiet_until_a_role_is_picked(
    lab: Lab, desk: Desk
) -> None:
    lab.book("cells/quiet.ipynb", NAMES, (PICK, "other-tool"), "pick(0)")
    book = desk.open("cells/quiet.ipynb")
    book.select(2)
    expect(picker(book)).to_have_attribute("aria-label", "Role of this cell")
    expect(words(book)).to_have_count(0)
    picker(book).click()
    items = roles(desk.page)
    expect(items).to_contain_text(
        ["endpoint", "setup", "train", "parameters", "example", "skip", "no role"]
    )
    expect(items.nth(5)).to_contain_text("Never ships, never runs.")
    choose(desk.page, "endpoint")
    expect(words(book)).to_have_text(["source", "endpoint", "rehearsal"])
    expect(picker(book)).to_have_attribute("aria-label", "Role: endpoint")
    assert tags(book, 2) == ["other-tool", "endpoint"]


def test_undo_takes_a_role_back_and_redo_gives_it_again(lab: Lab, desk: Desk) -> None:
    lab.book("cells/undo.ipynb", NAMES, (PICK, "other-tool"))
    book = desk.open("cells/undo.ipynb")
    book.select(2)
    picker(book).click()
    choose(desk.page, "endpoint")
    expect(words(book)).to_have_text(["source", "endpoint"])
    desk.page.keyboard.press("ControlOrMeta+Z")
    expect(words(book)).to_have_count(0)
    assert tags(book, 2) == ["other-tool"]
    desk.page.keyboard.press("ControlOrMeta+Shift+Z")
    expect(words(book)).to_have_text(["source", "endpoint"])


def test_a_role_is_picked_by_keyboard_alone(lab: Lab, desk: Desk) -> None:
    lab.book("cells/keys.ipynb", NAMES, PICK)
    book = desk.open("cells/keys.ipynb")
    book.select(2)
    picker(book).focus()
    desk.page.keyboard.press("Enter")
    expect(roles(desk.page)).to_have_count(7)
    desk.page.keyboard.press("ArrowDown")
    desk.page.keyboard.press("Enter")
    expect(words(book)).to_have_text(["source", "endpoint"])
    expect(picker(book)).to_be_focused()
    desk.palette("Cell role: skip")
    expect(words(book)).to_have_count(0)
    assert tags(book, 2) == ["skip"]


def test_a_role_that_a_comment_says_is_changed_in_the_comment(lab: Lab, desk: Desk) -> None:
    lab.book("cells/comment.ipynb", NAMES, f"# modelship: endpoint\n{PICK}")
    book = desk.open("cells/comment.ipynb")
    expect(words(book)).to_have_text(["source", "endpoint"])
    book.select(2)
    picker(book).click()
    choose(desk.page, "no role")
    expect(words(book)).to_have_count(0)
    cell = book.content()["cells"][1]
    assert (cell["source"], cell["metadata"].get("tags")) == (PICK, None)


def test_the_property_inspector_has_role_reason_and_address(lab: Lab, desk: Desk) -> None:
    lab.book("cells/inspector.ipynb", *CELLS)
    book = desk.open("cells/inspector.ipynb")
    book.select(3)
    desk.page.get_by_role("tab", name="Property Inspector").click()
    tool = desk.page.locator(".jp-modelship-role-tool")
    if not tool.is_visible():
        desk.page.locator(".jp-PropertyInspector").get_by_text("Service", exact=True).click()
    expect(tool.get_by_role("status")).to_contain_text("Served as POST /pick.")
    group = tool.get_by_role("group", name="Role of this cell")
    expect(group.get_by_role("radio", name=re.compile("^endpoint"))).to_be_checked()
    path = tool.get_by_role("textbox", name="Path")
    path.fill("/docs")
    expect(tool).to_contain_text("This path belongs to the service itself.")
    path.fill("/flowers")
    path.press("Enter")
    expect(badge(book, 3)).to_have_attribute("title", "Served as POST /flowers.")
    tool.get_by_role("combobox", name="Method").select_option("GET")
    expect(badge(book, 3)).to_have_attribute("title", "Served as GET /flowers.")
    assert tags(book, 3) == ["endpoint:GET /flowers"]
    group.get_by_role("radio", name=re.compile("^no role")).check()
    expect(words(book)).to_have_count(0)
    assert tags(book, 3) is None


def test_words_are_at_cells_only_if_the_user_wants(lab: Lab, desk: Desk) -> None:
    lab.book("cells/off.ipynb", *CELLS)
    book = desk.open("cells/off.ipynb")
    expect(words(book)).to_have_count(4)
    setting = """wanted => window.jupyterapp.serviceManager.settings.save(
        '@jupyter-modelship/labextension:cells', JSON.stringify({badges: wanted}))"""
    desk.page.evaluate(setting, False)
    try:
        desk.page.reload()
        desk.ready()
        book = desk.open("cells/off.ipynb")
        book.select(3)
        expect(picker(book)).to_have_attribute("aria-label", "Role: endpoint")
        expect(words(book)).to_have_count(0)
    finally:
        desk.page.evaluate(setting, True)
        desk.page.close()  # it is read at the start: the next test gets a window of its own


_WATCH = """([number, text, word]) => new Promise((done, failed) => {
    const cell = [...document.querySelectorAll('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell')]
        .find(one => one.dataset.windowedListIndex === String(number - 1));
    const badge = cell.querySelector('.jp-modelship-badge-word');
    const open = [...window.jupyterapp.shell.widgets('main')].find(one => one.isVisible);
    const model = open.context.model.cells.get(number - 1);
    new MutationObserver((_, watch) => {
        if (badge.textContent === word) {
            watch.disconnect();
            done();
        }
    }).observe(badge, {childList: true, characterData: true, subtree: true});
    setTimeout(() => failed(new Error('no word: ' + badge.textContent)), 10000);
    model.sharedModel.setSource(text);
})"""
"""Changes a cell as typing does, and waits until its badge says the word."""


def test_a_badge_follows_an_edit_by_one_question(lab: Lab, desk: Desk) -> None:
    lab.book("cells/follow.ipynb", *CALLED)
    book = desk.open("cells/follow.ipynb")
    expect(words(book)).to_have_text(["source", "endpoint", "stays", "rehearsal"])
    asked: list[str] = []

    def hear(request: Request) -> None:
        if "/api/v1/look" in request.url:
            asked.append(request.post_data or "")

    desk.page.on("request", hear)
    desk.page.evaluate(_WATCH, [3, "pick(1)", "rehearsal"])
    desk.page.evaluate(_WATCH, [3, "1 + 1", "stays"])
    desk.page.remove_listener("request", hear)
    assert ["pick(1)" in one for one in asked] == [True, False]


_CHANGES = """() => {
    window.changedBadges = new Set();
    const seen = new MutationObserver(records => records.forEach(({target}) => {
        const part = target.closest ? target : target.parentElement;
        const badge = part.closest('.jp-modelship-badge');
        if (badge) {
            window.changedBadges.add(badge.closest('.jp-Cell').dataset.windowedListIndex);
        }
    }));
    const notebook = document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook');
    seen.observe(notebook, {attributes: true, childList: true, characterData: true, subtree: true});
}"""
"""Writes down the cells whose badges are touched."""


def test_an_edit_touches_no_badge_but_those_that_change(lab: Lab, desk: Desk) -> None:
    rest = [f"step_{number} = {number}" for number in range(20)]
    lab.book("cells/touch.ipynb", *CALLED, *rest)
    book = desk.open("cells/touch.ipynb")
    expect(badge(book, 4)).to_contain_text("rehearsal")
    desk.page.evaluate(_CHANGES)
    desk.page.evaluate(_WATCH, [3, "pick(1)", "rehearsal"])
    assert desk.page.evaluate("() => [...window.changedBadges]") == ["2"]


@pytest.mark.parametrize("mode", ["full", "defer", "contentVisibility"])
def test_cells_that_come_into_view_have_their_word(lab: Lab, desk: Desk, mode: str) -> None:
    rest = [f"step_{number} = {number}\n\n\n\n\n" for number in range(100)]
    lab.book("cells/long.ipynb", *CELLS, *rest, ("pick(1)", "example"))
    desk.page.evaluate(
        """mode => window.jupyterapp.serviceManager.settings.save(
        '@jupyterlab/notebook-extension:tracker', JSON.stringify({windowingMode: mode}))""",
        mode,
    )
    desk.page.reload()
    desk.ready()
    book = desk.open("cells/long.ipynb")
    expect(badge(book, 3)).to_contain_text("endpoint")
    for number in (105, 3, 105, 3):
        desk.command("modelship:go-to-cell", path=book.path, cell=f"cell-{number}")
        expect(badge(book, number)).to_be_in_viewport()
        expect(badge(book, number)).to_contain_text("rehearsal" if number == 105 else "endpoint")
        expect(badge(book, number)).to_have_count(1)


@pytest.fixture(scope="module")
def live(lab: Lab) -> str:
    """Path of a notebook that is live."""
    lab.book("cells/live.ipynb", *CELLS, options={"name": "cells-live"})
    lab.modelship("deploy", "cells/live.ipynb", "--yes")
    return "cells/live.ipynb"


def test_cells_that_differ_from_the_live_revision_have_a_dot(
    lab: Lab, desk: Desk, live: str
) -> None:
    book = desk.open(live)
    drifted = book.root.locator(".jp-modelship-badge.jp-modelship-mod-drifted")
    expect(words(book)).to_have_count(4)
    expect(drifted).to_have_count(0)
    desk.page.evaluate(
        "path => [...window.jupyterapp.shell.widgets('main')]"
        ".find(one => one.context?.path === path).context.model.cells.get(0)"
        '.sharedModel.setSource(\'NAMES = ["lily", "tulip"]\')',
        live,
    )
    expect(drifted).to_have_count(1)
    expect(badge(book, 1)).to_contain_class("jp-modelship-mod-drifted")
    expect(badge(book, 1)).to_have_attribute(
        "title", "pick needs NAMES.\nDiffers from revision 1, which is live."
    )
