"""Which base image a service is made upon: by digest, always, and within what policy allows.

`bases.json` lists Docker's official slim images by the digest of their index, which stands for all
platforms. What is not in it is not known here: then somebody names a base, or refreshes the list.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import TypeAlias

from jupyter_modelship.model import Finding
from jupyter_modelship.places import Places
from jupyter_modelship.plan.policy import Policy
from jupyter_modelship.stored import read_json, write_json

from .catalogue import finding

OFFICIAL = "docker.io/library/python"
MINORS = ("3.10", "3.11", "3.12", "3.13", "3.14")
_KEPT = "bases.json"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

Lookup: TypeAlias = Callable[[str, str], Awaitable[str | None]]
"""(name, tag) -> the digest that a registry has now, or None where it has no such tag."""


@dataclass(frozen=True, slots=True)
class Base:
    """A base image for one minor Python."""

    name: str
    """`host/path`."""
    tag: str
    """What it was found under; for people, it decides nothing."""
    digest: str
    seen: str
    """Day on which the tag had that digest, ISO 8601."""

    def __str__(self) -> str:
        return f"{self.name}@{self.digest}"


def known_bases(places: Places) -> Mapping[str, Base]:
    """By minor Python: what this project ships, and over it what was refreshed on this machine."""
    kept = read_json(places.state / _KEPT)
    return {**_shipped(), **_read(kept or {})}


@functools.cache
def _shipped() -> Mapping[str, Base]:
    return _read(json.loads(files(__package__).joinpath("bases.json").read_text("utf-8")))


def _read(document: Mapping[str, object]) -> dict[str, Base]:
    """The bases of a document; entries that are none are left out."""
    listed = document.get("bases")
    found: dict[str, Base] = {}
    for minor, told in listed.items() if isinstance(listed, dict) else ():
        if isinstance(told, dict) and set(told) == {"name", "tag", "digest", "seen"}:
            base = Base(**{key: str(value) for key, value in told.items()})
            if _DIGEST.fullmatch(base.digest):
                found[str(minor)] = base
    return found


def choose_base(
    asked: str, python: str, known: Mapping[str, Base], policies: Sequence[Policy]
) -> str | Finding:
    """`host/path@sha256:…` for a service of that minor Python, or why there is none.

    `asked` is the option `base`. Without one: the known image, where policy allows it; else the
    first that policy lists with a tag of this Python.
    """
    if asked:
        return asked if _allowed(asked, policies) else _refused(asked, policies)
    default = known.get(python)
    if default is not None and _allowed(str(default), policies):
        return str(default)
    for listed in _listed(policies):
        name, tag, digest = _parts(listed)
        if tag == python or tag.startswith((f"{python}-", f"{python}.")):
            chosen = f"{name}@{digest}"
            if _allowed(chosen, policies):
                return chosen
    return _refused(str(default), policies) if default is not None else _missing(python, policies)


def _allowed(reference: str, policies: Sequence[Policy]) -> bool:
    """Whether every policy with an opinion lists it, by name and digest: tags do not count."""
    name, _, digest = _parts(reference)
    return all(
        any((name, digest) == (other, at) for other, _, at in map(_parts, policy.bases))
        for policy in policies
        if policy.bases is not None
    )


def _listed(policies: Sequence[Policy]) -> list[str]:
    return [each for policy in policies for each in policy.bases or ()]


def _parts(reference: str) -> tuple[str, str, str]:
    """Name, tag and digest; a colon before the last slash is a port's."""
    rest, _, digest = reference.partition("@")
    folder, slash, last = rest.rpartition("/")
    name, _, tag = last.partition(":")
    return folder + slash + name, tag, digest


def _refused(reference: str, policies: Sequence[Policy]) -> Finding:
    listed = ", ".join(_listed(policies)) or "none"
    return finding(
        "base-refused",
        f"the base image {reference} is not among those that this machine's policy lists",
        remedy=f"name one of these with the option `base`: {listed}",
    )


def _missing(python: str, policies: Sequence[Policy]) -> Finding:
    listed = ", ".join(_listed(policies))
    or_listed = f", e.g. one of {listed}," if listed else ""
    return finding(
        "base-missing",
        f"no base image with Python {python} is known by its digest",
        remedy=f"name one with the option `base`{or_listed} as registry/name@sha256:…, or look it "
        "up: `jupyter modelship bases --refresh`",
    )


async def refresh_bases(
    places: Places, lookup: Lookup, *, today: str, name: str = OFFICIAL
) -> Mapping[str, Base]:
    """Ask a registry for the official images' digests of today and keep them on this machine.

    `name` is where the registry has them, for a mirror. Minors that it does not have stay as they
    were. Raises what `lookup` raises.
    """
    found = dict(known_bases(places))
    for minor in MINORS:
        tag = f"{minor}-slim"
        digest = await lookup(name, tag)
        if digest is not None:
            found[minor] = Base(name, tag, digest, today)
    write_list(places.state / _KEPT, found)
    return known_bases(places)


def write_list(path: Path, bases: Mapping[str, Base]) -> None:
    """Put a list into a file, in the form of the one that ships."""
    write_json(path, {"bases": {minor: asdict(base) for minor, base in sorted(bases.items())}})
