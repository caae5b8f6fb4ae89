"""The view of a run: stages, log, cause and remedy; what may come in between changes nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect

from .conftest import Complaints
from .lab import Lab
from .pages import Desk, Run

LINES = 300
TALKS = f"""
print("\\x1b[32mgreen\\x1b[0m and \\x1b[1mbold\\x1b[0m")
print("<img src=x onerror=\\"document.title='taken'\\">")
print("name\\u202etxt.exe")
print("long " + "x" * 10_000)
for number in range({LINES}):
    print("line", number, "of many")
"""
SERVE = ("def answer(x: float) -> float:\n    return value * x", "endpoint")
SLOW = """
import time
for number in range(400):
    print("step", number)
    time.sleep(0.02)
value = float("3")
"""
FAILS = (
    "table = {'petal width (cm)': 0.2}\nprint('rows:', len(table))\nvalue = table['petal width']"
)


class Deploy:
    """`modelship deploy` of the command line, which runs beside the browser."""

    def __init__(self, lab: Lab, notebook: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_modelship.cli", "deploy", notebook, "--yes", "--json"],
            env=dict(lab.environment),
            cwd=lab.root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def end(self) -> Any:
        """What it printed in the end."""
        text, _ = self._process.communicate(timeout=240)
        return json.loads(text)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def deploying(lab: Lab, notebook: str) -> Iterator[Deploy]:
    deploy = Deploy(lab, notebook)
    try:
        yield deploy
    finally:
        deploy.kill()


def run_of(lab: Lab, service: str, *, after: str = "") -> str:
    """The newest run of a service, as soon as the server knows one (another one than `after`)."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for one in lab.request("modelship/api/v1/services"):
            if one["service"] == service and one["run"] and one["run"]["id"] != after:
                return str(one["run"]["id"])
        time.sleep(0.1)
    raise AssertionError(f"no run of {service}")


def show(desk: Desk, run: str) -> Run:
    desk.command("modelship:open-run", run=run)
    view = desk.run()
    expect(view.root).to_be_visible()
    return view


@pytest.fixture(scope="module")
def talkative(lab: Lab) -> str:
    """A run that said much and succeeded."""
    lab.book("run/talks.ipynb", (TALKS + "\nvalue = float('2')", "train"), SERVE)
    with deploying(lab, "run/talks.ipynb") as deploy:
        return str(deploy.end()["run"])


@pytest.fixture(scope="module")
def failed(lab: Lab) -> str:
    """A run that failed in line 3 of cell 1."""
    lab.book("run/fails.ipynb", (FAILS, "train"), SERVE)
    with deploying(lab, "run/fails.ipynb") as deploy:
        return str(deploy.end()["run"])


def test_a_run_that_succeeded_shows_stages_with_times_and_its_log(
    desk: Desk, talkative: str
) -> None:
    view = show(desk, talkative)
    expect(view.root.get_by_role("heading", level=1)).to_have_text("talks, revision 1 → local")
    stages = view.root.get_by_role("list", name="Stages").get_by_role("listitem")
    names = [re.findall(r"\w+", text)[0] for text in stages.all_inner_texts()]
    assert names == ["Extract", "Lock", "Rehearse", "Prove", "Deploy", "Confirm"]
    for stage in stages.all():
        expect(stage).to_have_text(re.compile(r"done\d+(\.\d)? m?s$"))
    expect(view.log).to_contain_text(f"line {LINES - 1} of many")
    expect(view.button("Cancel")).to_have_count(0)
    expect(view.button("Open service")).to_be_visible()


def test_the_log_is_text_whatever_it_says(desk: Desk, talkative: str) -> None:
    view = show(desk, talkative)
    view.root.get_by_role("searchbox", name="Find in the log").fill("onerror")
    expect(view.log).to_contain_text("<img src=x onerror=")
    expect(view.log.locator("img")).to_have_count(0)
    expect(view.log.locator(".jp-modelship-ansi-fg-green")).to_have_text("green")
    expect(view.log).to_contain_text("name⟨U+202E⟩txt.exe")
    assert max(map(len, view.log.inner_text().splitlines())) <= 2_100
    assert desk.page.title() != "taken"


def test_only_the_lines_that_are_seen_are_in_the_page(desk: Desk, talkative: str) -> None:
    view = show(desk, talkative)
    lines = view.log.locator(".jp-modelship-Run-line")
    expect(lines.last).to_have_text(f"line {LINES - 1} of many")
    assert lines.count() < LINES / 2
    view.log.focus()
    desk.page.keyboard.press("Home")
    view.log.evaluate("node => { node.scrollTop = 0; }")
    expect(view.log).to_contain_text("green and bold")
    expect(view.root.get_by_role("checkbox", name="follow")).not_to_be_checked()


def test_find_goes_from_hit_to_hit_and_copy_takes_all_of_it(desk: Desk, talkative: str) -> None:
    view = show(desk, talkative)
    find = view.root.get_by_role("searchbox", name="Find in the log")
    find.fill("LINE 1")
    expect(view.root.get_by_text("1 of 111")).to_be_visible()
    expect(view.log.locator(".jp-mod-current")).to_have_text("line 1 of many")
    find.press("Shift+Enter")
    expect(view.log.locator(".jp-mod-current")).to_have_text("line 199 of many")
    find.press("Enter")
    find.press("Enter")
    expect(view.log.locator(".jp-mod-current")).to_have_text("line 10 of many")
    view.button("copy").click()
    copied = desk.page.evaluate("() => navigator.clipboard.readText()")
    assert copied.count("of many\n") == LINES


def test_the_whole_log_can_be_downloaded(desk: Desk, talkative: str) -> None:
    view = show(desk, talkative)
    with desk.page.expect_download() as download:
        view.root.get_by_role("link", name="download").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert text.count("of many\n") == LINES


def test_a_failure_says_why_above_the_log_and_leads_to_the_line(desk: Desk, failed: str) -> None:
    view = show(desk, failed)
    cause = view.root.get_by_role("alert")
    expect(cause.get_by_role("heading")).to_have_text(
        re.compile("Rehearsal failed in cell 1, line 3")
    )
    expect(cause).to_contain_text("KeyError: 'petal width'")
    above, below = cause.bounding_box(), view.log.bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] + above["height"] <= below["y"]
    cause.get_by_text("What the program said").click()
    expect(cause.locator("pre")).to_contain_text("Traceback")
    cause.get_by_role("button", name="Go to cell 1").click()
    marked = desk.page.locator(".jp-modelship-mark-place")
    expect(marked).to_have_text("value = table['petal width']")
    expect(desk.tab("fails.ipynb")).to_have_attribute("aria-selected", "true")


def test_a_terminal_opens_where_the_run_failed(desk: Desk, lab: Lab, failed: str) -> None:
    """Its text is a picture: so what is typed there is looked for, in the notebook's folder."""
    view = show(desk, failed)
    expect(view.button("Retry")).to_be_visible()
    expect(view.button("Report friction")).to_be_visible()
    view.button("Open terminal here").click()
    desk.page.get_by_role("textbox", name="Terminal input").focus()
    desk.page.keyboard.type("touch looked-into.txt\n")
    while not (lab.root / "run" / "looked-into.txt").exists():
        desk.page.wait_for_timeout(50)


def test_a_run_that_goes_on_survives_refresh_closed_tab_and_breaks(
    lab: Lab, context: BrowserContext, open_window: Callable[..., Page], complaints: Complaints
) -> None:
    complaints.expect("WebSocket|net::ERR|Failed to fetch")
    lab.book("run/slow.ipynb", (SLOW, "train"), SERVE)
    sockets: list[WebSocketRoute] = []

    def routed(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    context.route_web_socket(re.compile("modelship/api/v1/channels"), routed)
    page = open_window()
    desk = Desk(page)
    with deploying(lab, "run/slow.ipynb") as deploy:
        view = show(desk, run_of(lab, "slow"))
        expect(view.log).to_contain_text("step 5", timeout=60_000)
        expect(view.root.get_by_role("status").first).to_have_text(re.compile("Rehearse: cell 1"))
        sockets[-1].close()
        expect(view.root.get_by_text("Reconnecting to the server")).to_be_visible()
        expect(view.root.get_by_text("Reconnecting to the server")).to_have_count(0)
        page.reload()
        desk.ready()
        expect(view.log).to_contain_text("step")
        desk.tab("Run: slow").locator(".lm-TabBar-tabCloseIcon").click()
        view = show(desk, run_of(lab, "slow"))
        sockets[-1].close()
        deploy.end()
    expect(view.root.get_by_text("It is live, and unproven")).to_be_visible(timeout=60_000)
    view.button("copy").click()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    steps = [line for line in copied.splitlines() if line.startswith("step")]
    assert steps == [f"step {number}" for number in range(400)]


def test_cancel_ends_a_run_and_retry_begins_the_same_plan_again(lab: Lab, desk: Desk) -> None:
    lab.book(
        "run/waits.ipynb",
        ("import time\nprint('waiting')\ntime.sleep(600)\nvalue = 4.0 * len('x')", "train"),
        SERVE,
    )
    with deploying(lab, "run/waits.ipynb"):
        first = run_of(lab, "waits")
        view = show(desk, first)
        expect(view.log).to_contain_text("waiting", timeout=60_000)
        view.button("Cancel").click()
        expect(view.root.get_by_text("Cancelled", exact=True)).to_be_visible(timeout=30_000)
    view.button("Retry").click()
    expect(desk.tab("Run: waits")).to_have_count(2, timeout=60_000)
    view = desk.run()
    expect(view.button("Cancel")).to_be_visible()
    assert run_of(lab, "waits", after=first)
    view.button("Cancel").click()
    expect(view.root.get_by_text("Cancelled", exact=True)).to_be_visible(timeout=30_000)


def test_a_run_is_told_of_while_other_things_are_in_front(lab: Lab, desk: Desk) -> None:
    lab.book("run/told.ipynb", (FAILS, "train"), SERVE)
    with deploying(lab, "run/told.ipynb") as deploy:
        deploy.end()
    told = desk.notification("told → local: Rehearsal failed in cell 1, line 3")
    expect(told).to_be_visible()
    told.get_by_role("button", name="See why").click()
    expect(desk.run().root.get_by_role("alert")).to_contain_text("KeyError")


@pytest.mark.parametrize("run", ["", "../../services", "<img src=x>", 7, None])
def test_what_is_no_run_opens_nothing(desk: Desk, run: object) -> None:
    desk.command("modelship:open-run", run=run)
    expect(desk.run().root).to_have_count(0)
