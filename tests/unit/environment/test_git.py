"""Commits fetched from a real git server with a login; who gets to know the login, and what is
said where it does not work."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from jupyter_modelship.environment.git import VARIABLE, bare_words, checkout, tokens
from jupyter_modelship.environment.git_causes import CAUSES, cause_of
from jupyter_modelship.errors import ModelshipError, StageFailed
from jupyter_modelship.model import Source
from jupyter_modelship.places import Places
from tests.gits import NAME, TOKEN, GitServer, git_server

SPIES = """\
#!{python}
import os, sys
with open({log!r}, "a") as log:
    log.write(repr(sys.argv) + repr(dict(os.environ)) + "\\n")
os.execv({git!r}, ["git", *sys.argv[1:]])
"""


@dataclass
class Fetch:
    server: GitServer
    commit: str
    store: Path

    def source(self, *, url: str = "", commit: str = "", below: str = "") -> Source:
        pin = commit or self.commit
        tail = f"#subdirectory={below}" if below else ""
        where = url or self.server.url("x")
        return Source("x", "1.0", f"git+{where}@{pin}{tail}", pin)


@pytest.fixture(autouse=True)
def _nobody_logged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's own git settings and logins decide nothing here."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (tmp_path / "home").mkdir()


@pytest.fixture
def fetch(tmp_path: Path, places: Places) -> Iterator[Fetch]:
    (tmp_path / "git").mkdir()
    with git_server(tmp_path / "git") as server:
        commit = server.repository("x", {"a.txt": "one\n", "sub/b.txt": "two\n"})
        store = places.state / "git-credentials"
        store.touch(0o600)
        store.write_text(server.credentials)
        yield Fetch(server, commit, store)


async def test_a_commit_is_a_folder_with_its_files_and_fetched_once(
    fetch: Fetch, places: Places
) -> None:
    tree = await checkout(fetch.source(), places)
    found = {p.relative_to(tree).as_posix(): p.read_text() for p in tree.rglob("*") if p.is_file()}
    assert found == {"a.txt": "one\n", "sub/b.txt": "two\n"}
    asked = len(fetch.server.asked)
    fetch.store.unlink()
    assert await checkout(fetch.source(below="sub"), places) == tree
    assert len(fetch.server.asked) == asked


async def test_an_older_commit_than_the_branchs_is_fetched_too(
    fetch: Fetch, places: Places
) -> None:
    fetch.server.repository("x", {"a.txt": "later\n"}, message="second")
    tree = await checkout(fetch.source(), places)
    assert (tree / "a.txt").read_text() == "one\n"


async def test_the_token_is_in_no_argument_no_environment_and_no_file_of_ours(
    fetch: Fetch, places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, program = tmp_path / "log", tmp_path / "bin" / "git"
    program.parent.mkdir()
    git = shutil.which("git")
    program.write_text(SPIES.format(python=sys.executable, log=str(log), git=git))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("GIT_TRACE_CURL", str(log))
    await checkout(fetch.source(), places)
    assert "fetch" in log.read_text()
    assert "GIT_TRACE" not in log.read_text()
    kept = [path for path in places.cache.rglob("*") if path.is_file()]
    assert TOKEN not in log.read_text() + "".join(
        path.read_text("utf-8", "replace") for path in kept
    )


@pytest.mark.parametrize("place", ["helper", "netrc", "askpass"])
async def test_a_login_is_found_where_people_keep_it(
    fetch: Fetch, places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    fetch.store.unlink()
    home = tmp_path / "home"
    if place == "helper":
        (home / "store").write_text(fetch.server.credentials)
        (home / ".gitconfig").write_text(f"[credential]\nhelper = store --file={home}/store\n")
    elif place == "netrc":
        (home / ".netrc").write_text(f"machine 127.0.0.1 login {NAME} password {TOKEN}\n")
    else:
        told = f"#!/bin/sh\ncase $1 in Username*) echo {NAME};; *) echo {TOKEN};; esac\n"
        (home / "ask").write_text(told)
        (home / "ask").chmod(0o700)
        monkeypatch.setenv("GIT_ASKPASS", str(home / "ask"))
    tree = await checkout(fetch.source(), places)
    assert (tree / "a.txt").read_text() == "one\n"


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [("no login", "git-401"), ("wrong login", "git-401"), (403, "git-403"), (404, "git-404"),
     ("no repository", "git-404"), ("no commit", "git-commit"), ("no server", "git-unreachable")],
)  # fmt: skip
async def test_why_a_commit_cannot_be_fetched_is_told_with_a_remedy(
    fetch: Fetch, places: Places, spoil: str | int, cause: str
) -> None:
    source = fetch.source()
    if spoil == "no login":
        fetch.store.unlink()
    elif spoil == "wrong login":
        fetch.store.write_text(fetch.server.credentials.replace(TOKEN, "glpat-another"))
    elif spoil == "no repository":
        source = fetch.source(url=fetch.server.url("none"))
    elif spoil == "no commit":
        source = fetch.source(commit="0" * 40)
    elif spoil == "no server":
        source = fetch.source(url="http://127.0.0.1:9/x.git")
    else:
        fetch.server.status = int(spoil)
    with pytest.raises(StageFailed, match="the commit cannot be fetched from http://127") as raised:
        await checkout(source, places)
    known = next(row for row in CAUSES if row.code == cause)
    assert known.cause in raised.value.message
    assert raised.value.remedy == known.remedy
    assert TOKEN not in raised.value.message + raised.value.detail
    assert [path.name for path in (places.cache / "commits").glob("*.part")] == []


@pytest.mark.parametrize(
    ("written", "cause"),
    [
        ("Host key verification failed.\nfatal: Could not read from remote", "git-ssh-host"),
        ("git@h: Permission denied (publickey).\nfatal: Could not read", "git-ssh"),
        (
            "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
            "git-ssh-changed",
        ),
        (
            "@ WARNING: UNPROTECTED PRIVATE KEY FILE! @\ngit@h: Permission denied (publickey).",
            "git-ssh-open",
        ),
        ("Bad owner or permissions on /home/ada/.ssh/config\nfatal: Could not", "git-ssh-open"),
        (
            "error: cannot run ssh: No such file or directory\nfatal: unable to fork",
            "git-ssh-missing",
        ),
        ("fatal: unable to access 'https://h/': server certificate verification failed", "git-tls"),
        ("remote: HTTP Basic: Access denied. The provided password is wrong", "git-403"),
        ("remote: Repository not found.\nfatal: repository 'https://h/x/' not found", "git-404"),
        ("fatal: unable to access 'https://h/x/': Could not resolve host: h", "git-unreachable"),
    ],
)
def test_what_ssh_and_hosts_write_is_recognised(written: str, cause: str) -> None:
    found = cause_of(written)
    assert found is not None
    assert found.code == cause


def test_every_cause_is_tried() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert all(f'"{row.code}"' in source for row in CAUSES)


async def test_a_file_that_others_can_read_is_not_used(fetch: Fetch, places: Places) -> None:
    fetch.store.chmod(0o644)
    with pytest.raises(ModelshipError, match="can be read by others") as raised:
        await checkout(fetch.source(), places)
    assert raised.value.remedy == f"run `chmod 600 {fetch.store}`"
    assert fetch.server.asked == []


def test_its_tokens_are_known_to_the_search_of_what_would_ship(
    fetch: Fetch, places: Places
) -> None:
    assert tokens(places) == {"the git token of 127.0.0.1 (line 1)": TOKEN}
    fetch.store.write_text("no url\nhttps://ada:a%40b@h/x\nhttps://nobody@h\n")
    assert tokens(places) == {"the git token of h (line 2)": "a@b"}
    fetch.store.chmod(0o644)
    assert tokens(places) == {}


async def test_another_file_can_be_named(
    fetch: Fetch, places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = tmp_path / "a folder" / "my credentials"
    monkeypatch.setenv(VARIABLE, str(named))
    with pytest.raises(ModelshipError, match="there is no such file"):
        await checkout(fetch.source(), places)
    named.parent.mkdir()
    fetch.store.rename(named)
    assert (await checkout(fetch.source(), places)).is_dir()


def test_a_url_in_what_git_says_loses_its_login() -> None:
    told = "fatal: unable to access 'https://oauth2:glpat-x@y@host/a.git/': refused"
    assert bare_words(told) == "fatal: unable to access 'https://host/a.git/': refused"
