"""From the launcher to a notebook that could be deployed as it is."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from .conftest import Complaints
from .lab import Lab
from .pages import Desk


def test_a_card_opens_a_starter_notebook(lab: Lab, desk: Desk) -> None:
    desk.page.get_by_role("button", name="Starter notebook").click()
    dialog = desk.page.get_by_role("dialog")
    expect(dialog.get_by_role("radio")).to_have_count(3)
    expect(dialog.get_by_role("radio", name="A function")).to_be_focused()
    dialog.get_by_role("radio", name="A model").click()
    dialog.get_by_role("button", name="Open").click()
    expect(desk.tab("model.ipynb")).to_be_visible()
    book = json.loads((lab.root / "model.ipynb").read_text(encoding="utf-8"))
    assert [cell["metadata"].get("tags") for cell in book["cells"]][-2:] == [
        ["endpoint"],
        ["example"],
    ]


def test_a_second_copy_gets_a_name_of_its_own(lab: Lab, desk: Desk) -> None:
    (lab.root / "twice").mkdir()
    for name in ("function.ipynb", "function-2.ipynb"):
        desk.command("modelship:open-starter", template="function", cwd="twice")
        expect(desk.tab(name)).to_be_visible()
    assert sorted(path.name for path in (lab.root / "twice").glob("*.ipynb")) == [
        "function-2.ipynb",
        "function.ipynb",
    ]


def test_a_starter_that_does_not_exist_is_said_so(desk: Desk, complaints: Complaints) -> None:
    complaints.expect("404")
    desk.palette("Starter notebook")
    expect(desk.page.get_by_role("dialog").get_by_role("radio")).to_have_count(3)
    desk.page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(desk.page.get_by_role("dialog")).to_have_count(0)
    # The command waits for the dialog, and so must not be waited for here.
    desk.page.evaluate(
        "name => void window.jupyterapp.commands.execute(name, { template: '../x' })",
        "modelship:open-starter",
    )
    expect(desk.page.get_by_role("dialog")).to_contain_text("no starter notebook of that name")
    desk.page.keyboard.press("Escape")
    expect(desk.page.get_by_role("dialog")).to_have_count(0)
