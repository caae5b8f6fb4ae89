"""Whether a tree holds all that its packages need on the image's platform.

A lock is resolved before the base is known; where it was made for another machine than the image's,
markers may ask for more.
Source: PyPA specification "Dependency specifiers".
"""

from __future__ import annotations

import email.parser
import email.policy
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from jupyter_modelship.image.recipe import Platform

from .wheels import platform_markers


def lacking(tree: Path, python: str, platform: Platform) -> tuple[tuple[str, str], ...]:
    """(who needs it, name) of every distribution that is needed and not there, sorted.

    `python` is a full version. What cannot be read as a requirement asks for nothing.
    """
    markers = _markers(python, platform)
    parser = email.parser.BytesHeaderParser(policy=email.policy.compat32)
    told = [parser.parsebytes(path.read_bytes()) for path in tree.glob("*.dist-info/METADATA")]
    there = {canonicalize_name(str(each.get("Name", ""))) for each in told}
    found = set()
    for each in told:
        for text in each.get_all("Requires-Dist", ()):
            name = _needed(str(text), markers)
            if name and name not in there:
                found.add((str(each.get("Name")), name))
    return tuple(sorted(found))


def _needed(text: str, markers: dict[str, str]) -> str:
    """The normalised name, where the requirement counts on that platform and without extras."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return ""
    if requirement.marker is not None and not requirement.marker.evaluate(markers):
        return ""
    return canonicalize_name(requirement.name)


def _markers(python: str, platform: Platform) -> dict[str, str]:
    return {
        "implementation_name": "cpython",
        "implementation_version": python,
        "platform_python_implementation": "CPython",
        "python_full_version": python,
        "python_version": ".".join(python.split(".")[:2]),
        **platform_markers(platform),
        "extra": "",
    }
