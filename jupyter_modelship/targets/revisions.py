"""Rules about revisions that all targets share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from jupyter_modelship.errors import NothingThere

KEPT = 10
"""Revisions that can be rolled back to, the live one included; option `keep_revisions`."""


def keeps(options: Mapping[str, object]) -> int:
    """How many revisions a release wants kept."""
    option = options.get("keep_revisions")
    return option if isinstance(option, int) and option > 0 else KEPT


class Numbered(Protocol):
    @property
    def number(self) -> int: ...


Some = TypeVar("Some", bound=Numbered)


def next_number(revisions: Sequence[Numbered]) -> int:
    """Numbers are never used twice."""
    return max((revision.number for revision in revisions), default=0) + 1


def kept(revisions: Sequence[Some], *, live: int, keep: int) -> tuple[Some, ...]:
    """The last `keep` revisions and the live one, oldest first."""
    return tuple(
        revision
        for index, revision in enumerate(revisions)
        if revision.number == live or index >= len(revisions) - max(keep, 1)
    )


def chosen(revisions: Sequence[Some], *, live: int, wanted: int | None, service: str) -> Some:
    """The revision to roll back to: the one named, else the one before the live one.

    Raises NothingThere where it is not kept.
    """
    before = [revision for revision in revisions if revision.number < live]
    found = [revision for revision in revisions if revision.number == wanted]
    if wanted is None:
        found = before[-1:]
    if found:
        return found[0]
    numbers = ", ".join(str(revision.number) for revision in revisions)
    which = "an earlier revision" if wanted is None else f"revision {wanted}"
    raise NothingThere(f"{service} has not kept {which}", remedy=f"it has: {numbers}")
