"""`env` and `secrets`: declared by name, given in a file of the user's, said nowhere else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.line.conftest import Home, Source

SECRET = 's3cr3t "Val\\ue" 42 ü'
WRITTEN = SECRET.replace("\\", "\\\\").replace('"', '\\"')
VALUES = f'LEVEL=7\nAPI_KEY="{WRITTEN}"\n'
DECLARED = {"env": ["LEVEL"], "secrets": ["API_KEY"]}
READ = (
    """\
import os

def length() -> list[int]:
    print("the key is", os.environ["API_KEY"])
    return [len(os.environ["API_KEY"]), int(os.environ["LEVEL"])]""",
    "endpoint:GET /length",
)


@pytest.fixture(scope="module")
def told(home: Home) -> Home:
    """A service that reads a variable and a secret, and prints the secret."""
    home.book("told", READ, "length()", options=DECLARED)
    home.values("told", VALUES)
    home.run("deploy", "told.ipynb", "--yes")
    return home


def holders(home: Home) -> set[str]:
    """Files of the home that hold the secret, as it is or as JSON has it."""
    forms = [form.encode() for form in (SECRET, WRITTEN, WRITTEN.replace("ü", "\\u00fc"))]
    found = {}
    for path in home.folder.joinpath("home").rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            found[path] = any(form in content for form in forms)
    return {path.relative_to(home.folder / "home").as_posix() for path, has in found.items() if has}


def command_lines(home: Home) -> Iterator[str]:
    for process in home.processes():
        yield " ".join(process.cmdline())


def test_a_name_without_a_value_blocks_and_says_what_to_do(home: Home) -> None:
    home.book("lacking", READ, "length()", options=DECLARED)
    told = home.run("deploy", "lacking.ipynb", "--yes", good=False)
    file = home.state("values", "lacking.env")
    assert told.code == 3
    for name in ("LEVEL", "API_KEY"):
        assert f"`{name}` is declared and has no value in {file}  values-missing" in told.err
        assert f"cat >> {file})`, type `{name}=`" in told.err
    assert "reads-environment" not in told.err, "a declared name needs no hint to declare it"


def test_the_rehearsal_and_the_service_see_the_values(told: Home) -> None:
    assert told.call("told", "length") == [len(SECRET), 7]
    assert told.run("audit", "told", "--json").document[0]["record"]["examples"] == 1


def test_the_value_is_nowhere_but_in_the_two_files_that_only_their_owner_reads(told: Home) -> None:
    told.run("call", "told", "length")
    logs = told.run("logs", "told").out
    assert "the key is ***" in logs
    assert "the key is ***" in told.run("logs", "told", "--build").out
    assert holders(told) == {"state/values/told.env", "state/services/told/values.json"}
    for name in ("values/told.env", "services/told/values.json"):
        assert told.state(name).stat().st_mode & 0o777 == 0o600
    assert all(SECRET not in line for line in command_lines(told))


def test_a_secret_is_not_in_the_environment_of_what_is_not_its_service(told: Home) -> None:
    told.book(
        "other",
        ("import os\ndef names() -> list[str]:\n    return sorted(os.environ)", "endpoint:GET /n"),
    )
    told.run("deploy", "other.ipynb", "--yes", API_KEY="of the session")
    assert "API_KEY" not in told.call("other", "names")
    assert os.environ.keys() - set(told.call("other", "names"))


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        (
            "rehearsal",
            (
                ('import os\nkey = os.environ["API_KEY"]\nraise ValueError(key)', "train"),
                ("def size() -> int:\n    return len(key)", "endpoint:GET /size"),
            ),
        ),
        (
            "start",
            (
                (
                    """\
import os
if not os.path.exists("rehearsed"):
    raise ValueError("bad " + os.environ["API_KEY"])""",
                    "setup",
                ),
                ("def size() -> int:\n    return 1", "endpoint:GET /size"),
                "size()",
            ),
        ),
    ],
)
def test_a_failure_does_not_quote_it(home: Home, name: str, cells: tuple[Source, ...]) -> None:
    home.book(name, *cells, options={"secrets": ["API_KEY"]})
    home.folder.joinpath("rehearsed").touch()
    home.values(name, VALUES)
    told = home.run("deploy", f"{name}.ipynb", "--yes", good=False)
    assert told.code == 1
    assert "ValueError" in told.err
    assert "***" in told.err
    shown = told.out + told.err + home.run("logs", name, "--build").out
    shown += home.run("debug", name, "--json").out
    assert SECRET not in shown
    assert WRITTEN not in shown
    assert f"state/values/{name}.env" in holders(home)
    assert holders(home) <= {f"state/values/{n}.env" for n in ("told", name, "rehearsal")} | {
        f"state/services/{n}/values.json" for n in ("told", name, "rehearsal")
    }


def test_an_artifact_that_holds_it_does_not_ship(home: Home) -> None:
    home.book(
        "kept",
        "import os\nclass Client:\n    pass",
        'client = Client()\nclient.key = os.environ["API_KEY"]',
        ("def size() -> int:\n    return len(client.key)", "endpoint:GET /size"),
        "size()",
        options={"secrets": ["API_KEY"]},
    )
    home.values("kept", VALUES)
    told = home.run("deploy", "kept.ipynb", "--yes", good=False)
    assert told.code == 1
    assert (
        "`client` from cell 2 (`client = Client()`) holds the value of the secret API_KEY"
        in told.err
    )
    assert "tag the cell `setup`" in told.err
    assert not [name for name in holders(home) if name.startswith("cache/")]
    home.book(
        "kept",
        "import os\nclass Client:\n    pass",
        ('client = Client()\nclient.key = os.environ["API_KEY"]', "setup"),
        ("def size() -> int:\n    return len(client.key)", "endpoint:GET /size"),
        "size()",
        options={"secrets": ["API_KEY"]},
    )
    home.run("deploy", "kept.ipynb", "--yes")
    assert home.call("kept", "size") == len(SECRET)


def test_a_call_that_returns_it_is_no_example(home: Home) -> None:
    home.book(
        "leak",
        ("import os\ndef leak() -> str:\n    return os.environ['API_KEY']", "endpoint:GET /leak"),
        "leak()",
        options={"secrets": ["API_KEY"]},
    )
    home.values("leak", VALUES)
    told = home.run("deploy", "leak.ipynb", "--yes")
    assert "unproven" in told.out
    assert "holds the value of the secret API_KEY" in home.run("logs", "leak", "--build").out
    assert not [name for name in holders(home) if not name.endswith((".env", "values.json"))]


def test_a_file_that_others_can_read_is_refused(told: Home) -> None:
    path: Path = told.state("values", "told.env")
    path.chmod(0o644)
    refused = told.run("deploy", "told.ipynb", "--yes", good=False)
    path.chmod(0o600)
    assert refused.code == 3
    assert f"{path} can be read by others  values-open\n  → run `chmod 600 {path}`" in refused.err
