"""Whether the cluster that services are made on answers, and where in it they are made."""

from __future__ import annotations

from jupyter_modelship.doctor import Answer
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import Places
from jupyter_modelship.runs.services import cluster_place


async def cluster(places: Places) -> list[Answer]:
    """Nothing where nobody uses one."""
    try:
        place = await cluster_place(places)
    except ModelshipError as error:
        return [Answer("cluster", "warn", error.message, error.remedy)]
    if place is None:
        return []
    context, namespace = place
    named = f"context {context}" if context else "this pod's cluster"
    return [Answer("cluster", "ok", f"{named} answers; services are made in {namespace}")]
