"""Pictures of `%deploy` in a cell: while it runs, done, and what a saved notebook shows of it."""

from __future__ import annotations

import json
import uuid

from playwright.sync_api import expect

from jupyter_modelship.kernel_side import MIME

from .lab import Lab
from .pages import Desk, picture
from .test_magic import card, keep

TRAIN = """import time

losses = []
for epoch in range(1, 61):
    losses.append(1 / epoch)
    print(f"epoch {epoch:2}  loss {losses[-1]:.4f}")
    time.sleep(0.2)"""
SERVE = """%%deploy losses --yes
def loss(epoch: int) -> float:
    return losses[epoch - 1]"""
ANOTHER = "saved.ipynb"


def test_a_cell_that_deploys(lab: Lab, desk: Desk) -> None:
    path = lab.book("losses.ipynb", TRAIN, SERVE, ("loss(2)", "example"))
    book = desk.open("losses.ipynb")
    book.execute(2)
    expect(card(book, 2)).to_contain_text("Rehearse: cell 1", timeout=60_000)
    picture(desk.page, "magic-running")
    expect(card(book, 2)).to_contain_text("It is live.", timeout=120_000)
    picture(desk.page, "magic-done")
    keep(book, 2)

    # What somebody sees who was sent the notebook: no server knows its run.
    kept = json.loads(path.read_text(encoding="utf-8"))
    for output in kept["cells"][1]["outputs"]:
        output["data"][MIME]["run"] = str(uuid.UUID(int=0, version=4))
    (lab.root / ANOTHER).write_text(json.dumps(kept), encoding="utf-8")
    book = desk.open(ANOTHER)
    expect(card(book, 2)).to_contain_text("Confirm")
    picture(desk.page, "magic-saved")
