"""What front ends ask of services and runs that takes reading: logs, notebooks, data files.

Bytes of a question in, JSON values out; run by looker.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from jupyter_modelship.errors import NothingThere, UsageError
from jupyter_modelship.model import Cell
from jupyter_modelship.notebook import read
from jupyter_modelship.places import Places
from jupyter_modelship.runs import services
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import Run

from . import asked
from .answers import Asker


def failures_of(body: bytes, here: Places, asker: Asker) -> list[dict[str, object]]:
    """Requests that failed in the service, newest first."""
    from .failures import failures

    async def found(service: str) -> list[dict[str, object]]:
        return [asdict(one) for one in await failures(*await services.find(service, here))]

    return asyncio.run(found(asked.read(asked.OfService, body).service))


def provenance_of(body: bytes, here: Places, asker: Asker) -> dict[str, object]:
    """What went into a revision of the service."""
    from .revisions import provenance

    wish = asked.read(asked.OfService, body)
    _, seen = asyncio.run(services.find(wish.service, here))
    return provenance(here, seen, wish.revision)


def files_of(body: bytes, here: Places, asker: Asker) -> list[dict[str, object]]:
    """The files of a revision, beside the live one's."""
    from .revisions import files

    wish = asked.read(asked.OfService, body)
    _, seen = asyncio.run(services.find(wish.service, here))
    return files(here, seen, wish.revision if wish.revision is not None else seen.revision)


def friction(body: bytes, here: Places, asker: Asker) -> dict[str, object]:
    """The report of what stood in the way of a run."""
    from .friction import Told, report
    from .redaction import redaction

    wish = asked.read(asked.Report, body)
    with Journal.open(here) as journal:
        run = journal.get(wish.run)
        events = journal.events(run.id)
    cleaned = redaction(
        here,
        run.service,
        people=[*wish.people, str(run.request.body.get("who") or "")],
        tokens=wish.tokens,
        token_file=_token_file(run.service, here),
    )
    cells = _cells(run) if wish.code else ()
    return {"markdown": report(Told(run, events, cells, wish.note), cleaned)}


def _token_file(service: str, here: Places) -> Path | None:
    try:
        _, seen = asyncio.run(services.find(service, here))
    except (NothingThere, UsageError):
        return None
    return seen.token_file


def _cells(run: Run) -> Sequence[Cell]:
    """The cell that failed; where none did, all that hold code."""
    try:
        notebook = read(Path(run.request.notebook).read_bytes()).notebook
    except OSError:
        return ()
    cells = [cell for cell in notebook.cells if cell.kind == "code"] if notebook else []
    failed = (run.error or {}).get("cell")
    return [cell for cell in cells if cell.id == failed] or cells
