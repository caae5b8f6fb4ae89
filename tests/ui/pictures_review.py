"""Pictures of the review: before a first deploy, untagged, blocked, against a live revision."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import expect

from .lab import Lab
from .pages import Desk, picture

INSTEAD = """def predict(row: list[float]) -> list[str]:
    \"\"\"Name the species of one flower.\"\"\"
    numbers = model.predict([row])
    return [SPECIES[int(number)] for number in numbers]"""


CALL = "X = X_test[:3]\nmodel.predict(X)"


def edited(lab: Lab, demo: str, *, to: str, source: Mapping[int, str], tags: bool = True) -> None:
    """A copy of a demo with other source in cells (counted from 1), with or without its tags."""
    path = lab.copy(demo, to=to)
    book: Any = json.loads(path.read_text(encoding="utf-8"))
    for number, cell in enumerate(book["cells"], 1):
        if not tags:
            cell["metadata"].pop("tags", None)
        cell["source"] = source.get(number, cell["source"])
    path.write_text(json.dumps(book), encoding="utf-8")


def test_a_review(lab: Lab, desk: Desk) -> None:
    desk.command("modelship:deploy", path="iris.ipynb")
    review = desk.review().ready()
    review.cell(8).get_by_role("button").first.click()
    picture(desk.page, "review")


def test_an_untagged_notebook(lab: Lab, desk: Desk) -> None:
    edited(lab, "iris", to="flowers.ipynb", source={10: CALL}, tags=False)
    desk.command("modelship:deploy", path="flowers.ipynb")
    review = desk.review()
    expect(review.root.get_by_role("heading", name="Which function")).to_be_visible()
    expect(review.candidate("Make a function").get_by_role("textbox")).to_be_visible()
    picture(desk.page, "review-untagged")


def test_a_blocked_review(lab: Lab, desk: Desk) -> None:
    desk.command("modelship:deploy", path="hidden-state.ipynb")
    expect(desk.review().finding("which no cell defines")).to_be_visible()
    picture(desk.page, "review-blocked")


@pytest.mark.usefixtures("iris")
def test_a_review_against_the_live_revision(lab: Lab, desk: Desk) -> None:
    edited(lab, "iris", to="iris.ipynb", source={8: INSTEAD})
    desk.command("modelship:deploy", path="iris.ipynb")
    review = desk.review().ready()
    expect(review.root.locator(".cm-deletedChunk").first).to_be_visible()
    picture(desk.page, "review-diff")
    lab.copy("iris", to="iris.ipynb")
