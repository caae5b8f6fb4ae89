"""Deploy notebook, wherever it is offered: saves first, sends path and content hash."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from .lab import Lab
from .pages import Desk, Notebook

CELLS = ("import math", ("def area(r: float) -> float:\n    return math.pi * r * r", "endpoint"))
LABEL = "Deploy notebook"


@pytest.fixture
def path(lab: Lab) -> Path:
    return lab.book("commands/circle.ipynb", *CELLS)


@pytest.fixture
def book(desk: Desk, path: Path) -> Notebook:
    return desk.open("commands/circle.ipynb")


def reviewed(desk: Desk) -> Locator:
    """The review of the notebook, with what ships of it."""
    review = desk.review().root
    expect(review).to_contain_text("circle")
    expect(review).to_contain_text("area")
    return review


def test_from_the_file_browser_of_a_notebook_that_is_not_open(
    lab: Lab, desk: Desk, path: Path
) -> None:
    desk.command("filebrowser:go-to-path", path="commands/circle.ipynb", dontShowBrowser=False)
    desk.files.choose("circle.ipynb", LABEL)
    reviewed(desk)
    expect(desk.tab("circle.ipynb").filter(has_not_text="Review")).to_have_count(0)


def test_not_offered_for_other_files(lab: Lab, desk: Desk) -> None:
    (lab.root / "commands").mkdir(exist_ok=True)
    (lab.root / "commands/notes.txt").write_text("notes", encoding="utf-8")
    desk.command("filebrowser:go-to-path", path="commands/notes.txt")
    desk.files.item("notes.txt").click(button="right")
    expect(desk.menu("Rename F2")).to_be_visible()
    expect(desk.page.get_by_role("menuitem", name=LABEL)).to_have_count(0)


def test_from_the_notebooks_context_menu(desk: Desk, book: Notebook) -> None:
    book.choose(2, f"{LABEL} Alt+Shift+D")
    reviewed(desk)


def test_from_the_notebooks_toolbar(desk: Desk, book: Notebook) -> None:
    book.toolbar.get_by_role("button", name="Deploy", exact=True).click()
    reviewed(desk)


def test_from_the_command_palette(desk: Desk, book: Notebook) -> None:
    desk.palette(LABEL)
    reviewed(desk)


def test_by_a_key_alone(desk: Desk, book: Notebook) -> None:
    book.select(1)
    desk.page.keyboard.press("Alt+Shift+D")
    reviewed(desk)


def test_it_saves_first_and_sends_path_and_hash_of_what_is_on_the_disk(
    desk: Desk, book: Notebook, path: Path
) -> None:
    asked: list[dict[str, Any]] = []

    def hear(request: Any) -> None:
        if "/modelship/api/v1/review" in request.url:
            asked.append(json.loads(request.post_data))

    desk.page.on("request", hear)
    book.replace(1, "import math  # edited")
    expect(book.tab).to_contain_class("jp-mod-dirty")
    book.toolbar.get_by_role("button", name="Deploy", exact=True).click()
    reviewed(desk)
    assert "# edited" in path.read_text(encoding="utf-8")
    assert asked
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert {(one["path"], one["digest"]) for one in asked} == {("commands/circle.ipynb", digest)}


def test_a_line_of_a_cell_is_shown_and_marked(desk: Desk, book: Notebook) -> None:
    desk.command("modelship:go-to-cell", path="commands/circle.ipynb", cell="cell-2", line=2)
    marked = desk.page.locator(".jp-modelship-mark-place")
    expect(marked).to_contain_text("return math.pi * r * r")
    expect(book.cell(2)).to_contain_class("jp-mod-active")
    desk.command("modelship:go-to-cell", path="commands/circle.ipynb", cell="cell-1", line=99)
    expect(marked).to_have_text("import math")


def test_a_cell_that_is_gone_is_said(desk: Desk, book: Notebook) -> None:
    desk.command("modelship:go-to-cell", path="commands/circle.ipynb", cell="<img src=x>")
    expect(desk.notification("That cell is no longer in commands/circle.ipynb")).to_be_visible()


HOSTILE: list[dict[str, Any]] = [
    {"path": "../../etc/passwd"},
    {"path": 7, "yes": True},
    {"path": "x" * 10_000 + ".ipynb"},
    {"path": ["commands/circle.ipynb"], "yes": True},
]


@pytest.mark.parametrize("arguments", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_arguments_open_and_ship_nothing(
    page: Page, desk: Desk, arguments: dict[str, Any]
) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    desk.command("modelship:deploy", **arguments)
    expect(desk.review().root).to_have_count(0)
    assert not [one for one in sent if "modelship/api/v1/runs" in one]


def test_a_yes_in_a_document_ships_nothing(page: Page, desk: Desk, path: Path) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    run = "11111111-1111-4111-8111-111111111111"
    desk.command("modelship:deploy", path="commands/circle.ipynb", yes=True, run=run)
    reviewed(desk)
    asked = [one for one in sent if one.startswith("POST")]
    assert any("modelship/api/v1/review" in one for one in asked)
    assert not any("modelship/api/v1/runs" in one for one in asked)
