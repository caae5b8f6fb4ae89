"""A step of a run that can be tried again: in a container of what was there, or beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Step:
    """A command as it ran. What of its environment may hold secrets is named and never kept."""

    what: str
    """For people, e.g. `load the compiled files of the packages`."""
    argv: tuple[str, ...]
    folder: str = "/"
    """The working directory, absolute."""
    names: tuple[str, ...] = ()
    """Variables whose values it was given."""
    user: str = ""
    """Whom it ran as, as an image's configuration says it; empty: root."""
    env: Mapping[str, str] = field(default_factory=dict)
    """What this tool has set for it; its `PATH` comes before that of the shell."""
