"""What people do to services afterwards: stop, start, roll back, delete, prune, audit."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from hashlib import sha256

import psutil
import pytest

from jupyter_modelship.cli.parser import COMMANDS
from tests.line.conftest import Home

CELLS = (
    "rows = open('data.csv').read().split(',')",
    ("def go(x: int) -> int:\n    return x + len(rows)", "endpoint"),
    "go(1)",
)


@pytest.fixture(scope="module")
def kept(home: Home) -> Home:
    """A service of two revisions, the second of which adds 100."""
    (home.folder / "data.csv").write_text("1,2,3")
    home.book("rev", *CELLS)
    home.run("deploy", "rev.ipynb", "--yes")
    home.book("rev", CELLS[0], (str(CELLS[1][0]).replace("x +", "100 + x +"), "endpoint"), CELLS[2])
    home.run("deploy", "rev.ipynb", "--yes")
    return home


def serving(home: Home) -> Iterator[psutil.Process]:
    for process in home.processes():
        if "modelship_runtime" in process.cmdline():
            yield process


def test_audit_shows_the_data_and_whether_it_could_be_retrained(kept: Home) -> None:
    first = kept.run("audit", "rev", "--json").document[-1]
    (read,) = first["record"]["reads"]
    assert read["path"] == str(kept.folder / "data.csv")
    assert read["sha256"] == sha256(b"1,2,3").hexdigest()
    assert first["retrainable"]["possible"] is False
    assert "git" in first["retrainable"]["blockers"][0]
    shown = kept.run("audit", "rev").out
    assert f"data      {kept.folder / 'data.csv'}, 5 B, sha256 {read['sha256'][:6]}" in shown
    assert "not retrainable: the notebook is in no git repository" in shown
    (kept.folder / "data.csv").write_text("1,2,3,4")
    blockers = kept.run("audit", "rev", "--json").document[-1]["retrainable"]["blockers"]
    (kept.folder / "data.csv").write_text("1,2,3")
    assert blockers[-1] == f"{kept.folder / 'data.csv'} has changed since"


def test_stop_start_and_roll_back(kept: Home) -> None:
    stopped = kept.run("stop", "rev").out
    assert stopped.split()[:6] == ["○", "rev", "stopped", "local", "revision", "2"]
    assert list(serving(kept)) == []
    refused = kept.run("call", "rev", "go", '{"x": 1}', good=False)
    assert refused.err == "✗ rev is stopped\n  → start it: jupyter modelship start rev\n"
    url = kept.run("start", "rev", "--json").document["url"]
    assert kept.call("rev", "go", x=1) == 104
    back = kept.run("rollback", "rev", "--json").document
    assert (back["revision"], back["url"]) == (3, url)
    assert kept.call("rev", "go", x=1) == 4
    kept.run("rollback", "rev", "--to", "2")
    assert kept.call("rev", "go", x=1) == 104
    wrong = kept.run("rollback", "rev", "--to", "99", good=False)
    assert (wrong.code, "has not kept revision 99" in wrong.err) == (4, True)


def test_prune_keeps_what_revisions_need(kept: Home) -> None:
    bundles = kept.state("bundles")
    needed = {
        one["bundle_digest"] for one in kept.run("status", "rev", "--json").document["revisions"]
    }
    kept.run("stop", "rev")
    would = kept.run("prune", "--cache", "--dry-run", "--json").document
    assert would["removed"] is False
    assert would["bytes"] > 0
    before = {path.name for path in bundles.iterdir()}
    assert {path.name for path in bundles.iterdir()} == before
    done = kept.run("prune", "--cache", "--json").document
    assert (done["removed"], done["paths"]) == (True, would["paths"])
    assert {path.name.split(".")[0] for path in bundles.iterdir()} == needed
    assert not kept.folder.joinpath("home", "cache", "rehearsals").exists()
    kept.run("start", "rev")
    assert kept.call("rev", "go", x=1) == 104
    assert kept.run("prune").out == "There is nothing to remove.\n"


def test_a_keeper_that_is_killed_is_missed_and_start_brings_it_back(kept: Home) -> None:
    url = kept.run("status", "rev", "--json").document["url"]
    processes = kept.processes()
    (keeper,) = [p for p in processes if "jupyter_modelship.targets.keeper" in p.cmdline()]
    keeper.send_signal(signal.SIGKILL)
    assert psutil.wait_procs(processes, timeout=60)[1] == [], "its services go with it"
    told = kept.run("status", "rev").out
    assert told.startswith("▲ rev  gone")
    assert "the keeper is not running\n  → start it: jupyter modelship start rev\n" in told
    refused = kept.run("call", "rev", "go", '{"x": 1}', good=False)
    assert refused.err == "✗ rev is gone\n  → start it: jupyter modelship start rev\n"
    assert kept.run("start", "rev", "--json").document["url"] == url
    assert kept.call("rev", "go", x=1) == 104


def test_what_runs_here_has_no_release_that_others_apply(kept: Home) -> None:
    refused = kept.run("release", "rev", "--output", "released", "--json", good=False)
    told = refused.document["error"]
    assert (refused.code, told["code"]) == (2, "usage")
    assert told["message"] == "rev runs on the target local, for which others can apply nothing"
    assert told["remedy"].startswith("deploy it with --target kubernetes first")
    assert not (kept.folder / "released").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("check", "rev.ipynb"),
        ("preview", "rev.ipynb"),
        ("deploy", "rev.ipynb", "--yes"),
        ("list",),
        ("status",),
        ("status", "rev"),
        ("logs", "rev"),
        ("logs", "rev", "--build"),
        ("call", "rev", "go", '{"x": 1}'),
        ("cancel", "rev"),
        ("stop", "rev"),
        ("start", "rev"),
        ("rollback", "rev"),
        ("prune",),
        ("audit",),
        ("bases",),
        ("debug", "rev"),
        ("doctor",),
        ("delete", "rev", "--yes"),
    ],
    ids=" ".join,
)
def test_json_is_one_document(kept: Home, words: tuple[str, ...]) -> None:
    told = kept.run(*words, "--json")
    assert isinstance(json.loads(told.out), (dict, list))
    assert told.err == ""


def test_every_command_is_among_them() -> None:
    (mark,) = test_json_is_one_document.pytestmark  # type: ignore[attr-defined] # set by pytest
    assert {words[0] for words in mark.args[1]} == set(COMMANDS) - {"release"}


def test_a_service_that_is_deleted_leaves_nothing(kept: Home) -> None:
    kept.book("gone", *CELLS)
    kept.run("deploy", "gone.ipynb", "--yes")
    bundle = kept.bundle("gone")
    assert kept.run("delete", "gone", "--yes").out == "gone is deleted.\n"
    assert not bundle.exists()
    assert not kept.state("services", "gone").exists()
    assert all(str(bundle) not in " ".join(p.cmdline()) for p in kept.processes())
