"""What a front end asks of a notebook, answered: bytes of a request in, JSON values out.

Nothing here changes anything: `ship` only says which run is to be asked for.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from jupyter_modelship.places import Places
from jupyter_modelship.runs.review import Looked, look_at
from jupyter_modelship.runs.review import look as look_file

from . import asked
from .confined import confined, relative
from .intent import intent as read_intent
from .looking import beside, look_data
from .shipping import looked_at, request_of


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and about which notebooks they may: those below `root`."""

    who: str
    root: Path
    hidden: bool
    """Whether hidden ones are among them."""
    vouched: bool = False
    """As in `Target.identity`."""

    def path(self, path: str) -> Path:
        return confined(self.root, path, hidden=self.hidden)


def look(body: bytes, here: Places, asker: Asker) -> dict[str, object]:
    """What the notebook would ship."""
    wish = asked.read(asked.Look, body)
    looked = _looked(wish, asker.path(wish.path))
    return look_data(
        looked,
        asyncio.run(beside(looked, here, who=asker.who, vouched=asker.vouched)),
        path=wish.path,
    )


def review(body: bytes, here: Places, asker: Asker) -> dict[str, object]:
    """The review of the notebook: at once without a lock, or whole."""
    from . import reviewing  # a look needs none of it

    wish = asked.read(asked.Review, body)
    looked = looked_at(asker.path(wish.path), wish.options, wish.digest)
    live = asyncio.run(beside(looked, here, who=asker.who, vouched=asker.vouched))
    if not wish.lock:
        return reviewing.drafted(looked, live, path=wish.path, places=here)
    return asyncio.run(reviewing.completed(looked, live, path=wish.path, places=here))


def ship(body: bytes, here: Places, asker: Asker) -> dict[str, object]:
    """The request of the run that is wished for, to be submitted."""
    wish = asked.read(asked.Ship, body)
    path = asker.path(wish.path)
    return asdict(request_of(wish, path, who=asker.who, vouched=asker.vouched, places=here))


def intent(body: bytes, here: Places, asker: Asker) -> dict[str, object]:
    """What was typed in a cell: the notebook as the contents API knows it, options, `--yes`."""
    wish = asked.read(asked.Intent, body)
    path = relative(asker.root, wish.notebook) if wish.notebook else None
    return {"path": path, **read_intent(wish.flags)}


def _looked(wish: asked.Look, path: Path) -> Looked:
    if wish.notebook is None:
        return look_file(path, wish.options, origin="review")
    data = json.dumps(wish.notebook).encode("ascii")
    return replace(look_at(path, data, wish.options, origin="review"), digest="")
