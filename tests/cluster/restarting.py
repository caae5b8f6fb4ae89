"""A part of a node that ends as in a power cut, and is started again."""

from __future__ import annotations

import psutil

from . import node
from .api import answers, await_
from .parts import Part, parts
from .place import Place
from .status import called

SECONDS = 60.0


def kill(place: Place, name: str) -> None:
    """It is gone on return."""
    part, made = _part(place, name), node.found(place)
    assert made is not None, "the node is gone"
    victims = [one for one in made.processes() if called(one) == part.shown]
    assert len(victims) == 1, f"{name} runs {len(victims)} times"
    victims[0].kill()
    psutil.wait_procs(victims, timeout=SECONDS)


def start(place: Place, name: str) -> None:
    """The API server answers on return."""
    part, made = _part(place, name), node.found(place)
    assert made is not None, "the node is gone"
    made.start(part.argv, place.logs / f"{name}.log", network=part.inside)
    await_(f"{name} is back", lambda: answers(place), SECONDS, lambda: "")


def _part(place: Place, name: str) -> Part:
    return next(part for part in parts(place) if part.name == name)
