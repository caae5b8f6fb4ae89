"""What people see, line by line."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest

from jupyter_modelship.cli import deploy, main
from jupyter_modelship.cli.ink import Ink, count, plain, size
from jupyter_modelship.cli.progress import Progress
from jupyter_modelship.cli.report import finding_lines
from jupyter_modelship.model import Finding
from jupyter_modelship.plan.options import Options

PLAIN = Ink(colours=False)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_elsewhere_than_on_a_terminal_a_stage_is_one_line_when_it_is_done() -> None:
    stream = io.StringIO()
    progress = Progress(stream, PLAIN, live=False)
    progress.stage("rehearse", {"state": "started"})
    progress.doing("cell 5 (model.fit(X, y))")
    progress.stage("rehearse", {"state": "done", "seconds": 8.41, "summary": "cells 2 and 5"})
    assert stream.getvalue() == "  ✓ rehearse    8.4 s  cells 2 and 5\n"


def test_on_a_terminal_the_running_stage_is_redrawn_in_place() -> None:
    stream, clock = io.StringIO(), Clock()
    progress = Progress(stream, PLAIN, live=True, clock=clock)
    progress.stage("lock", {"state": "started"})
    clock.now = 0.5
    progress.doing("asking")
    progress.stage("lock", {"state": "failed", "seconds": 0.5})
    assert stream.getvalue() == (
        "\r\x1b[K  ⠋ lock        0.0 s  "
        "\r\x1b[K  ⠴ lock        0.5 s  asking"
        "\r\x1b[K"
        "  ✗ lock        0.5 s\n"
    )


def test_stages_without_anything_to_say_are_not_shown() -> None:
    stream = io.StringIO()
    progress = Progress(stream, PLAIN, live=False)
    progress.stage("extract", {"state": "done", "seconds": 0.1})
    assert stream.getvalue() == ""


def test_what_blocks_comes_first_and_every_remedy_stands_below_its_problem() -> None:
    note = Finding("shared-state", "note", "cell 5 changes it", "keep it elsewhere", number=5)
    block = Finding("orphan-name", "block", "no cell defines `x`", "add the cell", number=7)
    assert finding_lines([note, block], PLAIN) == [
        "✗ no cell defines `x`  orphan-name",
        "  → add the cell",
        "· cell 5 changes it  shared-state",
        "  → keep it elsewhere",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("\x1b]8;;http://x\x07link", " ]8;;http://x link"),
        ("one\ntwo", "one two"),
        ("right\u202eto left", "right to left"),
    ],
)
def test_text_of_others_cannot_steer_the_terminal(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_sizes_and_counts_read_well() -> None:
    assert [size(812), size(1200), size(1_234_567), size(3 * 10**9)] == [
        "812 B",
        "1 kB",
        "1.2 MB",
        "3.0 GB",
    ]
    assert [count(1, "cell"), count(2, "cell"), count(0, "reply", "replies")] == [
        "1 cell",
        "2 cells",
        "0 replies",
    ]


def test_deploy_says_how_much_memory_a_replica_gets_before_it_asks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = Options(target="kubernetes", repository="registry.example/team/iris")
    plan = SimpleNamespace(options=options, service="iris")
    reviewed = SimpleNamespace(plan=plan, notebook=None, findings=())

    async def review(*_: object) -> tuple[object, None, str]:
        return reviewed, None, "ada"

    monkeypatch.setattr(deploy, "_review", review)
    monkeypatch.setattr(deploy, "headline", lambda *_: "iris.ipynb → kubernetes")
    monkeypatch.setattr(deploy, "hole_lines", lambda _: [])
    monkeypatch.setattr(deploy, "confirmed", lambda *_, **__: False)
    assert main(("deploy", "iris.ipynb", "--target", "kubernetes")) == 1
    assert "each replica gets 1024 MiB of memory: a guess" in capsys.readouterr().out
