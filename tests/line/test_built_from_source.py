"""What is on no index as a wheel: a private repository, and an archive; built after the review."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from jupyter_modelship.environment.uv import find_uv
from tests.gits import COMPILED, NAME, PURE, TOKEN, GitServer, git_server, team_kernel

from .conftest import MODELSHIP, Home, make_home

SERVED = (
    """\
import team_fast
import team_maths

def six_times(x: int) -> int:
    return team_fast.twice(team_maths.thrice(x))""",
    "endpoint",
)


@dataclass(frozen=True)
class Team:
    """Somebody whose kernel has two packages of the team's private repositories."""

    home: Home
    server: GitServer
    python: Path
    commits: dict[str, str]

    def reference(self, name: str) -> str:
        return f"git+{self.server.url(name)}@{self.commits[name]}"


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder = tmp_path_factory.mktemp("team")
    (folder / "git").mkdir()
    with git_server(folder / "git") as server:
        commits = {
            "maths": server.repository("maths", PURE),
            "fast": server.repository("fast", COMPILED),
        }
        home = make_home(folder / "somebody")
        python = team_kernel(folder, server, commits)
        environment = {
            **home.environment,
            "HOME": str(folder / "somebody"),
            "UV_CACHE_DIR": _wheels_that_are_here(),
            "JUPYTER_PATH": str(folder / "jupyter"),
        }
        yield Team(Home(home.folder, environment), server, python, commits)
        for seen in home.run("list", "--json").document:
            home.run("delete", seen["service"], "--yes")


def _wheels_that_are_here() -> str:
    """uv's cache of this machine: another HOME would have an empty one."""
    told = subprocess.run([find_uv(), "cache", "dir"], capture_output=True, text=True, check=True)
    return told.stdout.strip()


def _give_token(team: Team) -> Path:
    path = team.home.state("git-credentials")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(0o600)
    path.write_text(team.server.credentials)
    return path


def test_a_private_repository_is_built_after_the_review_and_its_token_is_nowhere(
    team: Team,
) -> None:
    home = team.home
    home.book("team", SERVED, "six_times(7)", kernel="team")
    refused = home.run("preview", "team.ipynb", good=False)
    assert refused.code == 1
    assert "the repository is private" in refused.err

    path = _give_token(team)
    reviewed = home.run("preview", "team.ipynb", "-o", "seen")
    assert "8 packages (2 built from source)" in reviewed.err
    assert f"team-maths 1.4 is built from source: {team.reference('maths')}" in reviewed.err
    lock = (home.folder / "seen" / "requirements.lock").read_text()
    assert f"team-fast @ {team.reference('fast')}\n" in lock
    assert not (home.folder / "home" / "cache" / "wheels").exists(), "nothing is built before"

    told = home.run("deploy", "team.ipynb", "--yes")
    assert home.call("team", "six_times", x=7) == 42
    built = (home.bundle("team") / "requirements.lock").read_text()
    assert "team-maths==1.4 \\\n    --hash=sha256:" in built
    assert "git+" not in built
    wheels = sorted(one.name for one in (home.bundle("team") / "wheels").iterdir())
    assert [name.split("-")[:2] for name in wheels] == [["team_fast", "0.3"], ["team_maths", "1.4"]]

    path.unlink()
    asked = len(team.server.asked)
    assert home.run("deploy", "team.ipynb", "--yes", "--fresh").code == 0
    assert len(team.server.asked) == asked, "a commit that was fetched and built needs nobody"
    assert TOKEN not in told.out + told.err
    assert _holding(TOKEN, home.folder) == []


@pytest.mark.campaign
def test_a_build_that_fails_is_looked_into_mended_and_tried_again(
    tmp_path: Path,
) -> None:
    """Its extension compiles for who installs it, and not with the date of a build of ours."""
    breaks = "import os\nFLAGS = [('BROKEN', '1')] if 'SOURCE_DATE_EPOCH' in os.environ else []\n"
    setup = COMPILED["setup.py"].replace("['fast.c']", "['fast.c'], define_macros=FLAGS")
    code = f"#ifdef BROKEN\n#error not with this\n#endif\n{COMPILED['fast.c']}"
    with git_server(tmp_path) as server:
        files = {**COMPILED, "setup.py": breaks + setup, "fast.c": code}
        team_kernel(tmp_path, server, {"fast": server.repository("fast", files)})
        home = make_home(tmp_path / "somebody")
        environment = {**home.environment, "JUPYTER_PATH": str(tmp_path / "jupyter")}
        team = Team(Home(home.folder, environment), server, Path(), {})
        path = _give_token(team)
        serve = "import team_fast\n\ndef twice(x: int) -> int:\n    return team_fast.twice(x)"
        team.home.book("fast", (serve, "endpoint"), "twice(7)", kernel="team")
        failed = team.home.run("deploy", "fast.ipynb", "--yes", good=False)
        path.unlink()
    assert "team-fast 0.3 cannot be built from source" in failed.err
    lines = ("failed-step || echo ended with $?", "sed -i /BROKEN/,+2d fast.c")
    said = subprocess.run(
        [*MODELSHIP, "debug", "fast"],
        input="\n".join([*lines, "failed-step && ls ../out", ""]),
        env={**team.home.environment, "SHELL": "/bin/sh"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    ).stdout
    assert "step    build team-fast 0.3 from source" in said
    assert "error: #error not with this" in said
    assert "ended with 1" in said
    assert "team_fast-0.3-" in said.rpartition("modelship-build")[2]
    assert _holding(TOKEN, home.folder) == []


def _holding(text: str, folder: Path) -> list[str]:
    """Files below `folder` that hold the text, plain or as a Basic login."""
    login = base64.b64encode(f"{NAME}:{text}".encode()).rstrip(b"=")
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            if text.encode() in content or login in content:
                found.append(str(path.relative_to(folder)))
    return found
