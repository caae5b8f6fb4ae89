"""Names, tags, outputs and log lines of an enemy change nothing: no dialog, no element, no jump."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from .lab import Lab
from .pages import Desk

IMAGE = "<img src=x onerror=window.harmed=1>"
TURNED = "\u202egnp.exe\u2066"
LONG = "x" * 10_000
EVIL = f"{IMAGE}<script>window.harmed=2</script>{TURNED}{LONG}"
PATH = f"hostile/a <b>&{IMAGE.replace('/', '')}.ipynb"
DOUBLE = f'def double(n: int) -> int:\n    """{IMAGE}"""\n    return FACTOR * n'


@pytest.fixture(scope="module")
def failed(lab: Lab) -> str:
    """Id of a run that wrote hostile lines into its log and failed with a hostile message."""
    path = lab.book(
        PATH,
        f"# {EVIL}\nFACTOR = max([2])\nprint({EVIL!r}, chr(27) + '[31m', chr(8238))",
        (DOUBLE, "endpoint", IMAGE, TURNED, LONG),
        f"raise_ = 1  # {IMAGE}",
        (f"double(int(open({IMAGE!r}).read()))", "example", "<b>"),
        options={"name": "hostile"},
    )
    _with_outputs(path)
    with pytest.raises(AssertionError):
        lab.modelship("deploy", PATH, "--yes")
    return str(lab.request("modelship/api/v1/runs?limit=1")[0]["id"])


def _with_outputs(file: Path) -> None:
    """The notebook claims to have printed what it likes."""
    book = json.loads(file.read_text(encoding="utf-8"))
    book["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": [EVIL]}]
    file.write_text(json.dumps(book), encoding="utf-8")


def unharmed(page: Page, view: Locator) -> None:
    """Nothing ran, nothing was built from data, nothing is wider than its place."""
    assert page.evaluate("() => window.harmed") is None
    # CodeMirror sets images without a source beside its own widgets.
    assert view.locator("img:not(.cm-widgetBuffer), script, b").count() == 0
    assert view.evaluate(
        "node => document.documentElement.scrollWidth <= window.innerWidth"
        " && node.getBoundingClientRect().right <= window.innerWidth + 1"
    )
    assert "\u202e" not in (view.inner_text() or "")


def test_cells_roles_and_panel(lab: Lab, desk: Desk, failed: str) -> None:
    book = desk.open(PATH)
    words = book.root.locator(".jp-modelship-badge")
    expect(words).to_have_count(4)
    for word in words.all():
        unharmed(desk.page, word)
    book.select(2)
    desk.page.get_by_role("tab", name="Property Inspector").click()
    desk.page.locator(".jp-PropertyInspector").get_by_text("Service", exact=True).click()
    tool = desk.page.locator(".jp-modelship-role-tool")
    expect(tool.get_by_role("status")).to_be_visible()
    unharmed(desk.page, tool)
    desk.command("modelship:open-services")
    expect(desk.panel.root).to_be_visible()
    unharmed(desk.page, desk.panel.root)


def test_review(lab: Lab, desk: Desk, failed: str) -> None:
    desk.command("modelship:deploy", path=PATH)
    review = desk.review()
    expect(review.root).to_contain_text("endpoint")
    unharmed(desk.page, review.root)


def test_run(lab: Lab, desk: Desk, failed: str) -> None:
    desk.command("modelship:open-run", run=failed)
    expect(desk.run().log).to_be_visible()
    expect(desk.run().root.get_by_role("alert").first).to_be_visible()
    unharmed(desk.page, desk.run().root)


def test_report_of_friction(lab: Lab, desk: Desk, failed: str) -> None:
    desk.page.evaluate(
        "run => void window.jupyterapp.commands.execute('modelship:report-friction', {run})",
        failed,
    )
    dialog = desk.page.get_by_role("dialog")
    expect(dialog.get_by_role("document")).to_have_attribute("aria-busy", "false")
    dialog.get_by_role("checkbox").check()
    expect(dialog.get_by_role("document")).to_contain_text("def double")
    unharmed(desk.page, dialog)


def test_commands_with_hostile_arguments_do_nothing(lab: Lab, desk: Desk) -> None:
    lab.book("hostile/plain.ipynb", "a = 1")
    book = desk.open("hostile/plain.ipynb")
    before = book.content()
    for role in (IMAGE, "__proto__", 7, None, {"role": "endpoint"}):
        assert not desk.page.evaluate(
            "role => window.jupyterapp.commands.isEnabled('modelship:set-role', {role})", role
        )
        desk.page.evaluate(
            "role => window.jupyterapp.commands.execute('modelship:set-role', {role})"
            ".then(() => null, () => null)",
            role,
        )
    assert book.content() == before
