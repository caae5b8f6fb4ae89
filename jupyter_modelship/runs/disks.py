"""Whether a path lies on a disk of this machine: locks and shared memory differ elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = frozenset(
    (
        *("9p", "acfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fhgfs", "gfs", "gfs2"),
        *("glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "panfs"),
        *("prl_fs", "pvfs2", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs", "wekafs"),
    )
)
_LOCAL_FUSE = frozenset({"fuse.fuse-overlayfs", "fuse.ntfs-3g", "fuseblk"})


def is_network(path: Path) -> bool:
    """Whether `path` lies on a network file system. Where the system does not say: it does not."""
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:  # not Linux
        return False
    return _is_network_type(type_of(path.absolute(), mounts))


def _is_network_type(name: str) -> bool:
    foreign_fuse = name.startswith("fuse") and name not in _LOCAL_FUSE
    return name in _NETWORK or foreign_fuse


def type_of(path: Path, mounts: str) -> str:
    """The type of the file system that holds `path`; "" where no mount does.

    `mounts` is /proc/self/mountinfo (proc(5)): field 5 is the mount point, the first field after
    the lone "-" the type; of two mounts on one point the later covers the earlier.
    """
    resolved = path.resolve()
    found, depth = "", -1
    for line in mounts.splitlines():
        before, dash, after = line.partition(" - ")
        fields = before.split(" ")
        if not dash or len(fields) < 5:
            continue
        point = Path(_unescaped(fields[4]))
        if len(point.parts) >= depth and (resolved == point or point in resolved.parents):
            found, depth = after.split(" ", 1)[0], len(point.parts)
    return found


def _unescaped(field: str) -> str:
    """Blank, tab, line end and backslash stand as three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)
