"""What nobody needs any more: bundles and environments of no revision, old logs, caches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship import aside
from jupyter_modelship.bundle import store
from jupyter_modelship.errors import UsageError
from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.places import Places

from .journal import Journal
from .kept import folder
from .services import open_targets

RUNS_KEPT = 200
"""Runs whose worker logs are kept, newest first; the journal keeps what they did."""


@dataclass(frozen=True, slots=True)
class Waste:
    path: Path
    size: int
    """Bytes that go with it; what is shared with something that stays is counted too."""


async def find_waste(places: Places, *, caches: bool) -> tuple[Waste, ...]:
    """What could go. UsageError while a run is at work: what it makes is nobody's yet."""
    with Journal.open(places) as journal:
        active = journal.list(active=True, limit=1)
        kept = {run.id for run in journal.list(limit=RUNS_KEPT)}
    if active:
        raise UsageError(
            f"run {active[0].id[:8]} of {active[0].service} has not ended",
            remedy="wait for it, or end it: jupyter modelship cancel " + active[0].service,
        )
    held = {path for target in open_targets(places).values() for path in await target.holds()}
    found = [*_bundles(places, held), *_run_files(places, kept), *_failures(places)]
    if caches:
        found += _caches(places, held)
    return tuple(Waste(path, _size(path)) for path in found)


def remove(waste: tuple[Waste, ...], places: Places) -> None:
    """Remove what was found; what is gone already is fine."""
    for item in waste:
        failpoint("prune.remove.before")
        if item.path.is_dir() and not item.path.is_symlink():
            aside.remove(item.path)
        else:
            item.path.unlink(missing_ok=True)
        failpoint("prune.remove.after")
    store.sweep(places.state / "bundles")


def _bundles(places: Places, held: set[Path]) -> Iterator[Path]:
    folder = places.state / "bundles"
    kept = {path.name for path in held if path.parent == folder}
    for path in sorted(folder.glob("*")):
        if path.name.split(".")[0] not in kept and not path.name.startswith("."):
            yield path


def _run_files(places: Places, kept: set[str]) -> Iterator[Path]:
    for path in sorted((places.state / "runs").glob("*")):
        if path.name.split(".")[0] not in kept:
            yield path


def _failures(places: Places) -> Iterator[Path]:
    """What failed images left to be looked into."""
    yield from sorted(folder(places).glob("*"))


def _caches(places: Places, held: set[Path]) -> Iterator[Path]:
    """All that can be made again, but not the environments that services run in."""
    for path in sorted(places.cache.glob("*")):
        if path.name not in ("environments", folder(places).name):
            yield path
    for path in sorted((places.cache / "environments").glob("*")):
        if path.is_dir() and not any(path in needed.parents for needed in held):
            yield path


def _size(path: Path) -> int:
    if not path.is_dir():
        return path.lstat().st_size if path.exists() else 0
    return sum(file.lstat().st_size for file in path.rglob("*") if file.is_file())
