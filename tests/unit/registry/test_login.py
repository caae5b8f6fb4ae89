"""Logins are used for the host that they belong to, and kept to themselves."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.registry.login import Login, read_login

HOST = "registry.example:5000"


def auth(pair: str) -> dict[str, str]:
    return {"auth": base64.b64encode(pair.encode()).decode()}


def file(folder: Path, document: object, mode: int = 0o600) -> Path:
    path = folder / "auth.json"
    path.write_text(json.dumps(document))
    path.chmod(mode)
    return path


def test_the_narrowest_entry_is_used(tmp_path: Path) -> None:
    entries = {HOST: auth("a:1"), f"{HOST}/team": auth("b:2"), f"{HOST}/team/x/y": auth("c:3")}
    path = file(tmp_path, {"auths": entries})
    found = [
        read_login(path, HOST, name) for name in ("", "teams/x", "team", "team/x", "team/x/y/z")
    ]
    users = [login.user for login in found if login is not None]
    assert users == ["a", "a", "b", "b", "c"]
    assert found[0] == Login("a", "1")


@pytest.mark.parametrize("key", [HOST, f"https://{HOST}", f"https://{HOST}/v1/"])
def test_what_docker_wrote_once_is_understood(tmp_path: Path, key: str) -> None:
    assert read_login(file(tmp_path, {"auths": {key: auth("a:p:q")}}), HOST, "x") == Login(
        "a", "p:q"
    )
    hub = {"auths": {"https://index.docker.io/v1/": {**auth("a:"), "identitytoken": "t"}}}
    assert read_login(file(tmp_path, hub), "docker.io", "library/x") == Login("a", "", "t")


@pytest.mark.parametrize(
    "host", ["registry.example", "registry.example:5001", "example:5000", f"{HOST}0", "docker.io"]
)
def test_other_hosts_get_none(tmp_path: Path, host: str) -> None:
    entries = {HOST: auth("a:1"), f"{HOST}/team": auth("b:2")}
    assert read_login(file(tmp_path, {"auths": entries}), host, "team/x") is None


def test_no_file_is_no_login() -> None:
    assert read_login(None, HOST, "x") is None


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = file(tmp_path, {"auths": {HOST: auth("a:1")}}, mode)
    with pytest.raises(StageFailed, match="can be read by others") as caught:
        read_login(path, HOST, "x")
    assert caught.value.remedy == f"chmod 600 {path}"


@pytest.mark.parametrize(
    "document",
    [
        *("text", [], {"auths": []}, {"auths": {HOST: {"auth": "no base64!"}}}),
        *({"auths": {HOST: "text"}}, {"auths": {HOST: {"auth": "/w=="}}}),
        {"auths": {}, "credHelpers": {HOST: "ecr-login"}},
        {"auths": {"other": {}}, "credsStore": "desktop"},
    ],
)
def test_a_file_that_has_no_such_login_in_it_is_said(tmp_path: Path, document: object) -> None:
    with pytest.raises(StageFailed) as caught:
        read_login(file(tmp_path, document), HOST, "x")
    assert "podman login" in caught.value.remedy


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StageFailed, match="cannot be read: No such file"):
        read_login(tmp_path / "none", HOST, "x")


def test_a_login_does_not_print_itself() -> None:
    login = Login("ada", "correct horse", "token")
    assert repr(login) == "Login(user='ada')"
    assert {"correct horse", "token"} < {*login.secrets}
