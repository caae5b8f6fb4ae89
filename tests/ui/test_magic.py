"""`%deploy` in a cell: the review opens, the card follows the run, and a picture of it stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from jupyter_modelship.kernel_side import MIME

from .lab import Lab
from .pages import Desk, Notebook

DOUBLE = "%%deploy --yes\ndef double(x: int) -> int:\n    return 2 * x"
LONG = 60_000


def card(book: Notebook, number: int) -> Any:
    return book.cell(number).get_by_role("region", name="Deployment")


def outputs(path: Path) -> list[dict[str, Any]]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [output for cell in cells for output in cell["outputs"]]


def keep(book: Notebook, number: int) -> None:
    """Save the notebook, as soon as the output of that cell holds how it went."""
    book.page.wait_for_function(
        """([path, mime, at]) => {
            const open = [...window.jupyterapp.shell.widgets('main')];
            const found = open.find(one => one.context && one.context.path === path);
            const [output] = found.context.model.toJSON().cells[at].outputs;
            return output.data[mime].state === 'succeeded';
        }""",
        arg=[book.path, MIME, number - 1],
    )
    book.save()


@pytest.fixture(scope="module")
def doubled(lab: Lab) -> Path:
    """A notebook whose first cell deploys it."""
    return lab.book("magic/doubled.ipynb", DOUBLE, "double(21)")


def test_a_cell_ships_its_notebook_and_keeps_how_it_went(
    lab: Lab, desk: Desk, doubled: Path
) -> None:
    book = desk.open("magic/doubled.ipynb")
    book.execute(1)
    shown = card(book, 1)
    expect(shown).to_contain_text("It is live.", timeout=LONG)
    expect(shown.get_by_role("list", name="Stages")).to_contain_text("Confirm")
    (live,) = [one for one in lab.modelship("list") if one["service"] == "doubled"]
    assert (live["state"], live["revision"]) == ("running", 1)
    expect(shown.get_by_role("button", name="Open service")).to_be_visible()
    keep(book, 1)
    (kept,) = outputs(doubled)
    assert kept["data"].keys() == {MIME, "text/plain"}
    said = "".join(kept["data"]["text/plain"])
    assert "doubled, revision 1 → local" in said
    assert live["url"] in said
    token = Path(live["token_file"]).read_text().strip()
    assert token not in doubled.read_text()


def test_run_all_again_deploys_nothing(lab: Lab, desk: Desk, doubled: Path) -> None:
    """Stands on the test above it."""
    runs = len(lab.request("modelship/api/v1/runs"))
    book = desk.open("magic/doubled.ipynb")
    expect(card(book, 1)).to_contain_text("It is live.")
    assert len(lab.request("modelship/api/v1/runs")) == runs, "a reopened notebook starts nothing"
    desk.command("notebook:run-all-cells")
    expect(card(book, 1)).to_contain_text("doubled is live already, unchanged: revision 1.")
    expect(book.output(2)).to_have_text("42")
    assert len(lab.request("modelship/api/v1/runs")) == runs


def test_without_yes_the_review_opens(lab: Lab, desk: Desk) -> None:
    source = "def triple(x: int) -> int:\n    return 3 * x"
    lab.book("magic/asked.ipynb", (source, "endpoint"), "%deploy thrice", "triple(2)")
    book = desk.open("magic/asked.ipynb")
    book.execute(2)
    expect(desk.tab("Review: asked.ipynb")).to_be_visible()
    expect(desk.page.get_by_role("heading", name="thrice")).to_be_visible()
    desk.tab("asked.ipynb").first.click()
    expect(card(book, 2)).to_contain_text("asked.ipynb is in review.")
    assert "thrice" not in [one["service"] for one in lab.modelship("list")]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("%deploy --wrokers 2", "unrecognized arguments: --wrokers 2"),
        ("%deploy /etc/<img>.ipynb", "/etc/<img>.ipynb lies outside of the folder of JupyterLab."),
        ("%deploy '--<img src=x onerror=alert(1)>'", "--<img src=x onerror=alert(1)>"),
    ],
)
def test_what_cannot_be_done_says_so_in_the_cell(
    lab: Lab, desk: Desk, complaints: Any, line: str, says: str
) -> None:
    complaints.expect("400")
    lab.book("magic/wrong.ipynb", line)
    book = desk.open("magic/wrong.ipynb")
    book.execute(1)
    expect(card(book, 1).get_by_role("alert")).to_contain_text(says)
    expect(card(book, 1).locator("img")).to_have_count(0)


def test_a_saved_picture_of_nothing_stays_a_picture(lab: Lab, desk: Desk) -> None:
    path = lab.book("magic/old.ipynb", "%deploy --yes")
    book = json.loads(path.read_text())
    run = "00000000-0000-4000-8000-000000000000"
    lines = ["<img src=x onerror=alert(1)>", "as it was"]
    data = {MIME: {"version": 1, "run": run, "book": "b", "lines": lines}, "text/plain": "old"}
    output = {"output_type": "display_data", "data": data, "metadata": {}}
    book["cells"][0]["outputs"] = [output]
    path.write_text(json.dumps(book))
    runs = len(lab.request("modelship/api/v1/runs"))
    opened = desk.open("magic/old.ipynb")
    expect(card(opened, 1)).to_contain_text("<img src=x onerror=alert(1)>")
    expect(card(opened, 1)).to_contain_text("as it was")
    assert len(lab.request("modelship/api/v1/runs")) == runs
