"""A step in the making of an image that can be tried again, in a container of what was there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """A command as it ran inside. Its environment is named and never kept: it may hold secrets."""

    what: str
    """For people, e.g. `load the compiled files of the packages`."""
    argv: tuple[str, ...]
    folder: str = "/"
    """The working directory, absolute."""
    names: tuple[str, ...] = ()
    """Variables whose values it was given."""
    user: str = ""
    """Whom it ran as, as an image's configuration says it; empty: root."""
