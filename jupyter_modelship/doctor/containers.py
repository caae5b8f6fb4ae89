"""Whether services can run as containers here."""

from __future__ import annotations

from jupyter_modelship.doctor import Answer
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import Places
from jupyter_modelship.targets.container.probe import probe


async def containers(places: Places) -> list[Answer]:
    """The container target's own trial; the other targets do without."""
    try:
        found = await probe(places)
    except ModelshipError as error:
        return [Answer("containers", "warn", error.message, error.remedy)]
    return [Answer("containers", "ok", f"podman {found.version}, {found.why}")]
