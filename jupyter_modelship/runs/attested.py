"""What a registry keeps beside the image of a live revision, read back for a status."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.image import provenance, sbom
from jupyter_modelship.image.manifest import digest_of
from jupyter_modelship.places import Places
from jupyter_modelship.records import RunRecord
from jupyter_modelship.targets.port import Observation

from .journal import Journal

NAMES = {sbom.MEDIA_TYPE: "sbom", provenance.MEDIA_TYPE: "provenance"}
"""Artifact type -> what people call such a document."""
PATIENCE_SECONDS = 3.0
"""A status waits no longer for a registry."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A document that a registry keeps with an image."""

    name: str
    """A value of NAMES."""
    digest: str
    """`sha256:…` of its bytes: the name of its blob in the image's repository."""


@dataclass(frozen=True, slots=True)
class InRegistry:
    """An image where it was pushed, with what is kept beside it."""

    reference: str
    """`registry/repository@sha256:…`."""
    documents: tuple[Kept, ...] | None
    """None: the registry did not tell."""
    platform: str = ""
    """What it is for, e.g. `linux/arm64`; empty where nobody has written it down."""
    examples: int = 0
    """So many were proved there; 0: it is unproven there."""


async def in_registry(seen: Observation, places: Places) -> InRegistry | None:
    """The live revision's image and what its registry keeps with it; None where it was not
    pushed. Never fails: a registry that is out of reach leaves `documents` None."""
    record = _record(seen, places)
    if record is None or not record.image:
        return None
    try:
        found = await asyncio.wait_for(_kept(record.image), PATIENCE_SECONDS)
    except (ModelshipError, OSError, asyncio.TimeoutError):
        found = None
    return InRegistry(record.image, found, record.platform, record.examples)


async def _kept(reference: str) -> tuple[Kept, ...]:
    # A third of a second of imports: for pushed images alone.
    from jupyter_modelship.engines.referrers import attached

    from .ground import access_for

    access = access_for(reference)
    found = [
        Kept(name, digest_of(said.content))
        for kind, name in NAMES.items()
        for said in await attached(reference, kind, access)
    ]
    return tuple(found)


def _record(seen: Observation, places: Places) -> RunRecord | None:
    """The record of the run that made the live revision."""
    by_number = {one.number: one for one in seen.revisions}
    made = by_number.get(seen.revision)
    while made is not None and made.origin is not None:
        made = by_number.get(made.origin)
    if made is None:
        return None
    try:
        with Journal.open(places) as journal:
            record = journal.get(made.run).record
        return RunRecord.from_json(record) if record is not None else None
    except ModelshipError:
        return None
