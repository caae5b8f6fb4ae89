"""Memory and processors: limited by the kernel where it gives this user the means, else refused.

Which of both is tried depends on the machine that this runs on: cgroup v2 with a session of
systemd's for the user, or anything else.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_modelship.cli import main
from jupyter_modelship.targets.container.cgroups import ROOT, limits
from jupyter_modelship.targets.container.command import command
from tests.line.conftest import write_book

from .stubs import Yard

pytestmark = pytest.mark.ordinary_user
MEMORY = 64 << 20
CAN = limits(uid=os.getuid())
V1 = not (ROOT / "cgroup.controllers").exists()


@pytest.mark.skipif(not CAN.memory, reason="this machine lets the user limit memory: see below")
@pytest.mark.parametrize("flag", ["--memory=64MB", "--cpu=0.5"])
def test_what_cannot_be_limited_is_refused_with_the_reason(
    flag: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MODELSHIP_HOME", str(tmp_path / "home"))
    write_book(tmp_path / "book.ipynb", ("def go(x: int) -> int:\n    return x", "endpoint"))
    assert main(["check", str(tmp_path / "book.ipynb"), "--target", "container", flag]) == 3
    assert CAN.memory in capsys.readouterr().out


@pytest.mark.skipif(not V1, reason="cgroup v2 is another matter: see below")
async def test_on_cgroup_v1_podman_would_have_ignored_it(yard: Yard) -> None:
    podman = await yard.target.probe()
    release = replace(await yard.release("one"), options={"memory": MEMORY, "cpu": 0.5})
    pid_file = yard.places.state / "pid"
    argv = command(release, podman=podman, name="limited", given={}, pid_file=pid_file)
    at = argv.index("--memory")
    asked = (*argv[at : at + 6], "--entrypoint", "python", release.image, "-c")
    tell = "print(open('/proc/self/cgroup').read(), open('/proc/1/limits').read())"
    words = ("run", "--rm", "--network", podman.network, "--userns", "host", *asked, tell)
    inside = await podman.ask(*words)
    ours = Path("/proc/self/cgroup").read_text()
    assert _memory_group(inside) == _memory_group(ours), "it is in no group of its own"


def _memory_group(text: str) -> str:
    return next(line for line in text.splitlines() if ":memory:" in line)


def held_by_v1() -> str:
    """Which hierarchy has the memory controller: cgroups(7), "cgroups version 1"; a controller is
    in one at a time, so v2 cannot have it beside v1."""
    rows = [line.split() for line in Path("/proc/cgroups").read_text().splitlines()]
    number = next((row[1] for row in rows if row[0] == "memory"), "0")
    return f"; hierarchy {number} of cgroup v1 has the memory controller" if number != "0" else ""


@pytest.mark.skipif(
    bool(CAN.memory),
    reason=f"a limit of podman's that the kernel enforces, for user {os.getuid()}: {CAN.memory}"
    + held_by_v1(),
)
async def test_on_cgroup_v2_the_kernel_holds_the_container_to_them(yard: Yard) -> None:
    await yard.deploy("one", memory=MEMORY, cpu=0.5)
    (first,) = yard.firsts()
    told = Path(f"/proc/{first.pid}/cgroup").read_text().strip()
    group = ROOT / told.removeprefix("0::/")
    assert (group / "memory.max").read_text().strip() == str(MEMORY)
    assert (group / "memory.swap.max").read_text().strip() == "0"
    quota, period = map(int, (group / "cpu.max").read_text().split())
    assert quota / period == 0.5
