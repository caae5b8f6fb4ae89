"""One call of buildah: in namespaces of its own, on a store of its own, with nothing inherited.

Each call is the first process of a process and a mount namespace: when it goes, or we go, the
kernel ends all that it started and undoes all that it mounted. Its user namespace maps root to us
and nobody else. So every file it makes is ours to delete, no range of subordinate ids is needed,
and no helper with privileges; that files of the base lose their owners in the store changes
nothing, since only layers above it leave the store (containers-storage.conf(5),
`ignore_chown_errors`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship import process
from jupyter_modelship.engines.causes import failed
from jupyter_modelship.storage import Storage

APART = (
    "unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child",
)  # fmt: skip
CALL_SECONDS = 1800.0
STORE = "root"
"""A place's store, by containers-storage.conf(5) its `graphroot`."""
_KILLED = (-9, 137)
_NEW = 0o700


@dataclass(frozen=True, slots=True)
class Tool:
    """buildah, or podman, on the store in `place`; it can read the stores `below`."""

    program: str
    storage: Storage
    place: Path
    below: tuple[Path, ...] = ()
    """Roots of immutable stores."""

    @property
    def store(self) -> Path:
        return self.place / STORE

    def begin(self) -> None:
        """Lay out the place, which exists: configuration, home, folder for temporary files."""
        for name in ("home", "tmp"):
            (self.place / name).mkdir(mode=_NEW)
        (self.place / "storage.conf").write_text(_toml(self._storage()), "utf-8")
        (self.place / "containers.conf").write_text(_toml(self._engine()), "utf-8")

    async def call(self, *words: str | Path, on_line: Callable[[str], None] | None = None) -> str:
        """Standard output of `PROGRAM words…`; lines of the log go to `on_line`.

        Raises StageFailed with the cause. Cancelled, it ends at once with all its children.
        """
        argv = (*APART, self.program, *map(str, words))
        done = await process.run(
            argv,
            cwd=self.place,
            env=self.environment,
            timeout=CALL_SECONDS,
            on_line=on_line,
            grace=0.0,
        )
        if done.code != 0:
            killed = "\nsignal: killed" if done.code in _KILLED else ""
            raise failed(f"{Path(self.program).name} {words[0]} did not work", done.errors + killed)
        return done.output.strip()

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of ours but where programs are."""
        return {
            "BUILDAH_ISOLATION": "chroot",
            "CONTAINERS_CONF": str(self.place / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(self.place / "storage.conf"),
            "HOME": str(self.place / "home"),
            "LANG": "C.UTF-8",
            "PATH": os.environ.get("PATH", os.defpath),
            "TMPDIR": str(self.place / "tmp"),
        }

    def _storage(self) -> _Sections:
        """containers-storage.conf(5)."""
        kind = "vfs" if self.storage.kind == "vfs" else "overlay"
        driver = {"ignore_chown_errors": "true"}
        if self.storage.program:
            driver["mount_program"] = self.storage.program
        return {
            "storage": {
                "driver": kind,
                "graphroot": str(self.store),
                "runroot": str(self.place / "run"),
            },
            "storage.options": {"additionalimagestores": [str(path) for path in self.below]},
            f"storage.options.{kind}": dict(driver),
        }

    def _engine(self) -> _Sections:
        """containers.conf(5): what podman would keep for all of a user, or of the machine."""
        return {
            "engine": {
                "cgroup_manager": "cgroupfs",
                "events_logger": "none",
                "lock_type": "file",
                "static_dir": str(self.place / "static"),
                "tmp_dir": str(self.place / "tmp" / "libpod"),
                "volume_path": str(self.place / "volumes"),
            },
            "network": {"network_config_dir": str(self.place / "networks")},
        }


_Sections = dict[str, dict[str, object]]


def _toml(sections: _Sections) -> str:
    """A JSON string is a TOML string, and so is a list of them."""
    lines = []
    for name, values in sections.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"
