"""The whole way in one test, as a person walks it: right-click, review, ship, watch, call."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .lab import Lab
from .pages import Desk


@pytest.mark.timeout(600)
def test_from_a_right_click_to_a_reply(lab: Lab, desk: Desk) -> None:
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

    # The service's card: the example is filled in, and the reply is the notebook's.
    run.button("Open service").click()
    trial = desk.card("walk").show("Try it")
    trial.get_by_role("button", name="Send").click()
    expect(trial.get_by_role("region", name="Reply")).to_contain_text("setosa", timeout=60_000)

    # The review knows that the very same plan is live now.
    desk.command("modelship:deploy", path="walk.ipynb")
    expect(review.standing).to_have_text("Revision 1 runs this plan already.", timeout=90_000)
    expect(review.ship).to_have_count(0)
