"""What a build needs: wheels alone, brought by uv from the user's indexes, on this machine.

No build and no container is told of an index: the login stays with uv.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship import process
from jupyter_modelship.steps import Step

from .indexes import Indexes, without_login
from .uv import find_uv, install, tools_argv

_LISTED = "requires.txt"


@dataclass(frozen=True, slots=True)
class Tools:
    """Of one build."""

    requires: tuple[str, ...]
    """PEP 508, as the project and its backend say."""
    interpreter: str
    python: str
    """major.minor of the Python that they run in."""
    platform: str
    """In uv's words; empty for this machine's."""
    indexes: Indexes

    async def install(self, place: Path, on_line: Callable[[str], None]) -> process.Completed:
        """Put them into the folder `tools` of `place`; the exit code is the caller's to judge."""
        (place / _LISTED).write_text("\n".join([*self.requires, ""]), "utf-8")
        return await install(self._argv(place), cwd=place, indexes=self.indexes, on_line=on_line)

    def step(self, what: str, root: Path) -> Step:
        """The same again by hand, where the place is seen as `root`; what holds a login is named
        and not told."""
        said = {**dict(self.indexes.reach), **self.indexes.variables()}
        open_ = {name: value for name, value in said.items() if without_login(value) == value}
        entrusted = process.index_environment().keys() - process.environment().keys()
        names = tuple(sorted((said.keys() - open_.keys()) | entrusted))
        return Step(what, self._argv(root), str(root), names=names, env=open_)

    def _argv(self, root: Path) -> tuple[str, ...]:
        return tools_argv(
            find_uv(),
            root / _LISTED,
            root / "tools",
            interpreter=self.interpreter,
            python=self.python,
            platform=self.platform,
            indexes=self.indexes,
        )
