"""What a person chooses: the function, the name, the options. Each is honoured or refused."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.plan.cluster import Cluster, Egress, Route
from jupyter_modelship.plan.options import table
from jupyter_modelship.plan.policy import Policy
from jupyter_modelship.runs import review
from jupyter_modelship.runs.honours import TARGETS
from jupyter_modelship.runs.review import look
from tests.line.conftest import Home, write_book

UNTAGGED = (
    "base = 3",
    "def go(x: int, y=2) -> int:\n    return x + base",
    "def other(a: list[float], *, k: str) -> str:\n    return k",
    "go(1)",
)
UNPROVEN = (("def go(x: int) -> int:\n    return x", "endpoint"),)


def test_without_a_tag_the_functions_are_listed_and_one_is_picked(home: Home) -> None:
    home.book("untagged", *UNTAGGED)
    for words in (("check", "untagged.ipynb"), ("deploy", "untagged.ipynb", "--yes")):
        told = home.run(*words, good=False)
        assert told.code == 3
        assert (
            "Which function should be served?\n"
            "  cell 2   go(x: int, y=2) -> int                   --endpoint go\n"
            "  cell 3   other(a: list[float], *, k: str) -> str  --endpoint other\n"
        ) in told.out + told.err
    as_json = home.run("deploy", "untagged.ipynb", "--yes", "--json", good=False).document
    assert [one["function"] for one in as_json["error"]["candidates"]] == ["go", "other"]
    wrong = home.run("check", "untagged.ipynb", "--endpoint", "gone", good=False)
    assert (wrong.code, "no function `gone`" in wrong.out) == (3, True)
    told = home.run("deploy", "untagged.ipynb", "--endpoint", "go", "--yes")
    assert "The rehearsal will tell: go.y" in told.out
    assert home.call("untagged", "go", x=1) == 4


def test_without_an_example_the_service_is_unproven_and_says_so(home: Home) -> None:
    home.book("bare", *UNPROVEN)
    told = home.run("deploy", "bare.ipynb", "--yes", "--json").document
    assert told["unproven"] is True
    assert home.call("bare", "go", x=7) == 7
    home.book("bare2", *UNPROVEN)
    shown = home.run("deploy", "bare2.ipynb", "--yes").out
    assert "no example: unproven, it only starts" in shown
    assert "ready; unproven, since there is no example" in shown


def test_a_name_belongs_to_one_notebook(home: Home) -> None:
    home.book("mine", *UNPROVEN)
    home.book("elsewhere/mine", ("def go(x: int) -> int:\n    return -x", "endpoint"))
    home.run("deploy", "mine.ipynb", "--yes")
    told = home.run("deploy", "elsewhere/mine.ipynb", "--yes", good=False)
    assert told.code == 3
    assert told.err == (
        f"✗ the service mine belongs to {home.folder / 'mine.ipynb'}  name-taken\n"
        "  → choose another name with `--name`, or delete the other service first; one of a "
        "cluster can be taken over: `jupyter modelship deploy --take-over`\n"
    )
    home.run("deploy", "elsewhere/mine.ipynb", "--yes", "--name", "theirs")
    assert (home.call("mine", "go", x=2), home.call("theirs", "go", x=2)) == (2, -2)


def test_what_is_live_already_is_not_deployed_again(home: Home) -> None:
    home.book("once", *UNPROVEN)
    first = home.run("deploy", "once.ipynb", "--yes", "--json").document
    again = home.run("deploy", "once.ipynb", "--json").document
    assert again == {
        "service": "once",
        "url": first["url"],
        "revision": 1,
        "unchanged": True,
    }
    assert len(home.run("audit", "once", "--json").document) == 1
    fresh = home.run("deploy", "once.ipynb", "--yes", "--fresh", "--json").document
    assert fresh["revision"] == 2


def test_flags_come_before_what_the_notebook_says(home: Home) -> None:
    path = home.book("said", *UNPROVEN, options={"name": "in-notebook", "time_limit": 5})
    looked = look(path, {"time_limit": 7.0})
    options = looked.merged.options
    assert (options.name, options.time_limit) == ("in-notebook", 7.0)
    assert dict(looked.merged.given) == {
        "name": "the notebook's metadata",
        "time_limit": "--time-limit",
    }


def test_an_unknown_option_blocks_and_asks_what_was_meant(home: Home) -> None:
    home.book("typo", *UNPROVEN, options={"boddy_limit": 3, "memory": "1GiB"})
    told = home.run("check", "typo.ipynb", good=False)
    assert told.code == 3
    assert (
        "✗ there is no option 'boddy_limit' (in the notebook's metadata)  option-unknown\n"
        "  → did you mean body_limit?\n"
    ) in told.out
    assert "→ memory must be a whole number of bytes from 1 MiB to 1 PiB\n" in told.out


VALUES: dict[str, object] = {
    "name": "chosen",
    "endpoint": ("go",),
    "parameters": {"k": 5},
    "compare": "off",
    "cell_time_limit": 9.0,
    "body_limit": 600,
    "depth_limit": 3,
    "time_limit": 1.5,
    "execution": "thread",
    "env": ("LEVEL",),
    "secrets": ("KEY",),
    "token": False,
    "docs": False,
    "port": 0,
    "drain": 3.5,
    "keep_alive": 90.0,
    "keep_revisions": 1,
    "grace": 20.0,
    "memory": 1 << 30,
    "cpu": 2.0,
    "replicas": 2,
    "max_replicas": 3,
    "engine": "oci",
    "base": f"registry.example/python@sha256:{'0' * 64}",
    "apt": ("libgomp1",),
    "repository": "registry.example/iris",
    "platform": "linux/arm64",
    "namespace": "team-a",
    "host": "a.example",
    "egress": ("lake",),
}
"""A value for every option but `target`, which is the other axis."""


OPEN = Policy(
    "/policy",
    allowed_hosts=("*",),
    namespaces=("*",),
    cluster=Cluster(
        repository="registry.example/{service}",
        route=Route(ingress_class="internal"),
        egress={"lake": Egress("lake", "10.1.2.0/24", (5432,))},
    ),
)
"""What an administrator leaves open, so that a cluster can honour all that it honours."""


def test_every_option_has_a_value_here() -> None:
    assert VALUES.keys() | {"target"} == table().keys()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", VALUES)
def test_an_option_is_honoured_or_refused_with_the_targets_reason(
    tmp_path: Path, name: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "n.ipynb"
    write_book(path, ("k = 2", "parameters"), *UNPROVEN)
    monkeypatch.setattr(review, "read_policies", lambda _: ((OPEN,), ()))
    value = {**VALUES, "port": 8731}[name]
    looked = look(path, {"target": target, name: value})
    refused = [found for found in looked.findings if found.code == "option-refused"]
    honoured = table()[name].by == "line"
    reason = "" if honoured else TARGETS[target][name]
    assert bool(reason) == bool(refused)
    assert [found.severity for found in refused] == ["block"] * len(refused)
    assert all(reason in found.message and target in found.message for found in refused)
    assert all(table()[name].flag in found.message for found in refused)
    if not refused:
        assert getattr(looked.merged.options, name) == value
        assert looked.blocked == ()


@dataclass(frozen=True)
class Site:
    """A service that was deployed with every honoured option."""

    home: Home
    seen: dict[str, Any]

    @property
    def commands(self) -> list[str]:
        return [" ".join(process.cmdline()) for process in self.home.processes()]

    def send(self, path: str, body: object = None) -> tuple[int, Any]:
        """Status and reply, without a token."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        asked = urllib.request.Request(str(self.seen["url"]) + path, data, headers)
        try:
            with urllib.request.urlopen(asked, timeout=30) as reply:
                return reply.status, json.loads(reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def go(self, what: str, rest: object = None) -> tuple[int, Any]:
        return self.send("/go", {"what": what, "rest": rest})


ALL = (
    ("k = 2", "parameters"),
    """\
import os
import threading
from typing import Any

def go(what: str, rest: Any = None) -> Any:
    if what == "k":
        return k
    if what == "thread":
        return threading.current_thread() is threading.main_thread()
    if what == "wait":
        threading.Event().wait(3)
    return os.environ.get(what)""",
    ("def tagged() -> int:\n    return 1", "endpoint"),
    "go('k')",
)


@pytest.fixture(scope="module")
def site(home: Home) -> Site:
    """Two revisions with all the options that the local target honours, as flags."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        VALUES["port"] = free.getsockname()[1]
    honoured = [name for name in VALUES if not TARGETS["local"].get(name)]
    flags: list[str] = []
    for name in honoured:
        flag, value = table()[name].flag, VALUES[name]
        if isinstance(value, bool):
            flags.append(f"--no-{flag.removeprefix('--')}")
        elif isinstance(value, dict):
            flags += [flag, *(f"{key}={item}" for key, item in value.items())]
        else:
            flags += [flag, *value] if isinstance(value, tuple) else [flag, str(value)]
    home.values("chosen", "LEVEL=seven\nKEY=locked up\n")
    for source in (ALL, (*ALL, "go('LEVEL')")):
        home.book("all", *source)
        home.run("deploy", "all.ipynb", "--yes", *flags)
    seen = home.run("status", "chosen", "--json").document
    return Site(home, seen)


EFFECTS: dict[str, Callable[[Site], bool]] = {
    "name": lambda site: site.seen["service"] == "chosen",
    "target": lambda site: site.seen["target"] == "local",
    "endpoint": lambda site: site.send("/tagged", {})[0] == 404,
    "parameters": lambda site: site.go("k") == (200, 5),
    "compare": lambda site: (
        "off" in site.home.bundle("chosen").joinpath("examples.json").read_text()
    ),
    "body_limit": lambda site: site.go("x" * 600)[0] == 413,
    "depth_limit": lambda site: (site.go("k", [])[0], site.go("k", [[[]]])[0]) == (200, 400),
    "execution": lambda site: site.go("thread") == (200, False),
    "env": lambda site: site.go("LEVEL") == (200, "seven"),
    "secrets": lambda site: site.go("KEY") == (200, "locked up"),
    "token": lambda site: site.seen["token_file"] is None,
    "docs": lambda site: site.send("/docs")[0] == 404,
    "port": lambda site: str(site.seen["url"]).endswith(f":{VALUES['port']}"),
    "drain": lambda site: any("--finish 3.5 " in words for words in site.commands),
    "keep_alive": lambda site: any("--idle-timeout 90 " in words for words in site.commands),
    "keep_revisions": lambda site: [r["number"] for r in site.seen["revisions"]] == [2],
    # The last one: its thread is busy for a while.
    "time_limit": lambda site: site.go("wait")[0] == 504,
}
"""How one sees that the local target honours an option."""


def test_every_option_that_is_honoured_is_looked_at() -> None:
    honoured = {name for name in table() if not TARGETS["local"].get(name)}
    assert EFFECTS.keys() | {"cell_time_limit"} == honoured


@pytest.mark.parametrize("name", EFFECTS)
def test_an_option_that_is_honoured_has_its_effect(site: Site, name: str) -> None:
    assert EFFECTS[name](site)


def test_a_cell_that_takes_longer_than_it_may_is_stopped(home: Home) -> None:
    home.book(
        "long",
        ("import threading\nk = threading.Event().wait()", "train"),
        ("def go() -> int:\n    return int(k)", "endpoint"),
    )
    told = home.run("deploy", "long.ipynb", "--yes", "--cell-time-limit", "1", good=False)
    assert told.code == 1
    assert "cell 1 (`import threading`) took longer than 1 s" in told.err
    assert "→ raise the option `cell_time_limit`" in told.err
