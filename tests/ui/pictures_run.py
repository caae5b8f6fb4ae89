"""Pictures of the view of a run: while it goes on, and failed."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from .lab import Lab
from .pages import Desk, picture
from .test_run import FAILS, SERVE, deploying, run_of, show

TRAINS = """
import time
for epoch in range(1, 601):
    loss = 1 / epoch
    colour = 32 if loss < 0.1 else 33
    print(f"epoch {epoch:3}  loss \\x1b[{colour}m{loss:.4f}\\x1b[0m")
    time.sleep(0.1)
value = float(len("model"))
"""


def test_a_run_that_goes_on(lab: Lab, desk: Desk) -> None:
    lab.book("flowers.ipynb", (TRAINS.strip(), "train"), SERVE)
    with deploying(lab, "flowers.ipynb"):
        view = show(desk, run_of(lab, "flowers"))
        expect(view.log).to_contain_text("epoch  20", timeout=60_000)
        picture(desk.page, "run-running")
        view.button("Cancel").click()
        expect(view.root.get_by_text("Cancelled", exact=True)).to_be_visible(timeout=60_000)


def test_a_run_that_failed(lab: Lab, desk: Desk) -> None:
    lab.book("petals.ipynb", (FAILS, "train"), SERVE)
    with deploying(lab, "petals.ipynb") as deploy:
        run = str(deploy.end()["run"])
    view = show(desk, run)
    expect(view.root.get_by_role("alert")).to_contain_text(re.compile("failed in cell 1"))
    expect(desk.files.item("petals.ipynb")).to_be_visible()
    expect(desk.page.get_by_role("button", name="See why")).to_be_visible()  # what is told of it
    picture(desk.page, "run-failed")
