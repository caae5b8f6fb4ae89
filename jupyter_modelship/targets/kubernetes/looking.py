"""How services stand: as their watches tell it while they are followed, else asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from jupyter_modelship.places import Places
from jupyter_modelship.targets.port import Observation

from . import known, ownership, tokens
from .following import KINDS, Following
from .ground import Ground, Grounds
from .history import Spoilt, briefs
from .kinds import DEPLOYMENT
from .observing import Contents, Facts, all_observed, observed
from .takeover import Takeover


class Looks:
    """For one user's services."""

    def __init__(self, places: Places, grounds: Grounds) -> None:
        self._places = places
        self._grounds = grounds
        self._following = Following(places)

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Meanwhile nobody is asked for what the watches have told."""
        following = asyncio.ensure_future(self._following.run())
        try:
            yield
        finally:
            following.cancel()
            await asyncio.wait({following})

    async def list(self) -> tuple[Observation, ...]:
        """All services, by name."""
        told = await self._following.contents()
        contents = told if told is not None else await self._asked()
        seen = [each for some in contents for each in self._observed(some)]
        return tuple(sorted(seen, key=lambda each: each.service))

    async def observe(self, service: str, *, patience: float) -> Observation | None:
        """The service of that name in the first namespace that has one."""
        told = await self._following.contents()
        if told is not None and not any(_spoilt(some, service) for some in told):
            seen = [each for some in told for each in self._observed(some.of(service))]
            return next(iter(seen), None)
        async with self._grounds.at(patience) as here:
            for namespace in known.namespaces(self._places, here.home):
                one = await self.seen(Takeover(here.api, namespace, service))
                if one is not None:
                    return one
        return None

    async def seen(self, takeover: Takeover) -> Observation | None:
        """The service as the cluster says now."""
        revisions = await takeover.revisions()
        if not revisions:
            return None
        deployment, pods = await asyncio.gather(
            takeover.api.get(DEPLOYMENT, takeover.namespace, takeover.service),
            takeover.rollout.pods(),
        )
        return observed(
            Facts(
                takeover.service,
                takeover.namespace,
                [each.brief for each in revisions],
                deployment,
                pods,
                tokens.path(self._places, takeover.namespace, takeover.service),
            )
        )

    async def _asked(self) -> tuple[Contents, ...]:
        """Of all namespaces: three lists each, whatever the number of services."""
        async with self._grounds.at() as here:
            spaces = known.namespaces(self._places, here.home)
            return tuple([await _listed(here, namespace) for namespace in spaces])

    def _observed(self, contents: Contents) -> tuple[Observation, ...]:
        return all_observed(contents, partial(tokens.path, self._places))


def _spoilt(contents: Contents, service: str) -> bool:
    """Whether the watches do not tell all of it: the data of its revisions does."""
    found = briefs(contents.of(service).revisions).get(service, ())
    return any(isinstance(each, Spoilt) for each in found)


async def _listed(here: Ground, namespace: str) -> Contents:
    mine = ownership.selector()
    found = await asyncio.gather(*(here.api.list(kind, namespace, labels=mine) for kind in KINDS))
    return Contents(namespace, *(items for items, _ in found))
