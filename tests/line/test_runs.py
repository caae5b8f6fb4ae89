"""A run that is under way: watched, left alone, ended. What was live goes on."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.line.conftest import MODELSHIP, Home

LIVE = (("def go(x: int) -> int:\n    return x", "endpoint"), "go(1)")
WAITS = (
    """\
def wait():
    with open("begun", "w") as told:
        told.write("yes")
    with open("go") as asked:
        return len(asked.read())""",
    ("k = wait()", "train"),
    ("def go(x: int) -> int:\n    return x + k", "endpoint"),
    "go(1)",
)


@pytest.fixture(scope="module")
def live(home: Home) -> Home:
    home.book("slow", *LIVE)
    home.run("deploy", "slow.ipynb", "--yes")
    home.book("slow", *WAITS)
    return home


class Gate:
    """Two named pipes: a cell opens them to say that it has begun, and to wait for us."""

    def __init__(self, folder: Path) -> None:
        self.begun, self.go = folder / "begun", folder / "go"
        for path in (self.begun, self.go):
            path.unlink(missing_ok=True)
            os.mkfifo(path)

    def wait(self) -> None:
        assert self.begun.read_text() == "yes"

    def open(self) -> None:
        self.go.write_text("!")


@pytest.fixture
def gate(live: Home) -> Iterator[Gate]:
    made = Gate(live.folder)
    yield made
    live.run("cancel", "slow", good=False)


def test_a_run_that_is_cancelled_leaves_what_was_live_and_nothing_else(
    live: Home, gate: Gate
) -> None:
    told = live.run("deploy", "slow.ipynb", "--yes", "--detach")
    run = told.out.split("run ")[1].split()[0]
    assert "watch it:  jupyter modelship logs slow --build -f" in told.out
    gate.wait()
    under_way = f"run {run[:8]} is under way: jupyter modelship logs slow --build -f"
    assert under_way in live.run("list").out
    assert under_way in live.run("status", "slow").out
    assert live.call("slow", "go", x=1) == 1
    again = live.run("deploy", "slow.ipynb", "--yes", "--detach", "--json").document
    assert again["run"] == run, "the same is being deployed already"
    other = ("deploy", "slow.ipynb", "--yes", "--compare", "exact")
    for words in (other, ("delete", "slow", "--yes")):
        refused = live.run(*words, good=False)
        assert refused.code == 2
        assert f"✗ run {run[:8]} is at work on slow" in refused.err
        assert "jupyter modelship cancel slow" in refused.err
    assert live.run("prune", good=False).code == 2
    stay = {"modelship_runtime", "jupyter_modelship.targets.keeper"}
    commands = {process: set(process.cmdline()) for process in live.processes()}
    transient = [process for process, words in commands.items() if not stay & words]
    assert any("ipykernel_launcher" in words for words in commands.values())

    assert live.run("cancel", "slow").out == f"run {run[:8]} of slow is cancelled\n"
    assert psutil.wait_procs(transient, timeout=60)[1] == []
    assert live.call("slow", "go", x=1) == 1
    assert live.run("list").out.startswith("● slow  running  local  revision 1")
    assert "is under way" not in live.run("list").out
    assert "cancelled" in live.run("audit", "slow").out
    assert (
        live.run("cancel", "slow").out
        == f"run {run[:8]} of slow has ended already, it is cancelled\n"
    )
    for path in ("runs", "bundles"):
        assert [p.name for p in live.state(path).iterdir() if p.name.startswith(".")] == []


def test_a_first_deployment_under_way_is_in_the_list_and_leaves_nothing_when_cancelled(
    live: Home, gate: Gate
) -> None:
    live.book("first", *WAITS)
    live.run("deploy", "first.ipynb", "--yes", "--detach")
    gate.wait()
    assert "◐ first  run " in live.run("list").out
    missing = live.run("status", "first", good=False)
    assert (missing.code, "is making it" in missing.err) == (4, True)
    live.run("cancel", "first")
    assert "first" not in live.run("list").out
    assert not live.state("services", "first").exists()


def test_whoever_watches_can_leave_and_come_back(live: Home, gate: Gate) -> None:
    """As at a terminal: the question, the stages in place, Ctrl-C."""
    screen, end = pty.openpty()
    watching = subprocess.Popen(
        [*MODELSHIP, "deploy", "slow.ipynb"],
        cwd=live.folder,
        env=live.environment,
        stdin=end,
        stdout=end,
        stderr=end,
        start_new_session=True,
    )
    os.close(end)
    seen = read_until(screen, "Ship slow? [y/N] ")
    os.write(screen, b"y\n")
    gate.wait()
    seen += read_until(screen, "cell 2 (k = wait())")
    assert "\r\x1b[K  ✓ lock" in seen
    watching.send_signal(signal.SIGINT)
    seen = read_until(screen, "end it:    jupyter modelship cancel ")
    assert "The run goes on.\r\nwatch it:  jupyter modelship logs slow --build -f\r\n" in seen
    assert watching.wait(timeout=60) == 130
    os.close(screen)

    follower = subprocess.Popen(
        [*MODELSHIP, "logs", "slow", "--build", "-f"],
        cwd=live.folder,
        env=live.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    opened = threading.Thread(target=gate.open)
    opened.start()
    told, _ = follower.communicate(timeout=60)
    opened.join()
    assert "[rehearse] cell 2 (`k = wait()`) running" in told
    assert told.endswith("[run] succeeded\n")
    assert live.call("slow", "go", x=1) == 2
    assert live.run("list").out.startswith("● slow  running  local  revision 2")


def read_until(descriptor: int, text: str) -> str:
    seen = b""
    while text.encode() not in seen:
        seen += os.read(descriptor, 1 << 12)
    return seen.decode()


def test_without_a_terminal_nobody_is_asked(live: Home) -> None:
    live.book("quiet", *LIVE)
    told = live.run("deploy", "quiet.ipynb", good=False)
    assert told.code == 2
    assert told.err == "✗ nobody is here to answer\n  → add --yes\n"
    assert live.run("audit", "quiet", good=False).code == 4
    told = live.run("delete", "slow", good=False)
    assert (told.code, told.err) == (2, "✗ nobody is here to answer\n  → add --yes\n")
