"""A look as JSON: what a notebook would ship, beside what is live under its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from jupyter_modelship.errors import UsageError
from jupyter_modelship.model import Cell, Verdict
from jupyter_modelship.places import Places
from jupyter_modelship.plan.plan import service_name
from jupyter_modelship.records import RunRecord
from jupyter_modelship.runs.drift import drifted, fingerprints, live_record
from jupyter_modelship.runs.events import finding_payload
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.review import Looked, owner_findings
from jupyter_modelship.runs.services import open_target
from jupyter_modelship.runs.sizing import sized
from jupyter_modelship.targets.port import Observation

from .taking import owner


@dataclass(frozen=True, slots=True)
class Live:
    """What runs under the notebook's name now."""

    seen: Observation | None = None
    record: RunRecord | None = None
    """Of the run that made the live revision, where it is known."""
    drifted: frozenset[str] = field(default_factory=frozenset)
    """Cells whose code differs from that of the live revision, on either side."""
    who: str = ""
    """Who asks, as the target calls them; known where the service is somebody's."""


async def beside(looked: Looked, places: Places, *, who: str = "", vouched: bool = False) -> Live:
    """What is live under the name that the notebook would get, and how far they are apart."""
    try:
        target = open_target(looked.merged.options.target, places)
    except UsageError:
        return Live()  # that there is no such target is a finding already
    seen = await target.observe(name_of(looked))
    if seen is None:
        return Live()
    who = await target.identity(who, vouched=vouched) if seen.owner else ""
    with Journal.open(places) as journal:
        record = live_record(seen, journal)
    if record is None or looked.slice is None or looked.notebook is None:
        return Live(seen, record, who=who)
    now = fingerprints(looked.slice, looked.notebook)
    return Live(seen, record, drifted(now, record.fingerprints), who)


def name_of(looked: Looked) -> str:
    """The service's name."""
    return service_name(str(looked.path), looked.merged.options)


def look_data(looked: Looked, live: Live, *, path: str) -> dict[str, object]:
    """The look as it travels; `path` is the notebook's as whoever asks knows it."""
    piece = looked.slice
    verdicts = {one.cell: one for one in piece.verdicts} if piece else {}
    cells = looked.notebook.cells if looked.notebook else ()
    kinds = [one.kind for one in verdicts.values()]
    return {
        "path": path,
        "digest": looked.digest,
        "service": name_of(looked),
        "target": looked.merged.options.target,
        "cells": [_cell(cell, verdicts.get(cell.id), live.drifted) for cell in cells],
        "endpoints": _endpoints(looked),
        "candidates": [] if piece else [asdict(each) for each in looked.candidates],
        "findings": [
            finding_payload(each)
            for each in (
                *looked.findings,
                *owner_findings(live.seen, looked.path, who=live.who),
                *sized(looked.merged.options, live.seen),
            )
        ],
        "overridable": sorted(looked.overridable),
        "owner": owner(looked, live.seen, who=live.who),
        "cells_shipped": kinds.count("endpoint") + kinds.count("source"),
        "cells_total": len(cells),
        "computed": [one.name for one in piece.computed] if piece else [],
        "live": _live(live),
    }


def _cell(cell: Cell, verdict: Verdict | None, drifted: frozenset[str]) -> dict[str, object]:
    return {
        "id": cell.id,
        "number": cell.number,
        "kind": cell.kind,
        "first": cell.first_line,
        "verdict": verdict.kind if verdict and cell.kind == "code" else None,
        "chain": list(verdict.chain) if verdict else [],
        "tags": list(cell.tags),
        "drifted": cell.id in drifted,
    }


def _endpoints(looked: Looked) -> list[Mapping[str, object]]:
    return [
        {
            "function": one.function,
            "method": one.method,
            "path": one.path,
            "cell": one.cell,
            "line": one.line,
            "doc": one.doc,
        }
        for one in (looked.slice.endpoints if looked.slice else ())
    ]


def _live(live: Live) -> dict[str, object] | None:
    seen = live.seen
    if seen is None:
        return None
    return {
        "service": seen.service,
        "target": seen.target,
        "state": seen.state,
        "revision": seen.revision,
        "plan_digest": seen.plan_digest,
        "drifted": bool(live.drifted),
    }
