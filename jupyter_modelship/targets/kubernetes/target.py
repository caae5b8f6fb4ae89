"""The kubernetes target: services as Deployments of a shared cluster."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from jupyter_modelship.bundle.emit_containerfile import METRICS_PORT, PORT
from jupyter_modelship.bundle.release import naming, phases
from jupyter_modelship.bundle.release.objects import objects
from jupyter_modelship.bundle.served import Served, served
from jupyter_modelship.errors import NothingThere, StageFailed, UsageError
from jupyter_modelship.places import Places
from jupyter_modelship.targets.audit import AuditLine
from jupyter_modelship.targets.port import (
    Fault,
    Folder,
    Observation,
    Release,
    Staged,
    Supply,
    Tell,
    Way,
    silent,
)
from jupyter_modelship.targets.revisions import chosen, keeps

from . import (
    auditing,
    handing,
    history,
    identity,
    known,
    lasting,
    logs,
    measuring,
    permission,
    supplying,
    tokens,
)
from .circumstances import circumstances
from .forwarding import Forward, always, any_of, forwarded
from .ground import Ground, Grounds
from .history import Kept
from .honours import HONOURS
from .looking import Looks
from .observing import restarts
from .takeover import Objects, Takeover, Waiting, base_of, changed
from .wanting import wanted

PATIENCE_SECONDS = 90.0
"""For an API server that is restarted while something is being changed."""


class KubernetesTarget:
    """Services of a cluster that this user may deploy to."""

    name = "kubernetes"
    honours: Mapping[str, str] = HONOURS

    def __init__(self, places: Places) -> None:
        self._places = places
        self._values: dict[str, dict[str, str]] = {}
        self._waiting: dict[str, Waiting] = {}
        self._grounds = Grounds()
        self._looks = Looks(places, self._grounds)
        self._patience = 0.0
        """Seconds; from its first change on, since then it is not only a person who waits."""

    def connected(self) -> AbstractAsyncContextManager[None]:
        return self._grounds.kept()

    async def identity(self, name: str, *, vouched: bool = False) -> str:
        return name if vouched else await identity.known(name)

    async def supply(self, service: str, options: Mapping[str, object]) -> Supply:
        async with self._grounds.at() as here:
            return await supplying.supply(here, service, options)

    async def permitted(self, options: Mapping[str, object]) -> tuple[str, ...]:
        async with self._grounds.at() as here:
            return await permission.permitted(here, options, self._places)

    async def configure(self, service: str, values: Mapping[str, str]) -> None:
        self._values.setdefault(service, {}).update(values)

    async def configured(self, service: str, values: Mapping[str, str]) -> bool:
        found = await self._found(service)
        if found is None:
            return False
        live = found[1][-1].objects
        given = {name: values.get(name, "") for name in phases.env_names(live)}
        return phases.env_maps(live) <= {naming.env_map(service, given)}

    async def take(self, layout: Path) -> str:
        async with self._grounds.at() as here:
            return await supplying.take(here, layout)

    async def stage(self, release: Release) -> Staged:
        if not naming.is_service(release.service):
            raise UsageError(f"{release.service!r:.80} is no name of a service")
        async with self._changing() as here:
            namespace = here.namespace(release.options)
            takeover = Takeover(here.api, namespace, release.service)
            revisions = await self._ready_for(takeover, release)
            made = objects(
                wanted(
                    release,
                    namespace=namespace,
                    cluster=here.cluster,
                    values=self._values.get(release.service, {}),
                    found=await circumstances(here, takeover.rollout, revisions, self._places),
                )
            )
            known.remember(self._places, namespace)
            return await self._held(takeover, made, revisions, release.run)

    async def open(
        self, staged: Staged, *, bundle: Path | None = None, tell: Tell = silent
    ) -> None:
        waiting = self._known_staged(staged)
        async with self._changing() as here:
            rollout = Takeover(here.api, waiting.namespace, staged.service).rollout
            pod = await rollout.ready(phases.pods_run(waiting.objects), tell)
            waiting.forward = Forward(here.api, waiting.namespace, always(pod), PORT, staged.socket)
            await waiting.forward.start()

    async def apply(
        self,
        release: Release,
        staged: Staged,
        *,
        tell: Tell = silent,
        origin: int | None = None,
    ) -> Observation:
        record = history.record_of(release, origin)
        keep = keeps(release.options)
        kept = Kept(
            record,
            release.notebook,
            (),
            keep=keep,
            endpoints=_endpoints(release),
            owner=release.who,
        )
        return await self._applied(staged, kept, tell, release.overrides)

    async def discard(self, staged: Staged) -> None:
        """Also what another worker of the run has staged: its id is the run's. What that one was
        taking over goes back: who discards it did not stage it, and nobody goes on with it."""
        waiting = self._waiting.pop(staged.id, None)
        if waiting is not None and waiting.forward is not None:
            await waiting.forward.close()
        async with self._changing() as here:
            spaces = known.namespaces(self._places, here.home)
            for namespace in (waiting.namespace,) if waiting is not None else spaces:
                takeover = Takeover(here.api, namespace, staged.service)
                back = takeover.give_up if waiting is None else takeover.take_back
                gone = await back(staged.id)
                if gone is not None:
                    left = [each.objects for each in await takeover.revisions()]
                    await tokens.tidy(here.api, namespace, staged.service, self._places, left)
                    await takeover.gone(gone)

    async def close(self) -> None:
        """End the ways to what is staged; what holds it in the cluster stays."""
        for waiting in self._waiting.values():
            if waiting.forward is not None:
                await waiting.forward.close()

    @asynccontextmanager
    async def reach(self, seen: Observation) -> AsyncIterator[Way]:
        async with self._service(seen.service) as (takeover, revisions):
            label = phases.pods_run(revisions[-1].objects)
            await takeover.rollout.ready(label)
            token = await tokens.read(takeover.api, takeover.namespace, seen.service, self._places)
            pod = any_of(takeover.rollout, label)
            async with forwarded(takeover.rollout, pod, PORT, self._places) as socket:
                yield Way(seen.url, token, socket)

    @asynccontextmanager
    async def reach_metrics(self, seen: Observation) -> AsyncIterator[Mapping[str, Way]]:
        async with (
            self._service(seen.service) as (takeover, revisions),
            contextlib.AsyncExitStack() as opened,
        ):
            ways: dict[str, Way] = {}
            for pod in await takeover.rollout.serving(phases.pods_run(revisions[-1].objects)):
                name = str(pod["metadata"]["name"])
                there = forwarded(takeover.rollout, always(name), METRICS_PORT, self._places)
                socket = await opened.enter_async_context(there)
                ways[f"{name} {restarts(pod)}"] = Way(f"http://{name}/metrics", "", socket)
            yield ways

    def followed(self) -> AbstractAsyncContextManager[None]:
        return self._looks.followed()

    async def observe(self, service: str) -> Observation | None:
        if not naming.is_service(service):
            return None
        return await self._looks.observe(service, patience=self._patience)

    async def list(self) -> tuple[Observation, ...]:
        return await self._looks.list()

    async def release(self, service: str, *, namespace: str = "") -> Folder:
        async with self._service(service) as (takeover, revisions):
            over = [each for each in revisions if each.state != "taking-over"]
            return handing.folder(service, over[-1], namespace or takeover.namespace)

    async def holds(self) -> frozenset[Path]:
        return frozenset()

    async def start(self, service: str, *, who: str = "", tell: Tell = silent) -> Observation:
        async with self._changed(service) as (takeover, revisions):
            live = revisions[-1]
            await takeover.start(live, tell)
            done = auditing.line("start", service, takeover.namespace, live, who)
            await takeover.state(live, "live", done)
            return await self._surely(takeover)

    async def stop(self, service: str, *, who: str = "") -> Observation:
        async with self._changed(service) as (takeover, revisions):
            live = revisions[-1]
            await takeover.api.apply(phases.scaled(live.objects, 0))
            done = auditing.line("stop", service, takeover.namespace, live, who)
            await takeover.state(live, "stopped", done)
            await takeover.rollout.gone()
            return await self._surely(takeover)

    async def rollback(
        self,
        service: str,
        revision: int | None = None,
        *,
        run: str = "",
        who: str = "",
        why: str = "",
        tell: Tell = silent,
    ) -> Observation:
        """What is live goes on until a pod of the other one is ready."""
        async with self._changed(service) as (takeover, revisions):
            fresh = run or f"rollback-{secrets.token_hex(6)}"
            if await takeover.finished(fresh, revisions, tell):
                return await self._surely(takeover)
            back = chosen(revisions, live=revisions[-1].number, wanted=revision, service=service)
            made = phases.rerun(back.objects, fresh)
            staged = await self._held(takeover, made, revisions, fresh)
        again = history.again(back, run=fresh, who=who, why=why, keep=revisions[-1].keep)
        try:
            await self.open(staged, tell=tell)
            return await self._applied(staged, again, tell)
        finally:
            await self.discard(staged)

    async def failing(self, service: str, revision: int, seconds: float) -> Fault | None:
        async with self._service(service) as (takeover, _):
            return await lasting.failing(takeover, revision, seconds)

    async def delete(self, service: str, *, who: str = "") -> None:
        async with self._changed(service) as (takeover, revisions):
            done = auditing.line("delete", service, takeover.namespace, revisions[-1], who)
            await auditing.tell_deleted(takeover.api, takeover.namespace, done)
            gone = await takeover.removed()
            await tokens.delete(takeover.api, takeover.namespace, service, self._places)
            await takeover.gone(gone)

    async def audit(self, service: str = "") -> tuple[AuditLine, ...]:
        async with self._grounds.at() as here:
            return await auditing.lines(here, self._places, service)

    async def logs(
        self, service: str, *, follow: bool = False, last: int | None = None
    ) -> AsyncIterator[str]:
        async with (
            self._service(service) as (takeover, _),
            contextlib.aclosing(logs.read(takeover, follow=follow, last=last)) as lines,
        ):
            async for line in lines:
                yield line

    # --- what the above is made of -------------------------------------------------------------

    async def _ready_for(self, takeover: Takeover, release: Release) -> tuple[Kept, ...]:
        """The revisions that are there, each at its end. Raises UsageError for somebody else's."""
        revisions = await takeover.revisions()
        for each in revisions[-1:]:
            if not each.whose.includes(release.owner) and str(each.whose) != release.takes_over:
                raise UsageError(
                    f"service {release.service} belongs to the notebook {each.whose}",
                    remedy="choose another name with --name, or take it over with --take-over",
                )
            if each.state == "taking-over" and each.record.run != release.run:
                await takeover.let_through(each)  # its run died half-way: this is its other half
                revisions = await takeover.revisions()
        await takeover.retell(revisions)
        return revisions

    async def _held(
        self, takeover: Takeover, made: Objects, revisions: tuple[Kept, ...], run: str
    ) -> Staged:
        others = [each for each in revisions if each.record.run != run]
        socket = self._places.socket(f"f-{secrets.token_hex(6)}")
        staged = Staged(run, takeover.service, socket)
        self._waiting[staged.id] = Waiting(takeover.namespace, made, base_of(others))
        try:
            if phases.asks_for_token(made):
                token = await tokens.ensure(
                    takeover.api, takeover.namespace, takeover.service, self._places
                )
                staged = replace(staged, token=token)
            if not any(each.record.run == run and each.state == "live" for each in revisions):
                await takeover.hold(made, others[-1] if others else None)
        except BaseException:
            await self.discard(staged)
            raise
        return staged

    async def _applied(
        self, staged: Staged, kept: Kept, tell: Tell = silent, overrides: tuple[str, ...] = ()
    ) -> Observation:
        run = kept.record.run
        waiting = self._waiting.get(staged.id)
        async with self._changing() as here:
            if waiting is None:
                return await self._again(here, staged.service, run)
            takeover = Takeover(here.api, waiting.namespace, staged.service)
            revisions = await takeover.revisions()
            done = auditing.shipped(staged.service, waiting.namespace, kept, revisions, overrides)
            took = await measuring.peak(
                takeover.rollout,
                await takeover.rollout.serving(phases.pods_run(waiting.objects)),
                self._places,
            )
            complete = replace(kept, objects=waiting.objects, measured=took, audit=(done,))
            taking = await takeover.claim(complete, waiting.base, revisions)
            if taking.state == "taking-over":
                await takeover.let_through(taking, tell)
            return await self._surely(takeover)

    async def _again(self, here: Ground, service: str, run: str) -> Observation:
        """A run that is applied already; else what it staged is gone."""
        for namespace in known.namespaces(self._places, here.home):
            takeover = Takeover(here.api, namespace, service)
            if any(each.record.run == run for each in await takeover.revisions()):
                return await self._surely(takeover)
        raise changed(service)

    def _known_staged(self, staged: Staged) -> Waiting:
        if staged.id not in self._waiting:
            raise StageFailed(
                f"the staged process of {staged.service} is gone",
                remedy="deploy the notebook again",
            )
        return self._waiting[staged.id]

    async def _found(self, service: str) -> tuple[str, tuple[Kept, ...]] | None:
        """Namespace and revisions of a service; None where there is none."""
        async with self._grounds.at(self._patience) as here:
            for namespace in known.namespaces(self._places, here.home):
                revisions = await Takeover(here.api, namespace, service).revisions()
                if any(each.state != "taking-over" for each in revisions):
                    return namespace, revisions
        return None

    @asynccontextmanager
    async def _service(self, service: str) -> AsyncIterator[tuple[Takeover, tuple[Kept, ...]]]:
        """The service and its revisions. Raises NothingThere."""
        found = await self._found(service)
        if found is None:
            raise NothingThere(f"there is no service {service}")
        async with self._grounds.at(self._patience) as here:
            yield Takeover(here.api, found[0], service), found[1]

    async def _surely(self, takeover: Takeover) -> Observation:
        seen = await self._looks.seen(takeover)
        if seen is None:
            raise StageFailed(f"service {takeover.service} was deleted meanwhile")
        return seen

    def _changing(self) -> AbstractAsyncContextManager[Ground]:
        self._patience = PATIENCE_SECONDS
        return self._grounds.at(self._patience)

    @asynccontextmanager
    async def _changed(self, service: str) -> AsyncIterator[tuple[Takeover, tuple[Kept, ...]]]:
        """As `_service`, to change it."""
        self._patience = PATIENCE_SECONDS
        async with self._service(service) as (takeover, revisions):
            await takeover.retell(revisions)
            yield takeover, revisions


def _endpoints(release: Release) -> tuple[Served, ...]:
    found = served(release.bundle_folder, release.source_map) or ()
    return tuple(replace(one, doc="") for one in found)
