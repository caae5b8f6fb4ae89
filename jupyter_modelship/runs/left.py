"""What a run has left to be looked into: an image as far as it came, or the place of a stage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.errors import NothingThere
from jupyter_modelship.places import Places

from . import kept, workplace
from .kept import Kept
from .run import Run
from .workplace import Workplace


@dataclass(frozen=True, slots=True)
class Left:
    """One of both is there."""

    image: Kept | None
    place: Workplace | None


def look_for(places: Places, run: Run) -> Left:
    """Raises NothingThere where the run left nothing, or it is gone."""
    image, place = kept.find(places, run.id), workplace.find(places, run.id)
    if place is not None and not Path(place.folder).is_dir():
        place = None
    if image is None and place is None:
        raise NothingThere(
            f"run {run.id[:8]} of {run.service} left nothing to look into",
            remedy="its stages before the rehearsal have no place of their own; see: "
            f"jupyter modelship logs {run.service} --build",
        )
    return Left(image, place)
