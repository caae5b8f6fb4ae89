"""The list of base images, looked up in a registry: what the tags of today stand for."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from jupyter_modelship.engines.reach import connect
from jupyter_modelship.image.bases import OFFICIAL, Base, refresh_bases
from jupyter_modelship.image.manifest import READABLE
from jupyter_modelship.places import Places
from jupyter_modelship.registry.manifests import find_manifest
from jupyter_modelship.registry.reference import parse
from jupyter_modelship.registry.repository import Repository

from .ground import access_for


async def refresh(places: Places, name: str = OFFICIAL) -> Mapping[str, Base]:
    """Ask the registry of `name` (`host/path`) for the slim images' digests, and keep them. It is
    reached as for a build, with the same logins.

    Nothing is kept where it cannot be asked. Raises StageFailed; UsageError for a wrong name.
    """
    told = parse(name)
    async with connect(told.host, access_for(name)) as connection:
        repository = Repository(connection, told.repository)

        async def lookup(_: str, tag: str) -> str | None:
            found = await find_manifest(repository, tag, READABLE)
            return found.digest if found else None

        today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
        return await refresh_bases(
            places, lookup, today=today, name=f"{told.host}/{told.repository}"
        )
