"""What a front end asks of a notebook, answered: bytes of a request in, JSON values out.

Nothing here changes anything: `ship` only says which run is to be asked for.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from pathlib import Path

from jupyter_modelship.errors import UsageError
from jupyter_modelship.places import Places

from . import asked
from .confined import confined
from .looking import beside, look_data
from .review import Looked, look_at
from .review import look as look_file


class NotebookChanged(UsageError):
    """The notebook is not, or no longer, the one that was meant."""

    code = "notebook-changed"


@dataclass(frozen=True, slots=True)
class Allowed:
    """The notebooks that may be asked about: those below `root`."""

    root: Path
    hidden: bool
    """Whether hidden ones are among them."""

    def path(self, path: str) -> Path:
        return confined(self.root, path, hidden=self.hidden)


def look(body: bytes, here: Places, allowed: Allowed) -> dict[str, object]:
    """What the notebook would ship."""
    wish = asked.read(asked.Look, body)
    looked = _looked(wish, allowed.path(wish.path))
    return look_data(looked, asyncio.run(beside(looked, here)), path=wish.path)


def _looked(wish: asked.Look, path: Path) -> Looked:
    if wish.notebook is None:
        return look_file(path, wish.options)
    return replace(
        look_at(path, json.dumps(wish.notebook).encode("ascii"), wish.options), digest=""
    )
