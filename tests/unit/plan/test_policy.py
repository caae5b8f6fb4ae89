"""Policy files: read from the folders given, exact, blocking when they cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jupyter_modelship.model import Source
from jupyter_modelship.plan.cluster import Cluster
from jupyter_modelship.plan.options import Options
from jupyter_modelship.plan.policy import (
    FILE,
    Policy,
    parse_policy,
    read_policies,
    source_findings,
    system_folders,
    violations,
)


def test_every_key_is_read() -> None:
    data = b"""{"version": 1, "targets": ["local"], "limits": {"memory": 1073741824},
      "require_token": true, "allowed_hosts": ["*.models.example"], "namespaces": ["team-*"],
      "registry": "images", "cluster": {"namespace": "team-a"},
      "bases": ["registry.example/python:3.12@sha256:%s"],
      "apt": ["lib*"], "sources": ["git+https://git.example/team/*"],
      "overlays": {"a": 1}}""" % (b"1" * 64)
    assert parse_policy(data, "/p") == Policy(
        file="/p",
        targets=("local",),
        limits={"memory": 1 << 30},
        require_token=True,
        allowed_hosts=("*.models.example",),
        namespaces=("team-*",),
        registry="images",
        cluster=Cluster(namespace="team-a"),
        bases=("registry.example/python:3.12@sha256:" + "1" * 64,),
        apt=("lib*",),
        sources=("git+https://git.example/team/*",),
        overlays={"a": 1},
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "Expecting value"),
        (b"[]", "no JSON object"),
        (b"\xff", "codec"),
        (b'{"version": 2}', "version must be 1"),
        (b'{"targest": []}', "there is no key 'targest'"),
        (b'{"targets": ["local"], "targets": []}', "stands twice"),
        (b'{"targets": "local"}', "targets must be a list of strings"),
        (b'{"targets": ["moon"]}', "must be one of"),
        (b'{"limits": {"name": 1}}', "limits.name is no option with a size"),
        (b'{"limits": {"time_limit": "1"}}', "limits.time_limit must be a number"),
        (b'{"limits": {"time_limit": NaN}}', "limits.time_limit must be a number"),
        (b'{"limits": []}', "limits must be an object"),
        (b'{"bases": ["registry.example/python:3.11"]}', "bases must name images as registry/"),
        (b'{"bases": ["@sha256:' + b"1" * 64 + b'"]}', "bases must name images as registry/"),
        (b'{"require_token": 1}', "require_token must be true or false"),
        (b'{"cluster": {"egress": {"a": 1}}}', "cluster.egress.a must be an object"),
        (b'{"registry": ""}', "registry must be a string"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_wrong_with_a_policy_is_said_with_its_file(
    data: bytes, says: str, tmp_path: Path
) -> None:
    (tmp_path / FILE).write_bytes(data)
    policies, (found,) = read_policies([tmp_path])
    assert policies == ()
    assert (found.code, found.severity) == ("policy-unreadable", "block")
    assert str(tmp_path / FILE) in found.message
    assert says in found.message


def test_a_missing_policy_is_none_and_a_pipe_is_refused(tmp_path: Path) -> None:
    assert read_policies([tmp_path / "nowhere", tmp_path]) == ((), ())
    os.mkfifo(tmp_path / FILE)
    _, (found,) = read_policies([tmp_path])
    assert "no ordinary file" in found.message


def test_every_policy_has_to_allow(tmp_path: Path) -> None:
    for name, text in {"a": '{"limits": {"cpu": 4}}', "b": '{"limits": {"cpu": 2}}'}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / FILE).write_text(text)
    policies, found = read_policies([tmp_path / "a", tmp_path / "b", tmp_path / "a"])
    assert found == ()
    assert [item.message for item in violations(Options(cpu=3), policies)] == [
        f"option cpu is 3, and at most 2 is allowed (policy {tmp_path / 'b' / FILE})"
    ]


@pytest.mark.parametrize(
    ("options", "policy", "says"),
    [
        (Options(), Policy("/p", targets=("kubernetes",)), "allowed: kubernetes"),
        (Options(), Policy("/p", targets=()), "allowed: none"),
        (Options(token=False), Policy("/p", require_token=True), "must ask for a token"),
        (Options(max_replicas=9), Policy("/p", limits={"replicas": 3}), "max_replicas is 9"),
        (Options(host="evil.example"), Policy("/p", allowed_hosts=("*.models.example",)), "host"),
        (Options(namespace="prod"), Policy("/p", namespaces=("team-*",)), "namespace"),
        (Options(repository="r.example/b/iris"), Policy("/p", registry="r.example/a"), "repos"),
        (Options(repository="r.example/ab/iris"), Policy("/p", registry="r.example/a"), "repos"),
    ],
)
def test_what_a_policy_forbids_blocks(options: Options, policy: Policy, says: str) -> None:
    (found,) = violations(options, [policy])
    assert (found.code, found.severity) == ("policy-violated", "block")
    assert says in found.message
    assert "(policy /p)" in found.message


def test_what_a_policy_allows_passes() -> None:
    policy = Policy("/p", targets=("local",), allowed_hosts=("*.m.example",), require_token=True)
    assert violations(Options(host="a.m.example"), [policy]) == ()
    images = Policy("/p", registry="r.example/a/")
    options = Options(repository="r.example/a/iris")
    assert violations(options, [images]) == ()


def test_system_folders_do_not_follow_the_users_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = system_folders()
    for variable in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_CONFIG_PATH", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, "/elsewhere")
    assert system_folders() == before


@pytest.mark.parametrize(
    ("patterns", "refused"),
    [
        (None, []),
        (("team-*",), []),
        (("git+https://git.example/team/*",), []),
        (("git+https://git.example/others/*",), ["team-maths"]),
        ((), ["team-maths"]),
    ],
)
def test_what_may_be_built_from_source_is_the_administrators_to_say(
    patterns: tuple[str, ...] | None, refused: list[str]
) -> None:
    commit = "a" * 40
    reference = f"git+https://git.example/team/maths@{commit}"
    found = source_findings(
        [Source("team-maths", "1.4", reference, commit)], [Policy("/p", sources=patterns)]
    )
    assert [one.message.split()[0] for one in found] == refused
    assert all((one.code, one.severity) == ("source-refused", "block") for one in found)


@pytest.mark.parametrize(
    ("patterns", "says"),
    [
        (None, []),
        (("lib*", "gcc"), []),
        (("lib*",), ["Debian packages gcc are not allowed; allowed: lib* (policy /p)"]),
        ((), ["Debian packages gcc, libpq5 are not allowed; allowed: none (policy /p)"]),
    ],
)
def test_which_debian_packages_may_be_installed_is_the_administrators_to_say(
    patterns: tuple[str, ...] | None, says: list[str]
) -> None:
    found = violations(Options(apt=("gcc", "libpq5")), [Policy("/p", apt=patterns)])
    assert [one.message for one in found] == says
