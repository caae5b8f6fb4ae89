"""Limits are honoured where the kernel gives them to this user, and refused with a reason else."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_modelship.plan.options import table
from jupyter_modelship.targets.container.cgroups import Limits, limits
from jupyter_modelship.targets.container.honours import honours

USER = 1000
NO_SESSION = "systemd keeps no session of this user, which could be given limits"


def _version_2(root: Path, *, delegated: str | None) -> Path:
    """A cgroup v2 file system, with what is delegated to the user's session."""
    (root / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    if delegated is not None:
        session = root / "user.slice" / f"user-{USER}.slice" / f"user@{USER}.service"
        session.mkdir(parents=True)
        (session / "cgroup.controllers").write_text(f"{delegated}\n")
    return root


def test_what_is_delegated_is_honoured(tmp_path: Path) -> None:
    found = limits(uid=USER, root=_version_2(tmp_path, delegated="cpu memory pids"))
    assert found == Limits(memory="", cpu="")


def test_what_is_not_delegated_is_refused_by_its_name(tmp_path: Path) -> None:
    found = limits(uid=USER, root=_version_2(tmp_path, delegated="memory pids"))
    assert found.memory == ""
    assert found.cpu.startswith("the cgroup controller `cpu` is not delegated to this user")


def test_without_a_session_nothing_is_delegated(tmp_path: Path) -> None:
    root = _version_2(tmp_path, delegated=None)
    assert limits(uid=USER, root=root) == Limits(NO_SESSION, NO_SESSION)
    assert limits(uid=0, root=root) == Limits("", "")


def test_cgroup_v1_gives_users_nothing_and_root_its_controllers(tmp_path: Path) -> None:
    (tmp_path / "memory").mkdir()
    found = limits(uid=USER, root=tmp_path)
    assert found.memory == found.cpu != ""
    assert "cgroup v1" in found.memory
    assert limits(uid=0, root=tmp_path) == Limits("", "the kernel has no controller `cpu`")


@pytest.mark.parametrize("can", [Limits("", ""), Limits("no memory", "no cpu")])
def test_the_container_target_says_of_every_option_whether_it_honours_it(can: Limits) -> None:
    told = honours(can)
    assert set(told) == {option.name for option in table().values() if option.by == "target"}
    assert (told["memory"], told["cpu"]) == (can.memory, can.cpu)
