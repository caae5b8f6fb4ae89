"""One revision after another on a cluster: held beside the live one, let through, or taken back.

The order is what keeps the live one answering: the Service keeps to its pods before a new pod is
there, takes in the new ones once they are proved, and only then may the Deployment end the old.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from jupyter_modelship.bundle.release import naming, phases
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.targets.audit import AuditLine, dump
from jupyter_modelship.targets.port import RevisionRecord, Tell, silent
from jupyter_modelship.targets.revisions import kept as kept_numbers
from jupyter_modelship.targets.revisions import next_number

from . import history, leftovers, ownership
from .api import Api
from .failures import ApiRefused
from .forwarding import Forward
from .history import Kept
from .kinds import (
    AUTOSCALER,
    BUDGET,
    CONFIG_MAP,
    DEPLOYMENT,
    HTTP_ROUTE,
    INGRESS,
    POLICY,
    REVISION,
    Object,
    name_of,
)
from .ownership import Found
from .rollout import Rollout
from .routing import routed

_BEFORE_TRAFFIC = ("ServiceAccount", "ConfigMap", "NetworkPolicy", "Service")
Objects = tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Base:
    """What a run was staged against."""

    number: int
    """Of the live revision; 0 for none."""
    state: history.State | None


@dataclass(slots=True)
class Waiting:
    """A revision that is held beside the live one."""

    namespace: str
    objects: Objects
    base: Base
    forward: Forward | None = None
    """To the pod of it that is proved."""


@dataclass(frozen=True, slots=True)
class Takeover:
    """A service in its namespace, and the calls that change which revision of it is live."""

    api: Api
    namespace: str
    service: str

    @property
    def rollout(self) -> Rollout:
        return Rollout(self.api, self.namespace, self.service)

    async def revisions(self) -> tuple[Kept, ...]:
        """Oldest first. What is no name of a service is asked of nobody: there is none."""
        if not naming.is_service(self.service):
            return ()
        labels = ownership.selector(self.service)
        items, _ = await self.api.list(REVISION, self.namespace, labels=labels)
        return history.by_service(items).get(self.service, ())

    async def hold(self, objects: Objects, live: Kept | None) -> None:
        """Start the pods of `objects` beside the live revision's, and send them nothing."""
        await ownership.check(self.api, objects, self.service)
        held = phases.held(await self.as_many(objects))
        await asyncio.gather(*(self.api.apply(each, dry=True) for each in held))
        if live is not None:
            await self.api.apply(phases.pinned(live.objects))
            failpoint("kubernetes.pin.after")
        for each in held:
            await self.api.apply(each)
            failpoint("kubernetes.hold.after")

    async def claim(self, wanted: Kept, base: Base, staged: Sequence[Kept]) -> Kept:
        """The next number for this run, or the one that it has: from here on it is taking over.

        Raises StageFailed where the service is not any more what the run was staged against.
        """
        run = wanted.record.run
        mine = [each for each in staged if each.record.run == run]
        if mine:
            return mine[-1]
        if base_of(staged) != base or not await self._holds(run):
            raise changed(self.service)
        number = next_number([each.record for each in staged])
        record = _numbered(wanted.record, number)
        before = staged[-1].audit if staged else ()
        done = tuple(replace(line, revision=number) for line in wanted.audit)
        kept = replace(wanted, record=record, state="taking-over", audit=(*before, *done))
        made = await self._made(kept)
        failpoint("kubernetes.claim.after")
        return made

    async def _made(self, wanted: Kept) -> Kept:
        """The revision in the cluster. Raises StageFailed where another run has its number."""
        document = history.document(self.service, self.namespace, wanted)
        try:
            return history.kept(await self.api.create(document))
        except ApiRefused as error:
            if error.refusal.code != 409:
                raise
            for each in await self.revisions():
                if each.record.run == wanted.record.run:
                    return each  # made before: it was the answer that did not come
            raise changed(self.service) from error

    async def let_through(self, taking: Kept, tell: Tell = silent) -> None:
        """Send traffic to the revision's pods, and let them replace those of the one before: these
        end only once the Service leads to the others, however late the cluster is."""
        label = phases.pods_run(taking.objects)
        for each in _in_order(await self.sized(taking.objects)):
            if each["kind"] == "Deployment" and await self.rollout.serving(label):
                await routed(self.rollout, label, tell)
            await self.api.apply(each)
            failpoint("kubernetes.let-through.after")
        await self.rollout.complete(tell)
        await routed(self.rollout, label, tell)
        await self.state(taking, "live")
        await self.tidy(taking)

    async def finished(self, run: str, revisions: Sequence[Kept], tell: Tell) -> bool:
        """Whether that run has a revision; one that was taking over still is live on return."""
        mine = [each for each in revisions if each.record.run == run]
        for each in mine:
            if each.state == "taking-over":
                await self.let_through(each, tell)
        return bool(mine)

    async def start(self, live: Kept, tell: Tell) -> None:
        """All replicas of it are up, and the Service leads to them. Raises StageFailed with the
        cause; then, and where it is cancelled, what was stopped is stopped again."""
        try:
            for each in await self.sized(live.objects):
                await self.api.apply(each)
            label = phases.pods_run(live.objects)
            await self.rollout.ready(label, tell)
            await self.rollout.complete(tell)
            await routed(self.rollout, label, tell)
        except BaseException:
            if live.state == "stopped":
                with contextlib.suppress(StageFailed):  # why it did not come up says more
                    await self.api.apply(phases.scaled(live.objects, 0))
            raise

    async def state(self, of: Kept, state: history.State, *done: AuditLine) -> None:
        """Say how the revision stands, and what was done to it."""
        name = naming.revision(self.service, of.number)
        labels = {history.STATE: state}
        if not done:
            await self.api.mark(REVISION, self.namespace, name, labels=labels)
            return
        for left in reversed(range(_TRIES)):
            there = await self.api.get(REVISION, self.namespace, name)
            if there is None:
                return
            lines = {naming.AUDIT: dump((*history.noted(there), *done))}
            version = str(there["metadata"]["resourceVersion"])
            try:
                await self.api.mark(
                    REVISION, self.namespace, name,
                    labels=labels, annotations=lines, version=version,
                )  # fmt: skip
            except ApiRefused as error:
                if error.refusal.code != 409 or not left:
                    raise
            else:
                return

    async def retell(self, revisions: Sequence[Kept]) -> None:
        """Write again what lists read of these revisions, where they cannot."""
        for each in revisions:
            if each.spoilt:
                name = naming.revision(self.service, each.number)
                told = {history.BRIEF: history.written(each)}
                await self.api.mark(REVISION, self.namespace, name, annotations=told)

    async def tidy(self, live: Kept) -> None:
        """Remove what no kept revision needs any more."""
        await self._tidied(live, await self.revisions())

    async def _tidied(self, live: Kept, revisions: Sequence[Kept]) -> None:
        left = kept_numbers(revisions, live=live.number, keep=live.keep)
        needed = {name_of(each) for kept in left for each in kept.objects if _is_map(each)}
        wanted = {(each["kind"], name_of(each)) for each in live.objects}
        own = await ownership.all_of(self.api, self.namespace, self.service, _TIDIED)
        gone = [
            (kind, each)
            for kind, each in own
            if (kind.name, name_of(each)) not in wanted
            and not (kind is CONFIG_MAP and name_of(each) in needed)
        ]
        numbers = {each.number for each in left}
        await ownership.delete(self.api, self.namespace, gone)
        for each in revisions:
            if each.number not in numbers:
                name = naming.revision(self.service, each.number)
                await self.api.delete(REVISION, self.namespace, name, uid=each.uid)

    async def take_back(self, run: str) -> Found | None:
        """End what `hold` made for this run, wherever it was ended itself: the live revision is as
        it was, or nothing is left. What has gone then; None where others are still at it.

        A run that has claimed its number is left alone, and so is what came after it.
        """
        revisions = await self.revisions()
        if any(each.record.run == run for each in revisions):
            return None
        live = next(reversed(revisions), None)
        if not await self._holds(run):
            return await leftovers.removed(self.api, self.namespace, self.service, run, revisions)
        if live is None:
            return await self.removed()
        await self.api.apply(await self._deployment(live))
        await self.rollout.ended(naming.run_label(run))
        (service,) = (each for each in live.objects if each["kind"] == "Service")
        await self.api.apply(service)
        await self.tidy(live)
        return await leftovers.removed(self.api, self.namespace, self.service, run, revisions)

    async def give_up(self, run: str) -> Found | None:
        """As `take_back`, of a run that nobody takes up again: one that was ended while it was
        taking over gives all back as well, and its number is free.

        Its revision goes last: until then this can be done again, or somebody ends its work.
        """
        *before, mine = await self.revisions() or (None,)
        if mine is None or mine.record.run != run or mine.state != "taking-over":
            return await self.take_back(run)
        if not before:
            return await self.removed()
        live = before[-1]
        (service,) = (each for each in live.objects if each["kind"] == "Service")
        for each in _in_order(await self.sized(live.objects)):
            if each["kind"] == "Deployment":
                await self.api.apply(await self._deployment(live))
            elif each != service:
                await self.api.apply(each)
        await self.rollout.ended(naming.run_label(run))
        await self.api.apply(service)
        await self._tidied(live, before)
        name = naming.revision(self.service, mine.number)
        await self.api.delete(REVISION, self.namespace, name, uid=mine.uid)
        return ()

    async def gone(self, found: Found) -> None:
        """Return when these objects are there no more, nor what the Deployment among them ran."""
        if any(kind is DEPLOYMENT for kind, _ in found):
            await self.rollout.gone()
        await ownership.gone(self.api, self.namespace, found)

    async def removed(self) -> Found:
        """All objects of the service, told to go."""
        found = await ownership.all_of(self.api, self.namespace, self.service)
        await ownership.delete(self.api, self.namespace, found)
        return found

    async def as_many(self, objects: Objects) -> Objects:
        """The objects with as many replicas as there are: what is not proved changes no number,
        and what an autoscaler says stays as it says. Where there are none, with as many as they
        begin with."""
        there = await self.api.get(DEPLOYMENT, self.namespace, self.service)
        return phases.sized(objects, int(there["spec"].get("replicas", 1)) if there else 0)

    async def sized(self, objects: Objects) -> Objects:
        """As they are applied: of several hands that say how many replicas, one is left."""
        if phases.scales(objects):
            return await self.as_many(objects)
        labels = ownership.selector(self.service)
        found, _ = await self.api.list(AUTOSCALER, self.namespace, labels=labels)
        await ownership.delete(self.api, self.namespace, [(AUTOSCALER, each) for each in found])
        return objects

    async def _deployment(self, live: Kept) -> Object:
        """As it is while that revision is live, or stopped."""
        if live.state == "stopped":
            return phases.scaled(live.objects, 0)
        scales = phases.scales(live.objects)
        objects = await self.as_many(live.objects) if scales else live.objects
        (deployment,) = (each for each in objects if each["kind"] == "Deployment")
        return deployment

    async def _holds(self, run: str) -> bool:
        """Whether the Deployment has the pods of this run, and no others since."""
        deployment = await self.api.get(DEPLOYMENT, self.namespace, self.service)
        if deployment is None:
            return False
        labels = deployment["spec"]["template"]["metadata"].get("labels") or {}
        return bool(labels.get(naming.RUN) == naming.run_label(run))


_TRIES = 5
"""Somebody else may note something at the same moment."""
_TIDIED = (HTTP_ROUTE, INGRESS, AUTOSCALER, BUDGET, POLICY, CONFIG_MAP)


def base_of(revisions: Sequence[Kept]) -> Base:
    """What the next run is staged against."""
    live = next(reversed(revisions), None)
    return Base(live.number, live.state) if live else Base(0, None)


def changed(service: str) -> StageFailed:
    """The error of the run that came second."""
    return StageFailed(
        f"service {service} was changed while this run was under way",
        remedy="review the difference to what runs now and deploy again",
    )


def _in_order(objects: Objects) -> Objects:
    """What pods need and what leads to them first, so that none is missed by requests."""
    first = tuple(each for each in objects if each["kind"] in _BEFORE_TRAFFIC)
    return (*first, *(each for each in objects if each not in first))


def _is_map(each: Object) -> bool:
    return bool(each["kind"] == CONFIG_MAP.name)


def _numbered(record: RevisionRecord, number: int) -> RevisionRecord:
    return RevisionRecord(
        number=number,
        plan_digest=record.plan_digest,
        bundle_digest=record.bundle_digest,
        run=record.run,
        who=record.who,
        when=record.when,
        origin=record.origin,
        why=record.why,
    )
