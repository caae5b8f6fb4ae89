"""All views for everybody: names and roles, keyboard, contrast in light, dark and high contrast."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from .lab import Lab
from .pages import Desk
from .sight import faint, keyboard_way, nameless, roles

DOUBLE = ('def double(n: int) -> int:\n    """Twice."""\n    return FACTOR * n', "endpoint")
BOOK = ("FACTOR = 2", "unused = 1", DOUBLE, ("double(21)", "example"))
PATH = "seen/double.ipynb"
FRESH = "seen/fresh.ipynb"
THEMES = ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast")


@pytest.fixture(scope="module")
def deployed(lab: Lab) -> str:
    """Id of the run that made the service `seen` of PATH."""
    lab.book(PATH, *BOOK, options={"name": "seen"})
    lab.book(FRESH, *BOOK)
    lab.modelship("deploy", PATH, "--yes")
    runs = lab.request("modelship/api/v1/runs?service=seen&limit=1")
    return str(runs[0]["id"])


def _inspector(desk: Desk, _: str) -> Locator:
    book = desk.open(PATH)
    expect(book.root.locator(".jp-modelship-badge-word")).to_have_count(4)
    book.select(3)
    desk.page.get_by_role("tab", name="Property Inspector").click()
    desk.page.locator(".jp-PropertyInspector").get_by_text("Service", exact=True).click()
    expect(desk.page.locator(".jp-modelship-role-tool").get_by_role("status")).to_be_visible()
    return desk.page.locator(".jp-modelship-role-tool")


def _panel(desk: Desk, _: str) -> Locator:
    desk.open(PATH)
    desk.command("modelship:open-services")
    expect(desk.panel.service("seen")).to_be_visible()
    return desk.panel.root


def _review(desk: Desk, _: str) -> Locator:
    desk.command("modelship:deploy", path=FRESH)
    return desk.review().ready().root


def _run(desk: Desk, run: str) -> Locator:
    desk.command("modelship:open-run", run=run)
    expect(desk.run().log).to_be_visible()
    return desk.run().root


def _card(desk: Desk, _: str) -> Locator:
    desk.command("modelship:open-service", service="seen")
    expect(desk.card("seen").tab("Try it")).to_be_visible()
    return desk.card("seen").root


def _friction(desk: Desk, run: str) -> Locator:
    desk.page.evaluate(  # the command ends with the dialog
        "run => void window.jupyterapp.commands.execute('modelship:report-friction', {run})", run
    )
    dialog = desk.page.get_by_role("dialog")
    expect(dialog.get_by_role("document")).to_have_attribute("aria-busy", "false")
    return dialog


VIEWS: dict[str, tuple[Callable[[Desk, str], Locator], set[str]]] = {
    "inspector": (_inspector, {"radio", "status", "textbox"}),
    "panel": (_panel, {"list", "listitem", "button"}),
    "review": (_review, {"button", "region"}),
    "run": (_run, {"log", "button"}),
    "card": (_card, {"tablist", "tab", "tabpanel", "button"}),
}
"""View by name: how it is opened, and roles that it has."""


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_can_be_used_by_everybody(desk: Desk, deployed: str, name: str) -> None:
    opened, wanted = VIEWS[name]
    view = opened(desk, deployed)
    assert nameless(view) == []
    assert wanted <= roles(view)
    assert keyboard_way(view) == (True, True)
    seen = {}
    for theme in THEMES:
        desk.theme(theme)
        seen[theme] = faint(view)
    assert seen == {theme: [] for theme in THEMES}


def test_words_at_cells_can_be_read_in_every_theme(desk: Desk, deployed: str) -> None:
    book = desk.open(PATH)
    words = book.root.locator(".jp-modelship-badge")
    expect(words).to_have_count(4)
    for theme in THEMES:
        desk.theme(theme)
        assert [one for word in words.all() for one in faint(word)] == []


def test_the_dialog_is_read_filled_and_left_by_keyboard(desk: Desk, deployed: str) -> None:
    dialog = _friction(desk, deployed)
    expect(dialog.get_by_role("textbox")).to_be_focused()
    assert nameless(dialog) == []
    assert faint(dialog) == []
    desk.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_the_measure_of_contrast_sees_what_is_faint(desk: Desk) -> None:
    desk.page.evaluate(
        """() => {
            const made = document.createElement('div');
            made.id = 'faint';
            made.style.background = 'rgb(255, 255, 255)';
            for (const colour of ['rgb(119, 119, 119)', 'rgb(118, 118, 118)', 'rgb(0 0 0 / 50%)']) {
                const line = made.appendChild(document.createElement('p'));
                line.style.color = colour;
                line.textContent = colour;
            }
            document.body.appendChild(made);
        }"""
    )
    told = faint(desk.page.locator("#faint"))
    assert [one.partition(" ")[0] for one in told] == ["4.48", "3.98"]
