"""The commonest first visit: a notebook in which nobody has said what is served."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import expect

from .lab import Lab
from .pages import Desk

QUESTION = "Which function should be served?"
ONE = "def one(n: int) -> int:\n    return n + 1"
TWO = "def two(n: int) -> int:\n    return one(n) + 1"


def cells(path: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def test_one_click_tags_the_function_and_reviews_it(lab: Lab, desk: Desk) -> None:
    path = lab.book("untagged.ipynb", ONE, TWO, "two(1)")
    desk.files.choose("untagged.ipynb", "Deploy notebook")
    review = desk.review()
    expect(review.root.get_by_role("heading", name=QUESTION)).to_be_visible()
    expect(review.ship).to_be_disabled()
    expect(review.candidate("one(n: int) -> int")).to_contain_text("Cell 1")
    review.candidate("two(n: int) -> int").get_by_role("button", name="Serve two").click()
    review.ready()
    expect(review.part("Contract")).to_contain_text("POST /two")
    expect(review.cell(1)).to_contain_text("two needs one")
    tags = [cell["metadata"].get("tags") for cell in cells(path)]
    assert tags == [None, ["endpoint"], None]


def test_the_tag_goes_into_the_notebook_that_is_open(lab: Lab, desk: Desk) -> None:
    path = lab.book("open.ipynb", ONE, "one(1)")
    book = desk.open("open.ipynb")
    book.replace(2, "one(2)")
    desk.command("modelship:deploy", path="open.ipynb")
    review = desk.review()
    review.candidate("one(n: int)").get_by_role("button", name="Serve one").click()
    review.ready()
    assert book.content()["cells"][0]["metadata"]["tags"] == ["endpoint"]
    assert [cell["source"] for cell in cells(path)] == [[*ONE.splitlines(True)], ["one(2)"]]
    expect(desk.tab("open.ipynb").first).not_to_contain_class("jp-mod-dirty")


def test_a_cell_that_ends_in_a_call_becomes_a_function(lab: Lab, desk: Desk) -> None:
    model = "class Model:\n    def predict(self, rows):\n        return [len(row) for row in rows]"
    path = lab.book("call.ipynb", model, "model = Model()", "X = [[1.0, 2.0]]\nmodel.predict(X)")
    desk.command("modelship:deploy", path="call.ipynb")
    review = desk.review()
    offer = review.candidate("Make a function of this cell")
    expect(offer).to_contain_text("Cell 3")
    expect(offer.get_by_role("textbox")).to_contain_text("def predict(")
    before = path.read_text(encoding="utf-8")
    assert "def predict(X" not in before
    offer.get_by_role("button", name="Make predict and serve it").click()
    review.ready()
    expect(review.part("Contract")).to_contain_text("POST /predict")
    last = cells(path)[2]
    assert "def predict(" in "".join(last["source"])
    assert last["metadata"]["tags"] == ["endpoint"]


def test_a_notebook_without_a_function_says_what_to_write(lab: Lab, desk: Desk) -> None:
    path = lab.book("empty.ipynb", "a = 1")
    desk.command("modelship:deploy", path="empty.ipynb")
    review = desk.review()
    expect(review.root).to_contain_text("This notebook defines no function yet")
    expect(review.ship).to_be_disabled()
    path.write_text(path.read_text(encoding="utf-8").replace("a = 1", "def f(): return 1"))
    review.button("Review again").click()
    expect(review.candidate("f()")).to_be_visible()
