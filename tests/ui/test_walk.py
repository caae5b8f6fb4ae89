"""The whole way in one test, as a person walks it who knows JupyterLab and nothing of this."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .conftest import Complaints
from .lab import Lab
from .pages import Desk, Notebook

FLOWER = "Name the species of one flower: sepal length, sepal width, petal length, petal width."
TYPO = f"""def predict(row: list[float]) -> str:
    \"\"\"{FLOWER}\"\"\"
    usual = [5.8, 3.1, 3.8, 1.2]
    return SPECIE[int(model.predict([row + usual[len(row) :]])[0])]"""
MENDED = TYPO.replace("SPECIE[", "SPECIES[")


@pytest.mark.timeout(600)
def test_ship_call_break_understand_mend_and_roll_forward(
    lab: Lab, desk: Desk, complaints: Complaints
) -> None:
    complaints.expect("500")

    # A notebook that works, in the file browser: right-click, "Deploy notebook".
    lab.copy("iris", to="walk.ipynb")
    desk.files.choose("walk.ipynb", "Deploy notebook")

    # The review shows the code that would ship, and what it needs. Nothing stands in the way.
    review = desk.review().ready()
    expect(review.headline).to_contain_text("1 endpoint")
    expect(review.line("service.py", "def predict(row: list[float]) -> str:")).to_be_visible()
    expect(review.part("Contract")).to_contain_text("POST /predict {row: list of number} → string")

    # Ship. The run view opens and comes to a good end.
    expect(review.ship).to_have_text("Ship revision 1")
    review.ship.click()
    run = desk.run()
    expect(run.button("Open service")).to_be_visible(timeout=300_000)
    expect(run.root).to_contain_text("It is live. 2 of 2 examples answer as in the notebook.")

    # Call it: the example is filled in, and the reply is the notebook's.
    run.button("Open service").click()
    card = desk.card("walk")
    expect(card.send()).to_contain_text("setosa", timeout=60_000)

    # Break it: two lengths are a list of numbers too, and the model wants four.
    card.shorten()
    card.shorten()
    why = card.send().get_by_role("button", name="Go to cell 8, line 3")
    expect(card.reply).to_contain_text("X has 2 features, but RandomForestClassifier is expecting")

    # Understand it: the line of the notebook is marked, and the cause stands below it.
    why.click()
    book = Notebook(desk.page, "walk.ipynb")
    note = book.cell(8).get_by_role("note")
    expect(note).to_contain_text("POST /predict, revision 1")
    expect(note.get_by_role("button", name="Dismiss")).to_be_in_viewport(ratio=1)
    expect(book.cell(8).locator(".jp-modelship-mark-failure")).to_contain_text("return SPECIES[")

    # Mend it, with a slip: the review says so before anything runs, and what is meant.
    book.replace(8, TYPO)
    book.deploy()
    slip = review.finding("which no cell defines")
    expect(slip).to_contain_text("Write SPECIES if that of cell 7 is meant")
    expect(review.ship).to_be_disabled()
    slip.get_by_role("button", name="Go to cell 8, line 4").click()
    book.replace(8, MENDED)

    # Now it is the difference that ships, and nothing else: the model is the one that there was.
    book.deploy()
    review.ready()
    expect(review.line("service.py", "usual = [5.8, 3.1, 3.8, 1.2]")).to_be_visible()
    expect(review.changed).to_contain_text(["service.py"])
    expect(review.ship).to_have_text("Ship revision 2")
    review.ship.click()
    expect(run.root.get_by_role("heading", level=1)).to_have_text("walk, revision 2 → local")
    expect(run.button("Open service")).to_be_visible(timeout=120_000)

    # The card has kept what was sent, and this time there is an answer.
    run.button("Open service").click()
    expect(card.root).to_contain_text("revision 2")
    expect(card.send()).to_contain_text("versicolor")

    # Back to the first revision, and forward again.
    card.show("History")
    card.roll_back(1)
    expect(card.root).to_contain_text("revision 3", timeout=60_000)
    card.roll_back(2)
    expect(card.root).to_contain_text("revision 4", timeout=60_000)
    card.show("Try it")
    expect(card.send()).to_contain_text("versicolor")

    # The review knows that the very same plan is live now.
    desk.command("modelship:deploy", path="walk.ipynb")
    expect(review.standing).to_have_text("Revision 4 runs this plan already.", timeout=90_000)
    expect(review.ship).to_have_count(0)
