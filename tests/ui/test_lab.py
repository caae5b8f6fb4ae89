"""The rig itself: a JupyterLab as a person finds it, and tests that fail of what they should."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import expect

from .conftest import Complaints
from .lab import Lab
from .pages import Desk, picture


def test_a_notebook_opens_and_its_cells_run(lab: Lab, desk: Desk) -> None:
    lab.book("rig/plain.ipynb", "6 * 7")
    book = desk.open("rig/plain.ipynb")
    book.execute(1)
    expect(book.output(1)).to_have_text("42")


def test_edits_are_seen_and_saved(lab: Lab, desk: Desk) -> None:
    path = lab.book("rig/edited.ipynb", "a = 1", ("b = 2", "endpoint"))
    book = desk.open("rig/edited.ipynb")
    book.replace(1, "a = 3")
    assert [cell["source"] for cell in book.content()["cells"]] == ["a = 3", "b = 2"]
    book.save()
    assert '"a = 3"' in path.read_text(encoding="utf-8")


def test_files_are_in_the_browser_and_open(desk: Desk) -> None:
    desk.files.open("iris.ipynb")
    expect(desk.tab("iris.ipynb")).to_be_visible()


def test_the_extension_is_the_one_of_this_checkout(desk: Desk) -> None:
    config = json.loads(desk.page.locator("#jupyter-config-data").text_content() or "")
    names = [extension["name"] for extension in config["federated_extensions"]]
    assert "@jupyter-modelship/labextension" in names


def test_errors_of_the_page_are_heard(desk: Desk, complaints: Complaints) -> None:
    complaints.expect("a console error|a thrown error|a rejected promise")
    desk.page.evaluate(
        """() => {
            console.error('a console error');
            setTimeout(() => { throw new Error('a thrown error'); });
            Promise.reject(new Error('a rejected promise'));
            return new Promise(done => setTimeout(done, 50));
        }"""
    )
    assert len(complaints.told) == 3
    assert complaints.unexpected == []
    assert Complaints(complaints.told).unexpected == complaints.told


def test_a_picture_is_taken_in_light_and_in_dark(desk: Desk, tmp_path: Path) -> None:
    light, dark = picture(desk.page, "window", folder=tmp_path)
    assert [light.name, dark.name] == ["window-light.png", "window-dark.png"]
    assert light.read_bytes() != dark.read_bytes()
    expect(desk.page.locator("body")).to_have_attribute("data-jp-theme-light", "true")
