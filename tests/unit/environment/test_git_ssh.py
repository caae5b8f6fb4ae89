"""Commits fetched by ssh from a real sshd: with the user's own keys, agent and known hosts, and
what is told where one of them does not do."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jupyter_modelship.environment.git import checkout
from jupyter_modelship.environment.git_causes import AGENTS, CAUSES
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.model import Source
from jupyter_modelship.places import Places
from tests.sshds import SshServer, keygen, ssh_agent, ssh_server

pytestmark = pytest.mark.ordinary_user


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SshServer, str]]:
    """A server with a repository `x`, and its commit."""
    with ssh_server(tmp_path_factory.mktemp("ssh")) as server:
        yield server, server.git.repository("x", {"a.txt": "one\n"})


@pytest.fixture
def server(
    standing: tuple[SshServer, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SshServer]:
    """As it is at first, and with nobody's agent and git settings."""
    made = standing[0]
    settings, known = dict(made.settings), made.known_hosts.read_bytes()
    monkeypatch.setenv("PATH", made.path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "home").mkdir()
    yield made
    made.settings = {}
    made.tell(**settings)
    made.known_hosts.write_bytes(known)
    made.key.chmod(0o600)


@pytest.fixture
def source(standing: tuple[SshServer, str]) -> Source:
    made, commit = standing
    return Source("x", "1.0", f"git+{made.url('x')}@{commit}", commit)


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch, server: SshServer) -> Iterator[Callable[..., None]]:
    """An agent of one's own, without keys until it is called with some."""

    def add(*keys: Path) -> None:
        subprocess.run(["ssh-add", "-q", *keys], check=True)

    with ssh_agent() as told:
        monkeypatch.setenv("SSH_AUTH_SOCK", told["SSH_AUTH_SOCK"])
        yield add


async def test_a_commit_is_fetched_with_a_key_of_the_users_settings(
    server: SshServer, source: Source, places: Places
) -> None:
    tree = await checkout(source, places)
    assert [path.name for path in tree.iterdir()] == ["a.txt"]
    key = server.key.read_bytes().splitlines()[1]
    assert not [p for p in places.cache.rglob("*") if p.is_file() and key in p.read_bytes()]


async def test_a_commit_is_fetched_with_a_key_that_only_the_agent_has(
    server: SshServer, source: Source, places: Places, agent: Callable[..., None]
) -> None:
    server.tell(IdentityFile="none")
    agent(server.key)
    assert (await checkout(source, places)).is_dir()


@pytest.mark.parametrize("place", ["git's settings", "the environment"])
async def test_a_command_that_the_user_has_chosen_for_ssh_is_the_one_that_is_used(
    server: SshServer, source: Source, places: Places, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, place: str,
) -> None:  # fmt: skip
    server.tell(IdentityFile="none")
    command = f"ssh -i {server.key}"
    if place == "git's settings":
        (tmp_path / "home" / ".gitconfig").write_text(f"[core]\nsshCommand = {command}\n")
    else:
        monkeypatch.setenv("GIT_SSH_COMMAND", command)
    assert (await checkout(source, places)).is_dir()


def unknown(server: SshServer, tmp_path: Path) -> None:
    server.known_hosts.write_text("")


def changed(server: SshServer, tmp_path: Path) -> None:
    server.know(keygen(tmp_path / "another").with_suffix(".pub"))


def open_to_all(server: SshServer, tmp_path: Path) -> None:
    server.key.chmod(0o644)


def without_ssh(server: SshServer, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to("/usr/bin/git")
    os.environ["PATH"] = str(tmp_path / "bin")  # the fixture's `monkeypatch` puts it back


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (unknown, "git-ssh-host"),
        (changed, "git-ssh-changed"),
        (open_to_all, "git-ssh-open"),
        (without_ssh, "git-ssh-missing"),
    ],
)
async def test_why_ssh_does_not_get_there_is_told_with_a_remedy(
    server: SshServer, source: Source, places: Places, tmp_path: Path,
    spoil: Callable[[SshServer, Path], None], cause: str,
) -> None:  # fmt: skip
    spoil(server, tmp_path)
    known = server.known_hosts.read_bytes()
    with pytest.raises(StageFailed, match="the commit cannot be fetched from ssh://") as raised:
        await checkout(source, places)
    row = next(row for row in CAUSES if row.code == cause)
    assert row.cause in raised.value.message
    assert raised.value.remedy == row.remedy
    assert server.known_hosts.read_bytes() == known, "no host is taken for good"
    assert list((places.cache / "commits").glob("*.part")) == []


@pytest.mark.parametrize("there", ["none", "silent", "empty", "full"])
async def test_a_key_that_is_missing_is_told_with_what_there_is_of_an_agent(
    server: SshServer, source: Source, places: Places, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, agent: Callable[..., None], there: str,
) -> None:  # fmt: skip
    server.tell(IdentityFile="none")
    if there == "none":
        monkeypatch.delenv("SSH_AUTH_SOCK")
    elif there == "silent":
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "gone"))
    elif there == "full":
        agent(keygen(tmp_path / "strange"))
    with pytest.raises(StageFailed, match="the commit cannot be fetched") as raised:
        await checkout(source, places)
    general = next((row.cause, row.remedy) for row in CAUSES if row.code == "git-ssh")
    cause, remedy = AGENTS.get(there, general)  # type: ignore[call-overload]  # a word of the table
    assert raised.value.message.endswith(f": {cause}")
    assert raised.value.remedy == remedy
    assert "Permission denied (publickey)" in raised.value.detail


async def test_a_repository_that_is_not_there_and_a_host_that_does_not_answer_are_told(
    server: SshServer, source: Source, places: Places
) -> None:
    nobody = "ssh://git@127.0.0.1:9/x"
    for url, cause in ((server.url("none"), "git-404"), (nobody, "git-unreachable")):
        wrong = Source("x", "1.0", f"git+{url}@{source.pin}", source.pin)
        with pytest.raises(StageFailed) as raised:
            await checkout(wrong, places)
        assert next(row.cause for row in CAUSES if row.code == cause) in raised.value.message
