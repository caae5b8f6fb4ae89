"""Where a service of a cluster goes is an administrator's decision, whichever way it is asked."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.cli.arguments import deploy_arguments
from jupyter_modelship.desk import asked
from jupyter_modelship.desk.intent import intent
from jupyter_modelship.errors import UsageError
from jupyter_modelship.plan import policy
from jupyter_modelship.plan.flags import given_flags
from jupyter_modelship.plan.options import table
from jupyter_modelship.runs import review
from jupyter_modelship.runs.review import Looked, look

NOTEBOOK = Path(__file__).parents[3] / "docs" / "examples" / "iris.ipynb"
POLICY: dict[str, Any] = {
    "version": 1,
    "registry": "registry.example/team-a",
    "limits": {"memory": 1 << 30, "cpu": 2, "replicas": 4},
    "namespaces": ["team-a"],
    "allowed_hosts": ["*.models.example"],
    "apt": ["libgomp1"],
    "bases": [f"registry.example/python@sha256:{'a' * 64}"],
    "require_token": True,
    "cluster": {
        "namespace": "team-a",
        "repository": "registry.example/team-a/{service}",
        "host": "{service}.models.example",
        "route": {"ingress_class": "internal"},
        "egress": {"warehouse": {"cidr": "10.1.2.0/24", "ports": [5432]}},
    },
}
FORBIDDEN: Mapping[str, object] = {
    "namespace": "team-b",
    "host": "iris.elsewhere.example",
    "repository": "registry.example/team-b/iris",
    "memory": 2 << 30,
    "cpu": 3,
    "replicas": 5,
    "max_replicas": 5,
    "apt": ["netcat"],
    "token": False,
    "egress": ["internet"],
}
UNKNOWN = (
    *("cluster", "context", "route", "pull_secret", "callers", "scrapers", "registry", "limits"),
    *("bases", "sources", "namespaces", "allowed_hosts", "overridable", "overlays"),
)
"""Keys of the policy, which are no options."""


def by_notebook(options: Mapping[str, object], folder: Path) -> Looked:
    book = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    book["metadata"]["modelship"] = {"version": 1, "target": "kubernetes", **options}
    path = folder / "iris.ipynb"
    path.write_text(json.dumps(book), encoding="utf-8")
    return look(path, {})


def by_command_line(options: Mapping[str, object], _: Path) -> Looked:
    parser = argparse.ArgumentParser(exit_on_error=False)
    deploy_arguments(parser)
    words = [str(NOTEBOOK), *_flags({"target": "kubernetes", **options})]
    return look(NOTEBOOK, given_flags(parser.parse_args(words)))


def by_magic(options: Mapping[str, object], _: Path) -> Looked:
    told = intent(_flags({"target": "kubernetes", **options}))["options"]
    assert isinstance(told, dict)
    return look(NOTEBOOK, told, origin="review")


def by_request(options: Mapping[str, object], _: Path) -> Looked:
    wish = asked.read(asked.Ship, json.dumps(_ship(options)).encode())
    return look(NOTEBOOK, wish.options, origin="review")


def by_run(options: Mapping[str, object], _: Path) -> Looked:
    """As a worker looks again at what is in the journal, whoever wrote it there."""
    return look(NOTEBOOK, {"target": "kubernetes", **options}, origin="run")


def _ship(options: Mapping[str, object]) -> dict[str, object]:
    return {
        "id": "0b6f5fd0-6bd7-4c0e-9d09-2a8f5a1f9a8e",
        "path": "iris.ipynb",
        "digest": "d",
        "plan_digest": "p",
        "options": {"target": "kubernetes", **options},
    }


def _flags(options: Mapping[str, object]) -> list[str]:
    words: list[str] = []
    for name, value in options.items():
        flag = table()[name].flag
        if value is False:
            words.append(flag.replace("--", "--no-", 1))
        elif isinstance(value, list):
            words += [word for each in value for word in (flag, str(each))]
        else:
            words += [flag, str(value)]
    return words


ENTRANCES = (by_notebook, by_command_line, by_magic, by_request, by_run)
Entrance = Callable[[Mapping[str, object], Path], Looked]


@pytest.fixture(autouse=True)
def bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / policy.FILE).write_text(json.dumps(POLICY), encoding="utf-8")
    monkeypatch.setattr(review, "system_folders", lambda: (folder,))


def blocked(looked: Looked) -> list[str]:
    return [each.code for each in looked.blocked]


@pytest.mark.parametrize("entrance", ENTRANCES)
@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_the_policy_forbids_is_blocked_at_every_entrance(
    entrance: Entrance, name: str, tmp_path: Path
) -> None:
    looked = entrance({name: FORBIDDEN[name]}, tmp_path)
    found = blocked(looked)
    assert found
    assert set(found) <= {"policy-violated", "cluster-undecided"}


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_what_nobody_chooses_is_the_administrators(entrance: Entrance, tmp_path: Path) -> None:
    looked = entrance({}, tmp_path)
    assert blocked(looked) == []


@pytest.mark.parametrize("entrance", [by_notebook, by_request, by_run])
@pytest.mark.parametrize("name", UNKNOWN)
def test_a_key_of_the_policy_is_no_option(entrance: Entrance, name: str, tmp_path: Path) -> None:
    assert blocked(entrance({name: POLICY.get(name, "any")}, tmp_path)) == ["option-unknown"]


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_key_of_the_policy_is_no_flag(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    flag = f"--{name.replace('_', '-')}"
    parser = argparse.ArgumentParser()
    deploy_arguments(parser)
    with pytest.raises(SystemExit):
        parser.parse_args([str(NOTEBOOK), flag, "any"])
    assert f"unrecognized arguments: {flag}" in capsys.readouterr().err
    with pytest.raises(UsageError, match=f"unrecognized arguments: {flag}"):
        intent([flag, "any"])


@pytest.mark.parametrize(
    "name",
    [*UNKNOWN, "namespace", "who", "vouched", "owner", "target", "notebook"],
)
def test_a_request_has_no_other_member(name: str) -> None:
    """Who asks is known from the session; where it goes, from the options."""
    with pytest.raises(asked.BadRequest, match="member that nobody reads"):
        asked.read(asked.Ship, json.dumps({**_ship({}), name: "any"}).encode())
