"""Below the address that a Hub gives a user's server: `/user/ann/` in front of everything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from .lab import Lab, build, running
from .pages import Desk

USER = "/user/ann/"
HALF = '''def half(x: float) -> float:
    """Half of it."""
    return x / 2'''


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab as a Hub starts it."""
    build()
    flags = [f"--ServerApp.base_url={USER}"]
    with running(tmp_path_factory.mktemp("hub"), flags=flags) as made:
        yield made


def test_a_service_is_reached_at_the_address_that_its_card_shows(desk: Desk, lab: Lab) -> None:
    lab.book("half.ipynb", (HALF, "endpoint"), ("half(3.0)", "example"))
    lab.modelship("deploy", "half.ipynb", "--yes")
    card = desk.card("half")
    row = desk.panel.show().service("half")
    expect(row).to_contain_text("revision 1")  # until its first run is over, a click shows the run
    row.get_by_role("button", name="half local").click()
    expect(card.send()).to_contain_text("✓ 200 · ")
    expect(card.reply).to_contain_text("1.5")
    card.root.get_by_role("button", name="Copy URL").click()
    address = desk.page.evaluate("() => navigator.clipboard.readText()")
    assert address == f"{lab.url}modelship/services/half/"
    assert lab.url.endswith(USER)
    described = desk.page.request.get(f"{address}openapi.json")
    assert (described.status, list(described.json()["paths"])) == (200, ["/half"])
