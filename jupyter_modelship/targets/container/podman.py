"""podman, told all that its own configuration could decide otherwise."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from jupyter_modelship import process
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import Places, private
from jupyter_modelship.storage import Storage

RUN_LIMIT = 50
"""podman refuses a longer `--runroot`."""
TIDY_SECONDS = 60.0
_PASSED = (
    *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LANG"),
    *("XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "DBUS_SESSION_BUS_ADDRESS"),
    *("CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF"),
)
"""What podman needs of our environment. Values of services are never in it."""


@dataclass(frozen=True, slots=True)
class Podman:
    """How containers are run here, as it was tried."""

    program: str
    """Absolute path."""
    version: str
    root: Path
    """Images and containers: a store of ours, nobody else's."""
    run: Path
    """podman's state until the machine ends."""
    storage: Storage
    runtime: str
    """`crun` or `runc`."""
    network: str
    """podman's name of it: `slirp4netns`, `pasta`, `host`."""
    why: str = ""
    """Why runtime and network are these, for people."""

    def argv(self, *words: str) -> tuple[str, ...]:
        """podman with the flags that bind it to our store, and the command."""
        return (
            self.program,
            *(
                "--root",
                str(self.root),
                "--runroot",
                str(self.run),
                "--tmpdir",
                str(self.run / "t"),
            ),
            *self.storage.flags,
            *("--runtime", self.runtime, "--events-backend", "none", "--log-level", "error"),
            *words,
        )

    async def ask(self, *words: str, timeout: float = TIDY_SECONDS, cwd: Path | None = None) -> str:
        """What podman prints. Raises ModelshipError with its last words where it fails."""
        done = await process.run(
            self.argv(*words), env=environment(), cwd=cwd or self.root, timeout=timeout
        )
        if done.code:
            raise ModelshipError(f"podman {words[0]} failed: {last_words(done.errors)}")
        return done.output


def environment() -> dict[str, str]:
    """The environment of podman."""
    return {name: os.environ[name] for name in _PASSED if name in os.environ}


def last_words(errors: str) -> str:
    """The end of what a program said before it failed, as one line."""
    lines = [line.removeprefix("Error: ") for line in errors.strip().splitlines()]
    return lines[-1] if lines else "it said nothing"


def folder(places: Places) -> Path:
    """What is the target's own: the store, and how it is used."""
    return places.state / "containers"


def run_folder(places: Places) -> Path:
    """Where podman keeps what ends with the machine, in a path that is short enough for it."""
    return private(places.socket("c", limit=RUN_LIMIT))


def after_a_boot(podman: Podman) -> None:
    """Where the machine was started since, what podman kept until its end goes: podman itself
    finds that out only where the folder is emptied by then."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
    note = podman.run / "boot"
    if note.exists() and note.read_text(encoding="ascii") == boot:
        return
    shutil.rmtree(podman.run, ignore_errors=True)
    private(podman.run)
    note.write_text(boot, encoding="ascii")


def save(podman: Podman, *, key: str, places: Places) -> None:
    """Remember what was tried; `key` says when it has to be tried again."""
    data = {**asdict(podman), "root": str(podman.root), "run": str(podman.run), "key": key}
    aside = folder(places) / f".how.{os.getpid()}"
    aside.write_text(json.dumps(data, indent=1), encoding="utf-8")
    aside.replace(folder(places) / "how.json")


def load(places: Places) -> tuple[Podman, str] | None:
    """What was tried before with its key, or None where nothing was."""
    try:
        data = json.loads((folder(places) / "how.json").read_bytes())
        key = data.pop("key")
        paths = {"root": Path(data["root"]), "run": Path(data["run"])}
        return Podman(**{**data, **paths, "storage": Storage(**data["storage"])}), key
    except (OSError, ValueError, KeyError, TypeError):
        return None
