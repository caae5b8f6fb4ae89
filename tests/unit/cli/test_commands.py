"""Whole commands: what they print and the exit code, in a home that has seen nothing yet."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_modelship.cli import main
from jupyter_modelship.cli import services as cli_services
from jupyter_modelship.places import places
from jupyter_modelship.runs import services
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import Request
from jupyter_modelship.targets.fake import FakeTarget
from jupyter_modelship.targets.port import Observation, Release, Tell, silent

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MODELSHIP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(words)
    told = capsys.readouterr()
    return code, told.out, told.err


def test_check_says_of_every_cell_what_becomes_of_it_and_why(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, _ = run(capsys, "check", str(EXAMPLES / "iris.ipynb"))
    assert code == 0
    first, *cells, last = out.splitlines()
    assert first == "iris.ipynb → local: 2 of 10 cells ship, 1 endpoint"
    assert [line.split()[0] for line in cells] == [str(number) for number in range(2, 11)]
    assert cells[5].endswith("source     predict → SPECIES")
    assert last == "✓ Nothing stands in the way."


def test_check_of_hidden_state_blocks_with_exit_code_3(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check", str(EXAMPLES / "hidden-state.ipynb"))
    assert code == 3
    assert "which no cell defines  orphan-name" in out
    assert "  → move cell 5 " in out


def test_check_as_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check", "--json", str(EXAMPLES / "wine.ipynb"))
    document = json.loads(out)
    assert code == 0
    assert document["service"] == "wine"
    assert document["summary"]["endpoints"] == ["POST /classify", "POST /explain"]
    assert document["artifacts"] == ["model"]


def test_the_advice_for_hidden_state_works(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    path = home / "advised.ipynb"
    shutil.copy(EXAMPLES / "hidden-state.ipynb", path)
    book = json.loads(path.read_text(encoding="utf-8"))
    text, imports, fit, predict, data = book["cells"]
    imports["source"] = [*imports["source"], "\nscale = 10.0"]
    book["cells"] = [text, imports, data, fit, predict]
    for number, cell in enumerate(book["cells"][1:], 1):
        cell["execution_count"] = number
    path.write_text(json.dumps(book), encoding="utf-8")
    code, out, _ = run(capsys, "check", str(path))
    assert (code, out.splitlines()[-1]) == (0, "✓ Nothing stands in the way.")


def test_a_notebook_that_is_not_there_is_exit_code_4(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "check", "/nowhere/nb.ipynb")
    assert (code, out) == (4, "")
    assert err == (
        "✗ there is no notebook at /nowhere/nb.ipynb\n  → check the path; it ends in .ipynb\n"
    )


def test_errors_as_json_go_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "status", "nobody", "--json")
    assert (code, err) == (4, "")
    assert json.loads(out)["error"]["code"] == "nothing-there"


def test_debug_shows_where_an_error_comes_from() -> None:
    from jupyter_modelship.errors import NothingThere

    with pytest.raises(NothingThere):
        main(["status", "nobody", "--debug"])


def test_nothing_is_deployed_to_a_cluster_that_nobody_has_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", "/nowhere/config")
    code, _, err = run(
        capsys, "deploy", str(EXAMPLES / "iris.ipynb"), "--target", "kubernetes", "--yes"
    )
    assert code == 2
    assert "nothing can be asked of a cluster: no kubeconfig says where a cluster is" in err


@pytest.mark.parametrize(
    "words", [("list",), ("status",), ("audit",), ("prune", "--dry-run")], ids=" ".join
)
def test_with_nothing_there_reading_commands_say_so(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    code, out, err = run(capsys, *words)
    assert (code, err) == (0, "")
    assert out.count("\n") == 1


@pytest.mark.parametrize(
    "command", ["stop", "start", "rollback", "delete", "logs", "cancel", "debug"]
)
def test_with_nothing_there_other_commands_are_exit_code_4(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    code, out, err = run(capsys, command, "nobody")
    assert (code, out) == (4, "")
    assert err.startswith("✗ ")
    assert "  → " in err


def test_arguments_of_a_call_that_are_no_json_say_how_to_write_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, _, err = run(capsys, "call", "iris", "predict", "{row: 1}")
    assert code == 2
    assert """'{"x": 1.5}'""" in err


def test_nobody_is_asked_where_nobody_can_answer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from jupyter_modelship.cli.ask import confirmed
    from jupyter_modelship.errors import UsageError

    with pytest.raises(UsageError) as refused:
        confirmed("Ship it?", yes=False)
    assert refused.value.remedy == "add --yes"
    assert confirmed("Ship it?", yes=True)


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> FakeTarget:
    """A target whose services others see too."""
    made = FakeTarget("kubernetes")
    monkeypatch.setattr(services, "open_targets", lambda _: {"kubernetes": made})
    return made


def test_what_is_done_to_services_is_in_the_audit_of_this_machine_and_of_the_cluster(
    capsys: pytest.CaptureFixture[str], shared: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_services, "user", lambda: "ada\x1b[31m")
    release = Release(
        *("iris", "plan", "b4b4b4b4", Path("/b"), Path("/python"), "/books/iris.ipynb", "run-1"),
        who="bob",
        overrides=("secret-found",),
    )
    asyncio.run(_ship(shared, release))
    for words in (("stop", "iris"), ("start", "iris"), ("delete", "iris", "--yes")):
        assert run(capsys, *words)[0] == 0

    _, out, _ = run(capsys, "audit", "iris")
    here, there = out.split("Kept by the cluster:")
    assert [line[18:] for line in here.splitlines() if "→" in line] == [
        "delete     iris → kubernetes revision 1, bundle b4b4b4, by ada [31m",
        "start      iris → kubernetes revision 1, bundle b4b4b4, by ada [31m",
        "stop       iris → kubernetes revision 1, bundle b4b4b4, by ada [31m",
    ]
    assert there.splitlines()[-1][18:] == (
        "deploy     iris → kubernetes revision 1, bundle b4b4b4, by bob, in spite of secret-found"
    )
    _, out, _ = run(capsys, "audit", "iris", "--json")
    told = [(each["kept"], each["deed"], each["who"]) for each in json.loads(out)]
    assert told[:3] == [("here", deed, "ada\x1b[31m") for deed in ("stop", "start", "delete")]
    assert told[3] == ("cluster", "deploy", "bob")


class Lame(FakeTarget):
    """Whatever is started ends by itself."""

    async def start(self, service: str, *, who: str = "", tell: Tell = silent) -> Observation:
        seen = await super().start(service, who=who, tell=tell)
        return replace(seen, state="failed", reason="it ends by itself")


def test_a_start_tells_what_it_waits_for_and_fails_where_nothing_runs_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lame = Lame("kubernetes", waits=["no room \x1b[31myet"])
    monkeypatch.setattr(services, "open_targets", lambda _: {"kubernetes": lame})
    names = ("iris", "plan", "b4b4b4b4", Path("/b"), Path("/python"), "/books/iris.ipynb", "run-1")
    asyncio.run(_ship(lame, Release(*names)))
    code, out, err = run(capsys, "start", "iris")
    assert (code, err) == (1, "… no room  [31myet\n")
    assert "it ends by itself" in out


async def _ship(target: FakeTarget, release: Release) -> None:
    await target.apply(release, await target.stage(release))


def test_nobody_takes_over_a_service_of_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    book = str(EXAMPLES / "iris.ipynb")
    code, _, err = run(capsys, "deploy", book, "--yes", "--take-over")
    assert code == 2
    assert "only services of a cluster are taken over" in err


def test_audit_says_what_was_overridden_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    why = {"secret-found": "a key of the sandbox, revoked\x1b[31m on Monday"}
    request = Request(
        id="00000000-0000-4000-8000-000000000001",
        service="iris",
        target="container",
        notebook="/books/iris.ipynb",
        notebook_digest="a" * 64,
        plan_digest="b" * 64,
        body={"who": "ada", "overrides": why},
    )
    with Journal.open(places()) as journal:
        journal.submit(request)
    code, out, _ = run(capsys, "audit", "iris")
    assert code == 0
    assert "by ada\n    override  secret-found: a key of the sandbox, revoked" in out
    assert "\x1b" not in out
    assert json.loads(run(capsys, "audit", "--json")[1])[0]["overrides"] == why
