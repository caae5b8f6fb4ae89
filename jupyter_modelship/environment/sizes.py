"""How much room the packages of a lock take, as far as it is known without fetching them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from packaging.utils import canonicalize_name

from jupyter_modelship.model import KernelFacts, Lock
from jupyter_modelship.places import Places

from .realise import environments, home_of

_SUFFIX = ".dist-info"


def installed_size(lock: Lock, facts: KernelFacts, places: Places) -> int | None:
    """Bytes of the service's packages: as they lie in its environment where that is made, else in
    the kernel's or another service's. None where one of them lies in none."""
    wanted, found = set(lock.packages), 0
    homes = (home_of(lock, facts, places), Path(facts.python).parent.parent, *environments(places))
    for home in homes:
        if not wanted:
            break
        for package, folder in _distributions(home):
            if package in wanted and (size := _size(folder)) is not None:
                wanted.discard(package)
                found += size
    return None if wanted else found


def _distributions(home: Path) -> Iterator[tuple[tuple[str, str], Path]]:
    """(normalised name, version) and metadata folder of what is installed in an environment."""
    for folder in home.glob(f"lib/python*/site-packages/*{_SUFFIX}"):
        name, _, version = folder.name.removesuffix(_SUFFIX).rpartition("-")
        yield (canonicalize_name(name), version), folder


def _size(folder: Path) -> int | None:
    """What the distribution's RECORD says of its files."""
    try:
        with (folder / "RECORD").open(encoding="utf-8", newline="") as rows:
            return sum(int(row[2]) for row in csv.reader(rows) if row[2:] and row[2].isdigit())
    except (OSError, ValueError):
        return None
