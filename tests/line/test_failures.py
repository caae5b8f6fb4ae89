"""What goes wrong is told with its place and the way on, and what was live stays live."""

from __future__ import annotations

import pytest

from jupyter_modelship.cli import main
from tests.line.conftest import Home, Source, Told

UNSTORABLE = {
    "lock": (
        "import threading",
        "def make():\n    return threading.Lock()",
        "guard = make()",
        ("def held(x: int) -> int:\n    with guard:\n        return x + 1", "endpoint"),
        "held(1)",
    ),
    "closure": (
        "k = 3",
        "def scale():\n    def inner(x):\n        return k * x\n    return inner",
        "guard = scale()",
        ("def held(x: int) -> int:\n    return guard(x) - 1", "endpoint"),
        "held(1)",
    ),
    "file": (
        "import os",
        "",
        "guard = open(os.devnull)",
        ("def held(x: int) -> int:\n    return x + len(guard.read()) + 1", "endpoint"),
        "held(1)",
    ),
}
TYPES = {"lock": "_thread.lock", "closure": "function", "file": "_io.TextIOWrapper"}


_ALL = pytest.mark.campaign  # the wording is one for all of them: one is in every change


@pytest.mark.parametrize(
    "kind", ["lock", *(pytest.param(kind, marks=_ALL) for kind in UNSTORABLE if kind != "lock")]
)
def test_a_value_that_cannot_be_stored_names_the_remedy_that_works(home: Home, kind: str) -> None:
    cells: list[Source] = list(UNSTORABLE[kind])
    home.book(kind, *cells)
    told = home.run("deploy", f"{kind}.ipynb", "--yes", good=False)
    assert told.code == 1
    assert "`guard` (" in told.err
    assert f"{TYPES[kind]}) from cell 3 (`{cells[2]}`) cannot ship as a file" in told.err
    assert "→ tag the cell `setup`" in told.err
    cells[2] = (str(cells[2]), "setup")
    home.book(kind, *cells)
    home.run("deploy", f"{kind}.ipynb", "--yes")
    assert home.call(kind, "held", x=1) == 2


BOOM = (
    "a = 1",
    ("prices = {}\n# the column is called otherwise\ncost = prices['petal']", "train"),
    ("def go(x: int) -> int:\n    return x + cost", "endpoint"),
)


def test_code_that_fails_only_when_it_is_served_is_named_too(home: Home) -> None:
    cells = ('prices = {"apple": 1}\ncost = prices["pear"]', *BOOM[2:])
    home.book("import", *cells)
    told = home.run("deploy", "import.ipynb", "--yes", good=False)
    assert '✗ cell 1 (`prices = {"apple": 1}`), line 2: the service\'s process failed' in told.err
    assert "KeyError: 'pear'" in told.err


def test_a_cell_that_fails_is_named_with_its_line(home: Home) -> None:
    home.book("boom", *BOOM)
    told = home.run("deploy", "boom.ipynb", "--yes", good=False)
    assert told.code == 1
    assert told.err == (
        "✗ cell 2 (`prices = {}`), line 3: KeyError: 'petal'\n"
        "  → run the notebook from the top in a fresh kernel, and correct the cell\n"
    )
    assert "✗ rehearse" in told.out
    found = home.run("debug", "boom", "--json").document
    assert (found["stage"], found["folder"]) == ("rehearse", str(home.folder))
    assert found["python"].endswith("/bin/python")
    assert found["error"]["cell"] == "cell-2"
    lines = home.run("logs", "boom", "--build").out.splitlines()
    assert "[run] cell 2 (`prices = {}`), line 3: KeyError: 'petal'" in lines
    assert "[run] ----> 3 cost = prices['petal']" in lines
    assert sum("cell 2 (`prices = {}`) running" in line for line in lines) == 1
    assert "its last run failed, see why: jupyter modelship logs boom --build" in (
        home.run("status", "boom", good=False).err
    )
    assert "KeyError: 'petal'" in home.run("audit", "boom").out


def test_the_failure_as_json_has_cell_and_line(home: Home) -> None:
    home.book("boom2", *BOOM)
    told = home.run("deploy", "boom2.ipynb", "--yes", "--json", good=False)
    error = told.document["error"]
    assert (told.code, error["cell"], error["line"]) == (1, "cell-2", 3)
    assert told.err == ""


HERE = (
    "import os",
    (
        """\
def go(x: int) -> dict[str, int]:
    return {"x": x, "seen": int(os.path.exists("flag.txt")) + 1}""",
        "endpoint",
    ),
    "go(1)",
)


@pytest.fixture(scope="module")
def changed(home: Home) -> Home:
    """A service, and a next revision of its notebook that answers differently there."""
    home.book(
        "here", ('def go(x: int) -> dict[str, int]:\n    return {"x": x}', "endpoint"), "go(1)"
    )
    home.run("deploy", "here.ipynb", "--yes")
    home.folder.joinpath("flag.txt").touch()
    home.book("here", *HERE)
    return home


def test_a_service_that_answers_differently_does_not_go_live(changed: Home) -> None:
    before = changed.run("status", "here", "--json").document
    bundles = {path.name for path in changed.state("bundles").iterdir()}
    told = changed.run("deploy", "here.ipynb", "--yes", good=False)
    assert told.code == 1
    assert told.err.splitlines()[:2] == [
        "✗ 1 of 1 example answers differently than in the notebook",
        "  go in cell 3 (`go(1)`) at /seen: the notebook gave 2, the service 1",
    ]
    assert "or set the option `compare` to `shape` or `off`" in told.err
    assert "✗ prove" in told.out
    assert "deploy " not in told.out.split("✗ prove")[1]
    assert changed.run("status", "here", "--json").document == before
    assert changed.call("here", "go", x=5) == {"x": 5}
    serving = [p for p in changed.processes() if "modelship_runtime" in p.cmdline()]
    assert [p for p in serving if str(changed.bundle("here")) in p.cmdline()]
    new = {path.name for path in changed.state("bundles").iterdir()} - bundles
    assert not [p for p in serving if any(name in " ".join(p.cmdline()) for name in new)]
    assert "1 of 1 example answers differently" in changed.run("list").out
    assert "1 of 1 example answers differently" in changed.run("status", "here").out


@pytest.mark.parametrize(
    ("compare", "says"),
    [
        ("shape", "1 of 1 example answers in the notebook's shape"),
        ("off", "1 of 1 example answers, compared with nothing"),
    ],
)
def test_a_looser_comparison_lets_it_pass_and_says_so(
    changed: Home, compare: str, says: str
) -> None:
    told = changed.run("deploy", "here.ipynb", "--yes", "--compare", compare)
    assert says in told.out
    assert "as in the notebook" not in told.out
    assert changed.call("here", "go", x=5) == {"x": 5, "seen": 1}
    assert "answers differently" not in changed.run("list").out


def test_the_log_of_the_run_says_it_once(home: Home) -> None:
    home.book("once", *HERE)
    home.folder.joinpath("flag.txt").touch()
    home.run("deploy", "once.ipynb", "--yes", good=False)
    lines = home.run("logs", "once", "--build").out.splitlines()
    assert sum("the notebook gave 2, the service 1" in line for line in lines) == 1


def test_every_error_says_what_and_what_next_and_shows_no_traceback(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> Told:
        code = main(words)
        return Told(code, *capsys.readouterr())

    monkeypatch.setenv("MODELSHIP_HOME", str(home.folder / "home"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(home.folder)
    home.folder.joinpath("broken.ipynb").write_text("{", encoding="utf-8")
    calls = {
        ("check", "nowhere.ipynb"): 4,
        ("check", "."): 2,
        ("check", "broken.ipynb"): 3,
        ("deploy", "broken.ipynb", "--yes"): 3,
        ("status", "nobody"): 4,
        ("logs", "nobody"): 4,
        ("logs", "nobody", "--build"): 4,
        ("call", "nobody", "f"): 4,
        ("cancel", "nobody"): 4,
        ("start", "nobody"): 4,
        ("stop", "nobody"): 4,
        ("rollback", "nobody"): 4,
        ("delete", "nobody", "--yes"): 4,
        ("audit", "nobody"): 4,
        ("debug", "nobody"): 4,
    }
    for words, code in calls.items():
        told = run(*words)
        shown = told.out + told.err
        assert told.code == code, words
        assert "✗ " in shown, words
        assert "\n  → " in shown, words
        assert "Traceback" not in shown, words
        as_json = run(*words, "--json")
        document = as_json.document
        assert as_json.code == code
        assert (document.get("error") or document["findings"][0])["message"]
        assert as_json.err == ""


def test_the_traceback_comes_with_debug(home: Home) -> None:
    told = home.run("status", "nobody", "--debug", good=False)
    assert "Traceback" in told.err
    assert "NothingThere" in told.err
