"""Starter notebooks: installed with this package, and an administrator's own beside them.

They lie in `modelship/templates` of Jupyter's data folders (jupyter_core documentation, "Data
files"); of two with the same name the one in the user's folder counts. Title and description are
the heading and the first paragraph of its first cell, so that a notebook is all it takes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_modelship.errors import NothingThere
from jupyter_modelship.notebook import read

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Starter:
    """A notebook to begin with; `name` is its file's without the suffix."""

    name: str
    title: str
    description: str
    path: Path

    def document(self) -> Any:
        """The notebook, parsed."""
        return json.loads(self.path.read_bytes())


def folders() -> tuple[Path, ...]:
    """Where starters may lie, the user's own first."""
    from jupyter_core.paths import jupyter_path  # 20 ms: only when needed

    return tuple(map(Path, jupyter_path("modelship", "templates")))


def starters(places: Iterable[Path]) -> Mapping[str, Starter]:
    """All that can be read, by name, in order of their titles. Others are named in the log."""
    found: dict[str, Starter] = {}
    for folder in places:
        for path in sorted(folder.glob("*.ipynb")):
            starter = None if path.stem in found else _starter(path)
            if starter is not None:
                found[starter.name] = starter
    return dict(sorted(found.items(), key=lambda item: item[1].title))


def starter(places: Iterable[Path], name: str) -> Starter:
    """The starter of that name; NothingThere where there is none."""
    found = starters(places)
    if name not in found:
        raise NothingThere(
            "there is no starter notebook of that name",
            remedy=f"choose one of: {', '.join(found)}" if found else "ask who administers Jupyter",
        )
    return found[name]


def _starter(path: Path) -> Starter | None:
    try:
        book = read(path.read_bytes()).notebook
    except OSError as error:
        _LOG.warning("the starter notebook %s cannot be read: %s", path, error.strerror)
        return None
    if book is None:
        _LOG.warning("the starter notebook %s is no notebook", path)
        return None
    first = book.cells[0].source if book.cells and book.cells[0].kind == "markdown" else ""
    heading, *paragraphs = [part.strip() for part in first.split("\n\n")] or [""]
    title = heading.removeprefix("# ") if heading.startswith("# ") else path.stem
    return Starter(path.stem, title, paragraphs[0] if paragraphs else "", path)
