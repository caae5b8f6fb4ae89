"""The review, by a person who decides whether this should ship."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import Locator, Page, Route, expect

from .conftest import Complaints
from .lab import Lab
from .pages import Desk, Review

DOUBLE = ('def double(n: int) -> int:\n    """Twice."""\n    return FACTOR * n', "endpoint")
BOOK = ("FACTOR = 2", "unused = 1", DOUBLE, ("double(21)", "example"))
CHANGED = "The notebook has changed since"


def reviewed(desk: Desk, path: str) -> Review:
    desk.command("modelship:deploy", path=path)
    return desk.review()


def notebook(desk: Desk, name: str) -> Locator:
    """The tab of a notebook, not that of its review."""
    return desk.page.locator("#jp-main-dock-panel").get_by_role("tab", name=name, exact=True)


def test_a_right_click_opens_what_would_ship(lab: Lab, desk: Desk) -> None:
    lab.book("shown.ipynb", *BOOK)
    desk.files.choose("shown.ipynb", "Deploy notebook")
    review = desk.review().ready()
    expect(review.headline).to_contain_text("2 of 4 cells ship · 1 endpoint")
    expect(review.headline).to_contain_text("plan ")
    expect(review.ship).to_have_text("Ship revision 1")
    expect(review.cell(1)).to_contain_text("double needs FACTOR")
    expect(review.cell(2)).to_contain_text("stays")
    expect(review.part("Contract")).to_contain_text("POST /double {n: integer} → integer")
    expect(review.part("What becomes public")).to_contain_text("cell 4")
    expect(review.part("What it needs")).to_contain_text("Packages")


def test_a_cell_lights_its_lines_and_a_line_its_cell(lab: Lab, desk: Desk) -> None:
    lab.book("lit.ipynb", *BOOK)
    review = reviewed(desk, "lit.ipynb").ready()
    line = review.line("service.py", "FACTOR = 2")
    review.cell(1).hover()
    expect(line).to_contain_class("jp-modelship-Review-lit")
    review.cell(3).hover()
    expect(line).not_to_contain_class("jp-modelship-Review-lit")
    line.hover()
    expect(review.cell(1)).to_have_attribute("data-lit", "true")
    expect(review.cell(3)).to_have_attribute("data-lit", "false")


def test_a_click_on_a_line_goes_to_its_cell(lab: Lab, desk: Desk) -> None:
    lab.book("jump.ipynb", *BOOK)
    review = reviewed(desk, "jump.ipynb").ready()
    review.line("service.py", "return FACTOR * n").click()
    expect(notebook(desk, "jump.ipynb")).to_have_attribute("aria-selected", "true")
    expect(desk.page.locator(".jp-Cell.jp-mod-active")).to_contain_text("def double")


def test_the_code_is_walked_through_by_keyboard(lab: Lab, desk: Desk) -> None:
    lab.book("keys.ipynb", *BOOK)
    review = reviewed(desk, "keys.ipynb").ready()
    review.cell(1).get_by_role("button").first.focus()
    desk.page.keyboard.press("ArrowDown")
    desk.page.keyboard.press("ArrowDown")
    expect(review.cell(3)).to_have_attribute("data-lit", "true")
    desk.page.keyboard.press("Enter")
    review.file("service.py").focus()
    desk.page.keyboard.press("ArrowDown")
    desk.page.keyboard.press("Enter")
    expect(notebook(desk, "keys.ipynb")).to_have_attribute("aria-selected", "true")
    expect(desk.page.locator(".jp-Cell.jp-mod-active")).to_contain_text("def double")


def test_what_blocks_says_what_to_do(lab: Lab, desk: Desk) -> None:
    lab.book("blocked.ipynb", ("def scaled(x: float) -> float:\n    return x * scale", "endpoint"))
    review = reviewed(desk, "blocked.ipynb")
    finding = review.finding("which no cell defines")
    expect(finding).to_contain_text("Blocks")
    expect(finding).to_contain_text("define scale in a cell")
    expect(review.ship).to_be_disabled()
    expect(review.standing).to_contain_text("A finding blocks")
    finding.get_by_role("button", name="Go to cell 1, line 2").click()
    expect(desk.page.locator(".jp-Cell.jp-mod-active")).to_contain_text("x * scale")


def test_an_edit_is_said_and_reviewed_again(lab: Lab, desk: Desk) -> None:
    path = lab.book("edited.ipynb", *BOOK)
    book = desk.open("edited.ipynb")
    review = reviewed(desk, "edited.ipynb").ready()
    notebook(desk, "edited.ipynb").click()
    book.replace(1, "FACTOR = 3")
    desk.tab("Review: edited.ipynb").click()
    expect(review.notice(CHANGED)).to_be_visible()
    expect(review.ship).to_have_count(0)
    review.button("Review again").click()
    review.ready()
    expect(review.notice(CHANGED)).to_have_count(0)
    expect(review.line("service.py", "FACTOR = 3")).to_be_visible()
    assert "FACTOR = 3" in path.read_text(encoding="utf-8")


def test_a_file_that_changed_behind_its_back_is_not_shipped(
    lab: Lab, desk: Desk, complaints: Complaints
) -> None:
    complaints.expect("409")
    lab.book("behind.ipynb", *BOOK)
    review = reviewed(desk, "behind.ipynb").ready()
    lab.book("behind.ipynb", "FACTOR = 5", *BOOK[1:])
    review.ship.click()
    expect(review.notice(CHANGED)).to_be_visible(timeout=90_000)
    review.button("Review again").click()
    expect(review.ready().line("service.py", "FACTOR = 5")).to_be_visible()


def test_an_option_reviews_again_and_goes_into_the_notebook(lab: Lab, desk: Desk) -> None:
    path = lab.book("options.ipynb", *BOOK)
    review = reviewed(desk, "options.ipynb").ready()
    digest = review.headline.text_content()
    options = review.part("Options")
    options.get_by_text("Options", exact=True).first.click()
    options.get_by_label("Keep revisions").fill("7")
    expect(options).to_contain_text("Set here: keep_revisions.")
    review.ready()
    expect(review.headline).not_to_have_text(digest or "")
    options.get_by_role("button", name="Save in the notebook").click()
    expect(options.get_by_text("Set here")).to_have_count(0)
    review.ready()
    written = json.loads(path.read_text(encoding="utf-8"))["metadata"]["modelship"]
    assert written == {"version": 1, "keep_revisions": 7}


def test_an_option_out_of_bounds_is_a_finding(lab: Lab, desk: Desk) -> None:
    lab.book("bounds.ipynb", *BOOK)
    review = reviewed(desk, "bounds.ipynb").ready()
    options = review.part("Options")
    options.get_by_text("Options", exact=True).first.click()
    options.get_by_label("Keep revisions").fill("700")
    expect(review.finding("keep_revisions")).to_contain_text("from 1 to 100")
    expect(review.ship).to_be_disabled()


def test_rehearse_now_fills_what_is_not_known(lab: Lab, desk: Desk) -> None:
    lab.book("rehearsed.ipynb", *BOOK)
    review = reviewed(desk, "rehearsed.ipynb").ready()
    review.button("Rehearse now").click()
    expect(review.part("Contract")).to_contain_text("Rehearsed", timeout=120_000)
    row = review.part("What becomes public").get_by_role("row").filter(has_text="cell 4")
    expect(row).to_contain_text('{"n":21}')
    expect(row).to_contain_text("42")
    review.ready()
    assert not any(one["service"] == "rehearsed" for one in lab.modelship("list"))


def test_a_reload_brings_the_review_back(lab: Lab, desk: Desk) -> None:
    lab.book("restored.ipynb", *BOOK)
    with desk.kept("restored.ipynb"):
        reviewed(desk, "restored.ipynb").ready()
    desk.page.reload()
    desk.ready()
    expect(desk.tab("Review: restored.ipynb")).to_be_visible()
    desk.tab("Review: restored.ipynb").click()
    desk.review().ready()


def test_a_server_that_is_away_loses_nothing(lab: Lab, desk: Desk, complaints: Complaints) -> None:
    complaints.expect("ERR_FAILED|Failed to load|Failed to fetch")
    lab.book("away.ipynb", *BOOK)
    review = reviewed(desk, "away.ipynb").ready()

    def refuse(route: Route) -> None:
        route.abort()

    desk.page.route("**/modelship/api/v1/**", refuse)
    review.ship.click()
    expect(review.notice("The Jupyter server does not answer")).to_be_visible()
    expect(review.line("service.py", "return FACTOR * n")).to_be_visible()
    desk.page.unroute("**/modelship/api/v1/**", refuse)
    review.ready()
    assert not any(one["service"] == "away" for one in lab.modelship("list"))


def test_hostile_text_is_text(
    lab: Lab, open_window: Callable[..., Page], complaints: Complaints
) -> None:
    image = "<img src=x onerror=alert(1)>"
    source = f'def f(n: int) -> int:\n    """{image} \u202egnp"""\n    return n'
    long = "x" * 10_000
    lab.book("hostile.ipynb", f"# {image}\nA = '{long}'", (source, "endpoint", image), "f(1)")
    desk = Desk(open_window())
    review = reviewed(desk, "hostile.ipynb").ready()
    expect(review.root.locator("img:not(.cm-widgetBuffer)")).to_have_count(0)
    expect(review.part("Contract")).to_contain_text(f"{image} ⟨U+202E⟩gnp")
    expect(review.cell(1)).to_contain_text(f"# {image}")
    width = review.root.evaluate("node => [node.scrollWidth, node.clientWidth]")
    assert width[0] <= width[1]
