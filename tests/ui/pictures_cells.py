"""Pictures of cells, of a line that failed, and of the report of friction."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .lab import Lab
from .pages import Desk, picture

HALF = (
    "def share(total: float, people: int) -> float:\n"
    "    each = total / people\n"
    "    return round(each, DIGITS)"
)
CELLS = ("DIGITS = 2", "3 * 7", (HALF, "endpoint"), ("share(10.0, 3)", "example"))


def test_cells(lab: Lab, desk: Desk) -> None:
    lab.book("share.ipynb", *CELLS, options={"name": "share"})
    lab.modelship("deploy", "share.ipynb", "--yes")
    with pytest.raises(AssertionError, match="500"):
        lab.modelship("call", "share", "share", '{"total": 12.5, "people": 0}')
    book = desk.open("share.ipynb")
    expect(book.cell(3).get_by_role("note")).to_be_visible(timeout=40_000)
    book.replace(1, "DIGITS = 3")
    expect(book.cell(1).locator(".jp-modelship-mod-drifted")).to_be_visible()
    book.select(3)
    picture(desk.page, "cells")


def test_friction(lab: Lab, desk: Desk) -> None:
    broken = ('PRICE = {"apple": 1}["pear"]', ("def price() -> int:\n    return PRICE", "endpoint"))
    lab.book("price.ipynb", *broken, options={"name": "price"})
    with pytest.raises(AssertionError, match="KeyError"):
        lab.modelship("deploy", "price.ipynb", "--yes")
    run = lab.request("modelship/api/v1/runs?limit=1")[0]["id"]
    desk.page.evaluate(
        "run => void window.jupyterapp.commands.execute('modelship:report-friction', {run})", run
    )
    dialog = desk.page.get_by_role("dialog")
    expect(dialog.get_by_role("document")).to_have_attribute("aria-busy", "false")
    dialog.get_by_label("What was hard?").fill("I did not see that the column had another name.")
    picture(desk.page, "friction")
