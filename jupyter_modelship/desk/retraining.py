"""Whether a revision could be made again: from its record, and from what is on this machine."""

from __future__ import annotations

from pathlib import Path

from jupyter_modelship.records import FileFact, RunRecord, retrainable
from jupyter_modelship.rehearsal.digest import file_digest


def blockers(record: RunRecord) -> tuple[str, ...]:
    """What stands in the way, one sentence each. Hashes the data files that were read."""
    changed = (_change(read) for read in record.reads if read.sha256)
    return (*retrainable(record)[1], *(told for told in changed if told))


def _change(read: FileFact) -> str:
    path = Path(read.path)
    try:
        same = path.stat().st_size == read.size and file_digest(path) == read.sha256
    except OSError:
        return f"{read.path} is gone"
    return "" if same else f"{read.path} has changed since"
