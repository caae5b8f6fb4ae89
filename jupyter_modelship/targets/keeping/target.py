"""A target whose services the keeper keeps: asks it for what changes something, else reads what it
left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from jupyter_modelship.errors import ModelshipError, NothingThere, StageFailed, UsageError
from jupyter_modelship.places import Places
from jupyter_modelship.targets.audit import AuditLine
from jupyter_modelship.targets.port import (
    Fault,
    Folder,
    Observation,
    Release,
    Runs,
    Staged,
    Supply,
    Tell,
    Way,
    direct,
    direct_metrics,
    held,
    looked_up,
    silent,
    supplied,
)

from . import log, state
from .client import Connection, connect, connect_or_start
from .launcher import kind_of
from .observed import UNKNOWN, observed, unreadable
from .values import keep_values, kept_values
from .wire import observation_from_json, release_to_json

READ_SECONDS = 5.0
"""For the keeper to answer a question; after that the files answer."""


class _NobodyAnswers(Exception):
    pass


class KeptTarget:
    """Services of this user on this machine, of one kind."""

    name: str
    runs: Runs = "bundles"
    honours: Mapping[str, str]

    def __init__(self, places: Places) -> None:
        self._places = places
        self._leases: dict[str, Connection] = {}

    async def supply(self, service: str, options: Mapping[str, object]) -> Supply:
        return supplied(self.runs, options)

    async def identity(self, name: str, *, vouched: bool = False) -> str:
        return name

    async def permitted(self, options: Mapping[str, object]) -> tuple[str, ...]:
        return ()

    async def configure(self, service: str, values: Mapping[str, str]) -> None:
        if values:
            state.services(self._places)
            keep_values(state.folder(self._places, service), values)

    async def configured(self, service: str, values: Mapping[str, str]) -> bool:
        return values.items() <= kept_values(state.folder(self._places, service)).items()

    async def take(self, layout: Path) -> str:
        raise StageFailed(f"the target {self.name} runs no images", remedy="choose another target")

    async def stage(self, release: Release) -> Staged:
        if release.takes_over:
            raise UsageError(
                "services of this machine are all yours: none is taken over",
                remedy=f"jupyter modelship delete {release.service}, then deploy",
            )
        state.folder(self._places, release.service)
        connection = await connect_or_start(self._places)
        try:
            reply = await connection.ask("stage", release=release_to_json(release))
        except BaseException:
            await connection.close()
            raise
        staged = Staged(reply["id"], release.service, Path(reply["socket"]))
        self._leases[staged.id] = connection
        return staged

    async def open(
        self, staged: Staged, *, bundle: Path | None = None, tell: Tell = silent
    ) -> None:
        connection = self._leases.get(staged.id)
        if connection is None:
            raise StageFailed(
                f"the staged process of {staged.service} is gone",
                remedy="deploy the notebook again",
            )
        folder = str(bundle) if bundle is not None else None
        await connection.ask("open", service=staged.service, id=staged.id, bundle=folder)

    async def apply(self, release: Release, staged: Staged, *, tell: Tell = silent) -> Observation:
        connection = self._leases.pop(staged.id, None) or await connect_or_start(self._places)
        try:
            reply = await connection.ask("apply", release=release_to_json(release), id=staged.id)
        finally:
            await connection.close()
        return observation_from_json(reply)

    async def discard(self, staged: Staged) -> None:
        connection = self._leases.pop(staged.id, None)
        if connection is None:
            return  # its lease is over, and it with it
        try:
            await connection.ask("discard", service=staged.service, id=staged.id)
        except StageFailed:
            pass  # the keeper is gone, and all it kept
        finally:
            await connection.close()

    async def close(self) -> None:
        """End what is staged and was neither applied nor discarded."""
        while self._leases:
            _, connection = self._leases.popitem()
            await connection.close()

    def reach(self, seen: Observation) -> AbstractAsyncContextManager[Way]:
        return direct(seen)

    def reach_metrics(self, seen: Observation) -> AbstractAsyncContextManager[Mapping[str, Way]]:
        return direct_metrics(seen)

    def connected(self) -> AbstractAsyncContextManager[None]:
        return looked_up()

    def followed(self) -> AbstractAsyncContextManager[None]:
        return looked_up()

    async def observe(self, service: str) -> Observation | None:
        place = state.folder(self._places, service)
        try:
            reply = await self._read("observe", service=service)
        except _NobodyAnswers:
            seen = _alone(place)
        else:
            seen = observation_from_json(reply) if reply else None
        return seen if seen is not None and seen.target == self.name else None

    async def list(self) -> tuple[Observation, ...]:
        try:
            reply = await self._read("list")
        except _NobodyAnswers:
            found = await asyncio.to_thread(self._list_alone)
        else:
            found = tuple(observation_from_json(each) for each in reply)
        return tuple(seen for seen in found if seen.target == self.name)

    async def release(self, service: str, *, namespace: str = "") -> Folder:
        raise UsageError(
            f"{service} runs on the target {self.name}, for which others can apply nothing",
            remedy="deploy it with --target kubernetes first; its bundle is written by "
            "`jupyter modelship preview NOTEBOOK --output DIR`",
        )

    async def holds(self) -> frozenset[Path]:
        records = (state.load(state.folder(self._places, n)) for n in state.names(self._places))
        revisions = [revision for record in records if record for revision in record.revisions]
        releases = [revision.release for revision in revisions]
        mine = [release for release in releases if kind_of(release) == self.name]
        return frozenset(path for release in mine for path in held(release))

    async def start(self, service: str, *, who: str = "", tell: Tell = silent) -> Observation:
        return observation_from_json(await self._write("start", service))

    async def stop(self, service: str, *, who: str = "") -> Observation:
        return observation_from_json(await self._write("stop", service))

    async def rollback(
        self,
        service: str,
        revision: int | None = None,
        *,
        run: str = "",
        who: str = "",
        why: str = "",  # nobody is watched here: the option `grace` is refused
        tell: Tell = silent,
    ) -> Observation:
        reply = await self._write("rollback", service, revision=revision, run=run, who=who)
        return observation_from_json(reply)

    async def failing(self, service: str, revision: int, seconds: float) -> Fault | None:
        return None  # its keeper restarts what ends

    async def delete(self, service: str, *, who: str = "") -> None:
        await self._write("delete", service)

    async def audit(self, service: str = "") -> tuple[AuditLine, ...]:
        return ()

    async def logs(
        self, service: str, *, follow: bool = False, last: int | None = None
    ) -> AsyncIterator[str]:
        place = self._known(service)
        async for line in log.read(place, follow=follow, last=last):
            yield line

    async def _read(self, do: str, **fields: object) -> Any:
        """The keeper's answer. Raises _NobodyAnswers where none runs, or it is too busy."""
        connection = await connect(self._places)
        if connection is None:
            raise _NobodyAnswers
        try:
            return await asyncio.wait_for(connection.ask(do, **fields), READ_SECONDS)
        except (StageFailed, asyncio.TimeoutError):
            raise _NobodyAnswers from None
        finally:
            await connection.close()

    async def _write(self, do: str, service: str, **fields: object) -> Any:
        self._known(service)
        connection = await connect_or_start(self._places)
        try:
            return await connection.ask(do, service=service, **fields)
        finally:
            await connection.close()

    def _known(self, service: str) -> state.Folder:
        """The service's folder. Raises NothingThere for one of another target, too."""
        place = state.folder(self._places, service)
        if not place.record.exists() or self._of(place) != self.name:
            raise NothingThere(f"there is no service {service}")
        return place

    def _of(self, place: state.Folder) -> str:
        """The target whose service it is."""
        try:
            record = state.load(place)
        except ModelshipError:
            return UNKNOWN
        releases = [revision.release for revision in record.revisions] if record else []
        return kind_of(releases[-1]) if releases else self.name

    def _list_alone(self) -> tuple[Observation, ...]:
        seen = (self._seen_alone(name) for name in state.names(self._places))
        return tuple(each for each in seen if each)

    def _seen_alone(self, name: str) -> Observation | None:
        try:
            return _alone(state.folder(self._places, name))
        except ModelshipError as error:
            return unreadable(name, error)


def _alone(place: state.Folder) -> Observation | None:
    """What the files say while no keeper runs."""
    record = state.load(place)
    if record is None or not record.live or record.desired == "deleted":
        return None
    return observed(record, place=place, supervisor=None)
