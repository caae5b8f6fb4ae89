"""What was made of an image or a wheel until a step failed, kept to be looked into by `debug`.

<cache>/kept/RUN/kept.json   what lies below the step, and the step itself
                 step/       what the shell inside is given: the step as a program
                 …           folders of layers, the image, the folder of a build from source: moved
                             here out of the run's scratch

One run of each service, at most `MOST` runs, and beside the newest one no more than `MOST_BYTES` in
all; a run of the service that succeeds removes it.
"""

from __future__ import annotations

import contextlib
import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from jupyter_modelship.aside import remove
from jupyter_modelship.image.recipe import (
    Config,
    DebianPackage,
    Layer,
    Platform,
    Recipe,
    System,
)
from jupyter_modelship.places import Places, private
from jupyter_modelship.steps import Step
from jupyter_modelship.stored import read_json, write_json

MOST = 3
MOST_BYTES = 2 << 30
INSIDE = "/modelship"
"""Where the shell inside finds the folder `step`."""
PROGRAM = "failed-step"
SHELL = "shell"
_FOLDER, _TOLD, _STEP = "kept", "kept.json", "step"


@dataclass(frozen=True, slots=True)
class Kept:
    """Of one run."""

    service: str
    stage: str
    recipe: Recipe | None
    """The good layers alone; None where the step ran on this machine."""
    step: Step
    layout: Path | None = None
    """The image as an OCI layout, where it was made whole."""
    shown: Mapping[str, Path] = field(default_factory=dict)
    """Path inside -> folder that the step reads there."""
    changed: Mapping[str, Path] = field(default_factory=dict)
    """Path inside -> folder that the step changes: a copy of it, on this machine the folder."""


def folder(places: Places) -> Path:
    return places.cache / _FOLDER


def step_folder(places: Places, run: str) -> Path:
    return folder(places) / run / _STEP


def keep(places: Places, run: str, kept: Kept, *, scratch: Path) -> None:
    """Move what lies in the run's scratch to a place that stays, and write down the rest."""
    home = private(private(folder(places)) / run)
    forget(places, kept.service)
    private(home)
    moved = _moved(kept, scratch, home)
    _write_step(home / _STEP, moved.step)
    write_json(home / _TOLD, _data(moved))
    _bound(places)


def find(places: Places, run: str) -> Kept | None:
    """What is kept of the run; None where that is nothing, or not any more."""
    told = read_json(folder(places) / run / _TOLD)
    with contextlib.suppress(KeyError, TypeError, ValueError):
        return _read(told) if told else None
    return None


def forget(places: Places, service: str) -> None:
    """Remove what is kept of the service's runs."""
    for told in folder(places).glob(f"*/{_TOLD}"):
        if (read_json(told) or {}).get("service") == service:
            remove(told.parent)


def _moved(kept: Kept, scratch: Path, home: Path) -> Kept:
    """Folders of the scratch are renamed into `home`: that takes neither time nor room."""

    def moved(path: Path) -> Path:
        if not path.is_relative_to(scratch):
            return path
        target = home / path.relative_to(scratch)
        if path.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
        return target

    recipe = kept.recipe
    if recipe is not None:
        layers = tuple(replace(one, folder=moved(one.folder)) for one in recipe.layers)
        recipe = replace(recipe, layers=layers)
    return replace(
        kept,
        recipe=recipe,
        layout=moved(kept.layout) if kept.layout else None,
        shown={inside: moved(path) for inside, path in kept.shown.items()},
        changed={inside: moved(path) for inside, path in kept.changed.items()},
    )


def _write_step(place: Path, step: Step) -> None:
    """The two programs that the shell inside is given; whoever runs there may read them."""
    place.mkdir(mode=0o755, exist_ok=True)
    place.chmod(0o755)
    for name, text in ((PROGRAM, _program(step)), (SHELL, _shell(step))):
        (place / name).write_text(text, encoding="utf-8")
        (place / name).chmod(0o755)


def _program(step: Step) -> str:
    wanted = "".join(
        f'[ -n "${{{name}+set}}" ] || echo "{name} is withheld: export {name}=... first" >&2\n'
        for name in step.names
    )
    given = "".join(
        f"export {name}={shlex.quote(value)}{':$PATH' if name == 'PATH' else ''}\n"
        for name, value in step.env.items()
    )
    start = f"cd {shlex.quote(step.folder)} && exec {shlex.join(step.argv)}\n"
    return f"#!/bin/sh\n{wanted}{given}{start}"


def _shell(step: Step) -> str:
    """bash where the image has it: an interactive one, or one that reads what is piped in."""
    return (
        f'#!/bin/sh\nPATH="{INSIDE}:$PATH"\nexport PATH\ncd {shlex.quote(step.folder)} || cd /\n'
        "if command -v bash >/dev/null; then exec bash; fi\nexec sh\n"
    )


def _bound(places: Places) -> None:
    """The newest stay, as far as there is room for them."""
    room = MOST_BYTES
    newest = sorted(folder(places).glob(f"*/{_TOLD}"), key=lambda p: -p.stat().st_mtime)
    for number, told in enumerate(newest):
        room -= sum(one.lstat().st_size for one in told.parent.rglob("*") if one.is_file())
        if number >= MOST or (number and room < 0):
            remove(told.parent)


def _data(kept: Kept) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(json.dumps(asdict(kept), default=str))
    return data


def _read(told: Mapping[str, Any]) -> Kept:
    step = told["step"]
    return Kept(
        service=told["service"],
        stage=told["stage"],
        recipe=_recipe(told["recipe"]),
        step=Step(**{**step, "argv": tuple(step["argv"]), "names": tuple(step["names"])}),
        layout=Path(told["layout"]) if told["layout"] else None,
        shown={inside: Path(path) for inside, path in told["shown"].items()},
        changed={inside: Path(path) for inside, path in told["changed"].items()},
    )


def _recipe(told: Mapping[str, Any] | None) -> Recipe | None:
    if told is None:
        return None
    layers = tuple(Layer(**{**one, "folder": Path(one["folder"])}) for one in told["layers"])
    config = told["config"]
    words = {name: tuple(config[name]) for name in ("entrypoint", "ports")}
    return Recipe(
        base=told["base"],
        platform=Platform(**told["platform"]),
        layers=layers,
        config=Config(**{**config, **words}),
        system=_system(told["system"]),
    )


def _system(told: Mapping[str, Any] | None) -> System | None:
    if told is None:
        return None
    packages = tuple(DebianPackage(**one) for one in told["packages"])
    return System(**{**told, "archive": Path(told["archive"]), "packages": packages})
