"""What of a notebook differs from what the live revision was made of, cell by cell."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.model import Notebook, Slice
from jupyter_modelship.records import RunRecord
from jupyter_modelship.targets.port import Observation

from .journal import Journal


def fingerprints(piece: Slice, notebook: Notebook) -> dict[str, str]:
    """Cell id -> sha256 of what of the cell ships, and of all of it where it is rehearsed."""
    parts: dict[str, list[str]] = {}
    for statement in piece.statements:
        parts.setdefault(statement.cell, []).append(statement.text)
    runs = {*piece.rehearsal, *piece.examples, *piece.example_needs}
    for cell in notebook.cells:
        if cell.id in runs:
            parts.setdefault(cell.id, []).append(cell.source)
    return {
        cell: hashlib.sha256(json.dumps(texts).encode("ascii")).hexdigest()
        for cell, texts in parts.items()
    }


def drifted(now: Mapping[str, str], live: Mapping[str, str]) -> frozenset[str]:
    """Cells that differ, on either side. Nothing is known, and nothing said, where `live` is
    empty: an older version of this tool made that revision."""
    if not live:
        return frozenset()
    return frozenset(cell for cell in {*now, *live} if now.get(cell) != live.get(cell))


def live_record(seen: Observation, journal: Journal) -> RunRecord | None:
    """The record of the run that made the live revision, also where a rollback brought it back;
    None where the journal has none that can be read."""
    number: int | None = seen.revision
    by_number = {revision.number: revision for revision in seen.revisions}
    while number in by_number:
        revision = by_number[number]
        if revision.origin is None:
            return _record(revision.run, journal)
        number = revision.origin
    return None


def _record(run: str, journal: Journal) -> RunRecord | None:
    try:
        kept = journal.get(run).record
        return RunRecord.from_json(kept) if kept is not None else None
    except ModelshipError:
        return None
