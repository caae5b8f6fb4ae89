from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_modelship.runs import disks

MOUNTS = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /home rw,relatime - nfs4 server:/home rw,vers=4.2
31 30 8:2 / /home/local rw - xfs /dev/sdb1 rw
32 22 0:41 / /mnt/my\040share rw - cifs //server/share rw
33 22 0:42 / /tmp/a rw - tmpfs tmpfs rw
34 33 0:43 / /tmp/a rw - fuse.sshfs host: rw
35 22 0:44 / /o rw master:3 - fuse.fuse-overlayfs fuse-overlayfs rw
damaged line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib", "ext4"),
        ("/home/ada/.local/state", "nfs4"),
        ("/home/local/x", "xfs"),
        ("/homes/x", "ext4"),
        ("/mnt/my share/x", "cifs"),
        ("/tmp/a/b", "fuse.sshfs"),
        ("/o", "fuse.fuse-overlayfs"),
    ],
)
def test_the_deepest_and_latest_mount_says_what_a_path_lies_on(path: str, kind: str) -> None:
    assert disks.type_of(Path(path), MOUNTS) == kind


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "9p", "fuse.sshfs", "fuse.new", "lustre"])
def test_disks_of_another_machine_are_network_disks(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mounts := tmp_path / "mountinfo").write_text(f"1 0 0:1 / / rw - {kind} x rw\n")
    monkeypatch.setattr(disks, "_MOUNTS", mounts)
    assert disks.is_network(tmp_path)


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "tmpfs", "overlay", "fuseblk", "zfs"])
def test_disks_of_this_machine_are_not(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mounts := tmp_path / "mountinfo").write_text(f"1 0 0:1 / / rw - {kind} x rw\n")
    monkeypatch.setattr(disks, "_MOUNTS", mounts)
    assert not disks.is_network(tmp_path)


def test_where_the_system_does_not_say_the_disk_is_local(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disks, "_MOUNTS", tmp_path / "nowhere")
    assert not disks.is_network(tmp_path)
