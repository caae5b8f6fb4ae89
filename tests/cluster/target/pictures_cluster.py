"""Pictures of a service on a cluster: its card, and a revision that does not come up there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.ui.conftest import SIZE, browser  # noqa: F401 - a fixture
from tests.ui.lab import Lab, build, running
from tests.ui.pages import Desk, picture

from .dock import Dock
from .person import FLOWER, base_reference

BROKEN = "import os\n\nclass Scale:\n    factor = 1 / 0 if os.path.isdir('/service') else 1\n\n"


@pytest.fixture
def lab(dock: Dock, tmp_path: Path) -> Iterator[Lab]:
    """A JupyterLab whose kubeconfig names the namespace."""
    dock.images.base()
    build()
    (tmp_path / "lab").mkdir()
    with running(tmp_path / "lab") as made:
        yield made


@pytest.fixture
def desk(lab: Lab, browser: Browser) -> Iterator[Desk]:  # noqa: F811 - the fixture
    context = browser.new_context(
        viewport={"width": SIZE["width"], "height": SIZE["height"]},
        locale="en-US",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{lab.url}lab?token={lab.token}")
    Desk(page).ready()
    yield Desk(page)
    context.close()


def written(lab: Lab, dock: Dock, before: str = "") -> None:
    """iris.ipynb for the cluster, with `before` in front of its endpoint and used in it."""
    path = lab.root / "iris.ipynb"
    book = json.loads(path.read_text(encoding="utf-8"))
    registry = dock.images.cluster.registry
    book["metadata"]["modelship"] = {
        "version": 1,
        "target": "kubernetes",
        "engine": "oci",
        "base": base_reference(registry),
        "repository": f"{registry}/{dock.namespace}/iris",
        "replicas": 2,
    }
    for cell in book["cells"]:
        text = "".join(cell["source"])
        if before and "def predict" in text:
            used = text.replace("    return SPECIES", "    Scale()\n    return SPECIES")
            cell["source"] = before + used
    path.write_text(json.dumps(book), encoding="utf-8")


@pytest.mark.timeout(900)
def test_the_card_and_a_revision_that_does_not_come_up(lab: Lab, dock: Dock, desk: Desk) -> None:
    written(lab, dock)
    lab.modelship("deploy", "iris.ipynb", "--yes")
    desk.panel.show().service("iris").get_by_role("button", name="iris kubernetes").click()
    card = desk.card("iris")
    card.show("Watch")
    for _ in range(40):  # so that there is something to see
        lab.modelship("call", "iris", "predict", FLOWER)
    expect(card.root).not_to_contain_text("No request in the last hour")
    expect(card.root).to_contain_text("taking")
    desk.command("apputils:dismiss-notification")
    picture(desk.page, "cluster-watch")
    written(lab, dock, BROKEN)
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        lab.modelship("deploy", "iris.ipynb", "--yes")
    desk.panel.service("iris").get_by_role("button", name="Revision 2 failed").click()
    cause = desk.page.get_by_role("alert").filter(has_text="What the program said")
    expect(cause).to_contain_text("ZeroDivisionError")
    desk.command("apputils:dismiss-notification")
    picture(desk.page, "cluster-failed")
