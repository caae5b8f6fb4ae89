"""Which storage is chosen for layers, and what is said of the choice."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from jupyter_modelship import storage
from jupyter_modelship.storage import Storage, choose

REFUSES = ("sh", "-c", "echo 'mount: permission denied' >&2; exit 32", "sh")
FUSE = "/usr/bin/fuse-overlayfs"


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that mounts no overlay."""
    monkeypatch.setattr(storage, "_AS_ROOT", REFUSES)


def _installed(monkeypatch: pytest.MonkeyPatch, program: str | None, *, fuse: bool = True) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: program)
    monkeypatch.setattr(os, "access", lambda path, mode: fuse)


async def test_the_kernel_s_own_overlay_comes_first_and_leaves_nothing(tmp_path: Path) -> None:
    found = await choose(tmp_path, inside=("true",))
    assert found.kind == "overlay"
    assert found.flags == ("--storage-driver", "overlay")
    assert list(tmp_path.iterdir()) == []


async def test_where_the_kernel_refuses_fuse_overlayfs_is_next(
    tmp_path: Path, refused: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    _installed(monkeypatch, FUSE)
    found = await choose(tmp_path, inside=REFUSES)
    assert (found.kind, found.program) == ("fuse-overlayfs", FUSE)
    assert found.flags[-1] == f"overlay.mount_program={FUSE}"
    assert str(found) == ("fuse-overlayfs (the kernel mounts no overlay: mount: permission denied)")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("program", "fuse", "lacking"),
    [
        (None, True, "fuse-overlayfs is not installed"),
        (FUSE, False, "/dev/fuse is not open to this user"),
    ],
)
async def test_vfs_is_the_last_and_says_what_is_lacking(
    tmp_path: Path,
    refused: None,
    monkeypatch: pytest.MonkeyPatch,
    program: str | None,
    fuse: bool,
    lacking: str,
) -> None:
    _installed(monkeypatch, program, fuse=fuse)
    found = await choose(tmp_path, inside=REFUSES)
    assert found.flags == ("--storage-driver", "vfs")
    assert found.why.endswith(f"no overlay: mount: permission denied; {lacking}")


async def test_a_namespace_tool_that_is_not_there_is_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "_AS_ROOT", ("no-such-tool",))
    _installed(monkeypatch, None)
    found = await choose(tmp_path, inside=("no-such-tool",))
    assert "cannot start no-such-tool" in found.why


def test_fuse_overlayfs_is_named_by_its_path() -> None:
    assert Storage("fuse-overlayfs", "", FUSE).flags == (
        *("--storage-driver", "overlay"),
        *("--storage-opt", f"overlay.mount_program={FUSE}"),
    )
