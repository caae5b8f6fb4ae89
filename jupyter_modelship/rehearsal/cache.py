"""Rehearsals by content: one key for what is computed, one for the examples' calls.

    rehearsals/artifacts/KEY/VARIANT/{entry.json, files}   a variant for each state of the data
    rehearsals/examples/KEY.json
    rehearsals/work-…/                                     of a run that is under way

Entries are made aside and renamed into place, never changed, and verified when they are used.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.places import Places, private

from .digest import file_digest, key
from .reads import FileState, unchanged

ENTRY = "entry.json"


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry of the artifacts cache: its folder, and what its `entry.json` says."""

    folder: Path
    entry: Mapping[str, Any]
    digest: str
    """sha256 of `entry.json`: ties the examples to these very artifacts."""


class Cache:
    """The rehearsals kept under `places.cache`."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._root = private(places.cache) / "rehearsals"

    def artifacts(self, artifacts_key: str) -> Stored | None:
        """The newest whole entry whose data files are as they were; damaged ones are dropped."""
        folder = self._root / "artifacts" / artifacts_key
        for variant in sorted(_folders(folder), key=lambda path: -path.stat().st_mtime_ns):
            stored = self._load(variant)
            if stored is not None and all(
                unchanged(FileState(**read)) for read in stored.entry["reads"]
            ):
                return stored
        return None

    def _load(self, folder: Path) -> Stored | None:
        try:
            data = (folder / ENTRY).read_bytes()
            entry = json.loads(data)
            if all(
                file_digest(folder / item["file"]) == item["sha256"]
                for item in (*entry["artifacts"], *entry["names"])
            ):
                return Stored(folder, entry, hashlib.sha256(data).hexdigest())
        except (OSError, ValueError, KeyError, TypeError):
            pass
        self._drop(folder)
        return None

    def put_artifacts(self, artifacts_key: str, made: Path, entry: Mapping[str, Any]) -> Stored:
        """Move the folder `made`, with `entry` written into it, to its place."""
        data = json.dumps(entry, sort_keys=True, indent=1).encode()
        (made / ENTRY).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        target = self._root / "artifacts" / artifacts_key / digest[:16]
        target.parent.mkdir(parents=True, exist_ok=True)
        failpoint("rehearsal.artifacts.before")
        try:
            made.rename(target)
        except OSError:  # the same content is there already
            if not target.is_dir():
                raise
        failpoint("rehearsal.artifacts.after")
        return Stored(target, entry, digest)

    def examples(self, examples_key: str) -> Mapping[str, Any] | None:
        """What was recorded under this key; a damaged record is dropped."""
        path = self._root / "examples" / f"{examples_key}.json"
        try:
            wrapped = json.loads(path.read_bytes())
            if wrapped["digest"] == key({"recorded": wrapped["recorded"]}):
                recorded: Mapping[str, Any] = wrapped["recorded"]
                return recorded
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            pass
        path.unlink(missing_ok=True)
        return None

    def put_examples(self, examples_key: str, work: Path, recorded: Mapping[str, Any]) -> None:
        """Keep a record, made in the folder `work` and moved to its place."""
        made = work / "examples.json"
        wrapped = {"digest": key({"recorded": recorded}), "recorded": recorded}
        made.write_text(json.dumps(wrapped), "ascii")
        target = self._root / "examples" / f"{examples_key}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        failpoint("rehearsal.examples.before")
        made.replace(target)
        failpoint("rehearsal.examples.after")

    @contextlib.contextmanager
    def work(self) -> Iterator[tuple[Path, Path]]:
        """A folder for one run and a path for its kernel's sockets; both are gone afterwards.

        What runs left behind that were killed is swept away: a live run holds its folder's lock.
        """
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._root / "sweep.lock").open("w") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            self._sweep()
            folder = Path(tempfile.mkdtemp(prefix="work-", dir=self._root))
            lock = (folder / "lock").open("w")
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield folder, self._socket(folder)
        finally:
            self._remove(folder)
            lock.close()

    def _sweep(self) -> None:
        for folder in self._root.glob("work-*"):
            with contextlib.suppress(OSError), (folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._remove(folder)

    def _remove(self, folder: Path) -> None:
        socket = self._socket(folder)
        for left in socket.parent.glob(f"{socket.name}-*"):
            left.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)

    def _socket(self, folder: Path) -> Path:
        return self._places.socket(f"k-{folder.name.removeprefix('work-')}")

    def _drop(self, folder: Path) -> None:
        """Out of the way by one rename, then deleted."""
        grave = Path(tempfile.mkdtemp(prefix="dropped-", dir=self._root))
        with contextlib.suppress(OSError):
            folder.replace(grave / "entry")
        shutil.rmtree(grave, ignore_errors=True)


def _folders(folder: Path) -> Sequence[Path]:
    return [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
