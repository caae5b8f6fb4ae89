"""The Jupyter server goes in the middle of a run, and comes again: nothing of the run is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from .conftest import Complaints
from .lab import Lab, Server, build, prepared
from .pages import Desk

LINES = 120
TRAINS = f"""
import time
for number in range({LINES}):
    print("step", number)
    time.sleep(0.1)
value = float("3")
"""
CELLS = (
    (TRAINS.strip(), "train"),
    ("def answer(x: float) -> float:\n    return value * x", "endpoint"),
    ("answer(2.0)", "example"),
)


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    build()
    folder = tmp_path_factory.mktemp("restarted")
    with Server(prepared(folder)) as made:
        made.start()
        yield made


@pytest.fixture
def lab(server: Server) -> Lab:
    """A JupyterLab of this test's own, which may be killed."""
    return server.lab


@pytest.mark.timeout(300)
def test_a_run_outlives_the_server_and_its_log_has_every_line_once(
    lab: Lab, server: Server, desk: Desk, complaints: Complaints
) -> None:
    # While nobody answers, everything in the window complains of that.
    complaints.expect("ERR_CONNECTION|ERR_EMPTY|WebSocket|Failed to fetch|NetworkError|403|404|503")
    # JupyterLab says so too, when it notices, and waits for a click.
    told = desk.page.get_by_role("dialog", name="Server Connection Error")
    desk.page.add_locator_handler(told, lambda: told.get_by_role("button").click())
    lab.book("long.ipynb", *CELLS)
    desk.command("modelship:deploy", path="long.ipynb")
    desk.review().ready().ship.click()
    run = desk.run()
    expect(run.log).to_contain_text("step 5", timeout=60_000)

    server.kill()
    away = run.root.get_by_text("Reconnecting to the server. The run goes on, nothing is lost.")
    expect(away).to_be_visible()
    expect(run.log).to_contain_text("step 5")
    server.start()

    expect(away).to_have_count(0, timeout=60_000)
    expect(run.root).to_contain_text("It is live.", timeout=120_000)
    expect(run.root.get_by_role("list", name="Stages")).to_contain_text(re.compile(r"Confirm.*ms"))
    run.button("copy").click()
    copied = desk.page.evaluate("() => navigator.clipboard.readText()")
    steps = [line for line in copied.splitlines() if line.startswith("step")]
    assert steps == [f"step {number}" for number in range(LINES)]
    (only,) = lab.request("modelship/api/v1/runs")
    assert only["state"] == "succeeded"
    run.button("Open service").click()
    expect(desk.card("long").send()).to_contain_text("6", timeout=60_000)
