"""Whether memory and processors of a container can be limited here: files of the kernel, read.

podman ignores limits with a warning where it cannot set them, so they are refused before.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
_V1 = "this machine has cgroup v1, where podman ignores the limits of ordinary users"


@dataclass(frozen=True, slots=True)
class Limits:
    """ "" where the limit can be set, else the reason why it cannot."""

    memory: str
    cpu: str


def limits(*, uid: int, root: Path = ROOT) -> Limits:
    """What user `uid` can limit, from the cgroup file system at `root`.

    cgroups(7): v2 has `cgroup.controllers` at its root; a user's controllers are those that
    systemd delegates to `user@UID.service` (systemd.resource-control(5), Delegate=).
    """
    if not (root / "cgroup.controllers").exists():
        return Limits(*(_version_1(name, uid, root) for name in ("memory", "cpu")))
    own = root / "cgroup.controllers"
    if uid != 0:
        slice_ = root / "user.slice" / f"user-{uid}.slice" / f"user@{uid}.service"
        own = slice_ / "cgroup.controllers"
    try:
        controllers = own.read_text(encoding="ascii").split()
    except OSError:
        reason = "systemd keeps no session of this user, which could be given limits"
        return Limits(reason, reason)
    return Limits(*(_delegated(name, controllers) for name in ("memory", "cpu")))


def _version_1(controller: str, uid: int, root: Path) -> str:
    if uid != 0:
        return _V1
    return "" if (root / controller).is_dir() else f"the kernel has no controller `{controller}`"


def _delegated(controller: str, controllers: list[str]) -> str:
    if controller in controllers:
        return ""
    return (
        f"the cgroup controller `{controller}` is not delegated to this user; an administrator "
        "can do that (systemd: Delegate=yes of user@.service)"
    )
