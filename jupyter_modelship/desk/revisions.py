"""What is known of a service's revisions: where they came from, and the files they consist of."""

from __future__ import annotations

from jupyter_modelship.errors import NothingThere
from jupyter_modelship.places import Places
from jupyter_modelship.records import RunRecord
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.targets.port import Observation, RevisionRecord

from . import bundles
from .retraining import blockers


def provenance(places: Places, seen: Observation, number: int | None) -> dict[str, object]:
    """What went into a revision (the live one without a number), and whether it could be made
    again. Raises NothingThere. Hashes data files: not for an event loop."""
    made = _first(seen, revision(seen, number if number is not None else seen.revision))
    with Journal.open(places) as journal:
        kept = journal.get(made.run).record
    if kept is None:
        raise NothingThere(
            f"nothing is recorded of how revision {made.number} of {seen.service} was made",
            remedy="deploy the notebook again: that records it",
        )
    found = blockers(RunRecord.from_json(kept))
    return {"record": kept, "retrainable": not found, "blockers": list(found)}


def files(places: Places, seen: Observation, number: int) -> list[dict[str, object]]:
    """A revision's files beside those of the live one, service.py first. Raises NothingThere."""
    digest = revision(seen, number).bundle_digest
    texts, live = bundles.texts(places, digest), bundles.texts(places, seen.bundle_digest)
    if not texts:
        raise NothingThere(
            f"the files of revision {number} of {seen.service} are not on this machine",
            remedy="deploy the notebook again: that makes them anew",
        )
    lines = bundles.source_map(places, digest)
    return [
        {
            "name": name,
            "text": texts.get(name, ""),
            "live": live.get(name),
            "source_map": {str(line): list(place) for line, place in lines.items()}
            if name == "service.py"
            else {},
        }
        for name in sorted({*texts, *live}, key=lambda name: (name != "service.py", name))
    ]


def revision(seen: Observation, number: int) -> RevisionRecord:
    """The revision with that number. Raises NothingThere."""
    for one in seen.revisions:
        if one.number == number:
            return one
    kept = ", ".join(str(one.number) for one in seen.revisions)
    raise NothingThere(f"{seen.service} has not kept revision {number}", remedy=f"it has: {kept}")


def _first(seen: Observation, found: RevisionRecord) -> RevisionRecord:
    """The revision that a roll back brought back, at the beginning of all of them."""
    while found.origin is not None:
        found = revision(seen, found.origin)
    return found
