"""A request that fails in a served revision marks the line in the notebook that it came from."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from .lab import Lab
from .pages import Desk, Notebook

PATH = "failing/half.ipynb"
HALF = "def half(n: int) -> int:\n    wanted = n\n    return 100 // wanted"
FOUND_MS = 40_000
"""Counters of services are read every ten seconds."""


@pytest.fixture(scope="module")
def service(lab: Lab) -> str:
    lab.book(
        PATH, "import math", (HALF, "endpoint"), ("half(2)", "example"), options={"name": "half"}
    )
    return str(lab.modelship("deploy", PATH, "--yes")["service"])


def fail(lab: Lab, service: str) -> None:
    """A request that the service cannot answer."""
    with pytest.raises(AssertionError, match="500"):
        lab.modelship("call", service, "half", '{"n": 0}')


def marked(book: Notebook, number: int) -> Locator:
    return book.cell(number).locator(".jp-modelship-mark-failure")


def note(book: Notebook, number: int) -> Locator:
    return book.cell(number).get_by_role("note")


def test_the_line_is_marked_until_dismissed_and_gone_with_the_next_revision(
    lab: Lab, desk: Desk, service: str
) -> None:
    book = desk.open(PATH)
    expect(book.root.locator(".jp-modelship-badge-word")).to_have_count(3)
    expect(note(book, 2)).to_have_count(0)
    fail(lab, service)
    expect(marked(book, 2)).to_have_text("    return 100 // wanted", timeout=FOUND_MS)
    expect(note(book, 2)).to_contain_text("ZeroDivisionError")
    expect(note(book, 2)).to_contain_text("POST /half, revision 1")

    book.source(2).click()  # the mark goes with its line
    desk.page.keyboard.press("ControlOrMeta+Home")
    desk.page.keyboard.type("# halves\n")
    expect(marked(book, 2)).to_have_text("    return 100 // wanted")

    note(book, 2).get_by_role("button", name="Dismiss").click()
    expect(note(book, 2)).to_have_count(0)
    expect(marked(book, 2)).to_have_count(0)

    fail(lab, service)
    expect(note(book, 2)).to_contain_text("ZeroDivisionError", timeout=FOUND_MS)
    lab.book(
        PATH,
        "import math",
        (HALF.replace("return", "return 0 if not n else"), "endpoint"),
        ("half(2)", "example"),
        options={"name": "half"},
    )
    lab.modelship("deploy", PATH, "--yes")
    expect(note(book, 2)).to_have_count(0, timeout=FOUND_MS)


def test_it_is_marked_in_a_notebook_that_is_opened_afterwards(lab: Lab, desk: Desk) -> None:
    path = "failing/later.ipynb"
    lab.book(path, (HALF, "endpoint"), ("half(2)", "example"), options={"name": "later"})
    lab.modelship("deploy", path, "--yes")
    fail(lab, "later")
    book = desk.open(path)
    expect(marked(book, 1)).to_have_text("    return 100 // wanted", timeout=FOUND_MS)
