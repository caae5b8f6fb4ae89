"""What the keeper remembers of a service: one folder each, one JSON file, written whole.

<state>/services/<name>/service.json   record: port, desired state, revisions
                        token          bearer token, made once
                        values.json    values of declared `env` and `secrets`, written by people
                        log, log.1     output of the service's processes
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

from jupyter_modelship.errors import ModelshipError, UsageError
from jupyter_modelship.places import Places, private
from jupyter_modelship.targets.port import Release, RevisionRecord

from .wire import release_from_json, release_to_json

VERSION = 1
Desired = Literal["running", "stopped", "deleted"]
_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Revision:
    number: int
    when: str
    release: Release
    origin: int | None = None

    @property
    def record(self) -> RevisionRecord:
        release = self.release
        return RevisionRecord(
            number=self.number,
            plan_digest=release.plan_digest,
            bundle_digest=release.bundle_digest,
            run=release.run,
            who=release.who,
            when=self.when,
            origin=self.origin,
        )


@dataclass(frozen=True, slots=True)
class Record:
    """`service.json`. `live` is 0 while no revision has gone live yet."""

    service: str
    notebook: str
    port: int
    desired: Desired
    live: int
    revisions: tuple[Revision, ...]
    intent: str = ""
    """The run whose release is being applied; its outcome is not known while it stands."""

    @property
    def images(self) -> frozenset[str]:
        """The images that its revisions need."""
        return frozenset(filter(None, (each.release.image for each in self.revisions)))

    def revision(self, number: int) -> Revision:
        """Raises KeyError."""
        for revision in self.revisions:
            if revision.number == number:
                return revision
        raise KeyError(number)

    def applied(self, run: str) -> bool:
        """Whether that run has gone live already."""
        return bool(run) and any(revision.release.run == run for revision in self.revisions)


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of one service."""

    path: Path

    @property
    def record(self) -> Path:
        return self.path / "service.json"

    @property
    def token(self) -> Path:
        return self.path / "token"

    @property
    def values(self) -> Path:
        return self.path / "values.json"

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def older_log(self) -> Path:
        return self.path / "log.1"


def now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def services(places: Places) -> Path:
    return private(places.state / "services")


def folder(places: Places, service: str) -> Folder:
    """Where the service's files are. Raises UsageError for a name that is no DNS label."""
    if _NAME.fullmatch(service) is None:
        raise UsageError(
            f"{service!r} cannot name a service", remedy="use lower-case letters, digits, hyphens"
        )
    return Folder(places.state / "services" / service)


def names(places: Places) -> tuple[str, ...]:
    """Services that have a record, sorted."""
    root = places.state / "services"
    if not root.is_dir():
        return ()
    found = (entry.name for entry in root.iterdir() if _NAME.fullmatch(entry.name))
    return tuple(sorted(name for name in found if Folder(root / name).record.exists()))


def load(place: Folder) -> Record | None:
    """The record, or None where there is none. Raises ModelshipError for one nobody can read."""
    try:
        data = json.loads(place.record.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(place, str(error)) from error
    if not isinstance(data, dict) or data.pop("version", None) != VERSION:
        raise _unreadable(place, "another version of jupyter_modelship wrote it")
    try:
        return Record(**{**data, "revisions": tuple(map(_revision, data["revisions"]))})
    except (KeyError, TypeError) as error:
        raise _unreadable(place, str(error)) from error


def _revision(data: Mapping[str, Any]) -> Revision:
    return Revision(**{**data, "release": release_from_json(data["release"])})


def _unreadable(place: Folder, why: str) -> ModelshipError:
    return ModelshipError(
        f"the record of service {place.path.name} cannot be read: {why}",
        remedy=f"put {place.record} back, or delete the service and deploy it again",
    )


def save(place: Folder, record: Record) -> None:
    """Write the record so that a reader, also after a power cut, sees the old or the new one."""
    private(place.path)
    revisions = [
        {
            "number": each.number,
            "when": each.when,
            "origin": each.origin,
            "release": release_to_json(each.release),
        }
        for each in record.revisions
    ]
    data = {
        "version": VERSION,
        "service": record.service,
        "notebook": record.notebook,
        "port": record.port,
        "desired": record.desired,
        "live": record.live,
        "intent": record.intent,
        "revisions": revisions,
    }
    write_whole(place.record, json.dumps(data, indent=1).encode())


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file of mode 0600 in one step, on disk when this returns."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def forget_unpublished(place: Folder) -> None:
    """Remove what a first deployment that never went live has left; people's values stay."""
    for path in (place.token, place.log, place.older_log, place.record):
        path.unlink(missing_ok=True)
    with suppress(OSError):  # not empty: values.json
        place.path.rmdir()


def remove(place: Folder) -> None:
    """Remove the service's folder; at once out of sight, whatever happens meanwhile."""
    if place.path.exists():
        aside = place.path.with_name(f".{place.path.name}.{os.getpid()}")
        shutil.rmtree(aside, ignore_errors=True)
        place.path.rename(aside)
        shutil.rmtree(aside)
