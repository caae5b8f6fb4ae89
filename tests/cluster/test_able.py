"""Where no cluster can be is said before one is tried, with the machine's own word."""

from __future__ import annotations

from pathlib import Path

from .able import _no_group, lacks


def test_this_machine_can_have_one() -> None:
    assert lacks() == ""


def test_what_the_machine_refuses_is_named() -> None:
    needed = [("all", "true"), ("the moon", "echo it is far >&2; exit 1"), ("more", "exit 1")]
    assert lacks(needed) == "this machine does not allow the moon: it is far"


def test_control_groups_are_tried_and_left_as_they_were(tmp_path: Path) -> None:
    assert _no_group([tmp_path]) == ""
    assert list(tmp_path.iterdir()) == []
    missing = _no_group([tmp_path / "none"])
    assert missing.startswith("this machine does not allow control groups: ")
    assert "No such file" in missing
