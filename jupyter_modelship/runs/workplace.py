"""Where a run is at work: folder and interpreter of its present stage, for `debug`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from jupyter_modelship.places import Places

from . import liveness


@dataclass(frozen=True, slots=True)
class Workplace:
    stage: str
    folder: str
    """Where the stage's code runs: the notebook's folder, or the bundle."""
    python: str
    """The interpreter that runs it: the kernel's, or the service's."""


def keep(places: Places, run: str, workplace: Workplace) -> None:
    """Remember it beside the run's lock, written whole."""
    path = _path(places, run)
    aside = path.with_suffix(".part")
    aside.write_text(json.dumps(asdict(workplace)), encoding="utf-8")
    aside.replace(path)


def find(places: Places, run: str) -> Workplace | None:
    """The last one of the run; None where it came to no stage that has one."""
    try:
        return Workplace(**json.loads(_path(places, run).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _path(places: Places, run: str) -> Path:
    return liveness.folder(places) / f"{run}.workplace.json"
