"""A target that is a dictionary: for demonstrations and tests of whatever stands on the port.

It follows the port's rules and runs nothing. `failures` names methods that raise once; `waits`
holds what `open` and `apply` tell that they wait for. `doors` and `gauges` lead to whatever
somebody else lets answer for a service, as a cluster's ways do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from itertools import count
from pathlib import Path

from jupyter_modelship.errors import ModelshipError, NothingThere, StageFailed, UsageError

from .audit import AuditLine, Deed, now
from .owner import Owner
from .port import (
    Fault,
    Folder,
    Observation,
    Release,
    RevisionRecord,
    Runs,
    Staged,
    State,
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
from .revisions import chosen, keeps, kept, next_number

_GONE = "deploy the notebook again"


@dataclass(frozen=True, slots=True)
class _Service:
    notebook: str
    owners: Mapping[int, str]
    """By revision; what is brought back is its owner's again."""
    state: State
    live: int
    records: tuple[RevisionRecord, ...]
    releases: Mapping[int, Release]

    def applied(self, run: str) -> bool:
        return bool(run) and any(record.run == run for record in self.records)


@dataclass
class FakeTarget:
    """Services that are only remembered."""

    name: str = "fake"
    runs: Runs = "bundles"
    honours: Mapping[str, str] = field(default_factory=dict)
    failures: dict[str, ModelshipError] = field(default_factory=dict)
    waits: Sequence[str] = ()
    calls: list[str] = field(default_factory=list)
    """What was asked, in order: `stage iris`, …"""
    doors: dict[str, Way] = field(default_factory=dict)
    """By service: where it is reached, in place of its URL."""
    faults: dict[str, Fault] = field(default_factory=dict)
    """By service: what its live revision comes to when it is watched."""
    gauges: dict[str, Mapping[str, Way]] = field(default_factory=dict)
    """By service: the metrics of its processes."""
    ways: list[str] = field(default_factory=list)
    """Every way that was opened, in order: its service."""
    open_ways: list[str] = field(default_factory=list)
    """Those of them that are held."""
    known_as: str = ""
    """What somebody is called who is vouched for by nobody else."""
    followers: int = 0
    """Who holds `followed` now."""
    _services: dict[str, _Service] = field(default_factory=dict)
    _staged: dict[str, _Service | None] = field(default_factory=dict)
    _values: dict[str, dict[str, str]] = field(default_factory=dict)
    _lines: dict[str, list[str]] = field(default_factory=dict)
    _audit: list[AuditLine] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))

    async def supply(self, service: str, options: Mapping[str, object]) -> Supply:
        return supplied(self.runs, options)

    async def identity(self, name: str, *, vouched: bool = False) -> str:
        return name if vouched else self.known_as or name

    async def permitted(self, options: Mapping[str, object]) -> tuple[str, ...]:
        self._called("permitted", self.name)
        return ()

    async def configure(self, service: str, values: Mapping[str, str]) -> None:
        if values:
            self._called("configure", service)
            self._values.setdefault(service, {}).update(values)

    async def configured(self, service: str, values: Mapping[str, str]) -> bool:
        return values.items() <= self._values.get(service, {}).items()

    async def take(self, layout: Path) -> str:
        self._called("take", layout.name)
        return f"fake/{layout.name}"

    async def stage(self, release: Release) -> Staged:
        self._called("stage", release.service)
        self._check_owner(release)
        identity = f"fake-{next(self._ids)}"
        self._staged[identity] = self._services.get(release.service)
        return Staged(identity, release.service, Path(f"/nowhere/{identity}"))

    async def open(
        self, staged: Staged, *, bundle: Path | None = None, tell: Tell = silent
    ) -> None:
        self._called("open", staged.service)
        self._waiting(staged)
        self._waited(tell)

    async def apply(
        self,
        release: Release,
        staged: Staged,
        *,
        tell: Tell = silent,
        origin: int | None = None,
        why: str = "",
    ) -> Observation:
        self._called("apply", release.service)
        self._waited(tell)
        before = self._services.get(release.service)
        if before is not None and before.applied(release.run):
            return self._seen(release.service)
        self._check_owner(release)
        if self._waiting(staged) is not before:
            raise StageFailed(
                f"service {release.service} was changed while this run was under way",
                remedy="review the difference to what runs now and deploy again",
            )
        del self._staged[staged.id]
        self._services[release.service] = _with(before, release, origin, why)
        seen = self._seen(release.service)
        deed: Deed = "deploy" if origin is None else "rollback"
        if origin is None and before is not None and not _owner(before).includes(release.owner):
            deed = "take-over"
        self._note(deed, seen, release.who, release.run, release.overrides)
        return seen

    async def discard(self, staged: Staged) -> None:
        self._called("discard", staged.service)
        self._staged.pop(staged.id, None)

    async def release(self, service: str, *, namespace: str = "") -> Folder:
        self._called("release", service)
        self._known(service)
        live = self._seen(service)
        told = f"{live.service} {live.revision} {namespace}".encode()
        return Folder({"release.txt": told}, needs=(f"make the secrets of {service}",))

    async def holds(self) -> frozenset[Path]:
        releases = [r for found in self._services.values() for r in found.releases.values()]
        return frozenset(path for release in releases for path in held(release))

    @asynccontextmanager
    async def reach(self, seen: Observation) -> AsyncIterator[Way]:
        self._fails("reach")
        async with direct(seen) as way:
            self.ways.append(seen.service)
            self.open_ways.append(seen.service)
            try:
                yield self.doors.get(seen.service, way)
            finally:
                self.open_ways.remove(seen.service)

    @asynccontextmanager
    async def reach_metrics(self, seen: Observation) -> AsyncIterator[Mapping[str, Way]]:
        self._fails("reach_metrics")
        async with direct_metrics(seen) as ways:
            yield self.gauges.get(seen.service, ways)

    def connected(self) -> AbstractAsyncContextManager[None]:
        return looked_up()

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        self.followers += 1
        try:
            yield
        finally:
            self.followers -= 1

    async def observe(self, service: str) -> Observation | None:
        return self._seen(service) if service in self._services else None

    async def list(self) -> tuple[Observation, ...]:
        return tuple(self._seen(service) for service in sorted(self._services))

    async def start(self, service: str, *, who: str = "", tell: Tell = silent) -> Observation:
        self._waited(tell)
        seen = self._become(service, "running")
        self._note("start", seen, who)
        return seen

    async def stop(self, service: str, *, who: str = "") -> Observation:
        seen = self._become(service, "stopped")
        self._note("stop", seen, who)
        return seen

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
        known = self._known(service)
        if known.applied(run):
            return self._seen(service)
        back = chosen(known.records, live=known.live, wanted=revision, service=service)
        fresh = run or f"rollback-{next(self._ids)}"
        release = replace(
            known.releases[back.number],
            run=fresh,
            who=who,
            overrides=(),
            takes_over=str(_owner(known)),
        )
        staged = await self.stage(release)
        await self.open(staged, tell=tell)
        return await self.apply(release, staged, origin=back.number, why=why)

    async def failing(self, service: str, revision: int, seconds: float) -> Fault | None:
        self._called("failing", service)
        live = self._known(service).live == revision
        return self.faults.get(service) if live else None

    async def delete(self, service: str, *, who: str = "") -> None:
        self._called("delete", service)
        self._known(service)
        self._note("delete", self._seen(service), who)
        del self._services[service]
        self._lines.pop(service, None)

    async def audit(self, service: str = "") -> tuple[AuditLine, ...]:
        return tuple(line for line in self._audit if service in ("", line.service))

    async def logs(
        self, service: str, *, follow: bool = False, last: int | None = None
    ) -> AsyncIterator[str]:
        self._known(service)
        lines = self._lines.get(service, [])
        for line in lines if last is None else lines[max(0, len(lines) - last) :]:
            yield line

    def say(self, service: str, line: str) -> None:
        """Add a line to the service's log."""
        self._lines.setdefault(service, []).append(line)

    def _called(self, method: str, service: str) -> None:
        self.calls.append(f"{method} {service}")
        self._fails(method)

    def _fails(self, method: str) -> None:
        failure = self.failures.pop(method, None)
        if failure is not None:
            raise failure

    def _known(self, service: str) -> _Service:
        if service not in self._services:
            raise NothingThere(f"there is no service {service}")
        return self._services[service]

    def _become(self, service: str, state: State) -> Observation:
        self._called("start" if state == "running" else "stop", service)
        known = self._known(service)
        if known.state != state:
            self._services[service] = replace(known, state=state)
        return self._seen(service)

    def _waiting(self, staged: Staged) -> _Service | None:
        if staged.id not in self._staged:
            raise StageFailed(f"the staged process of {staged.service} is gone", remedy=_GONE)
        return self._staged[staged.id]

    def _waited(self, tell: Tell) -> None:
        for line in self.waits:
            tell(line)

    def _note(
        self,
        deed: Deed,
        seen: Observation,
        who: str,
        run: str = "",
        overrides: tuple[str, ...] = (),
    ) -> None:
        line = AuditLine(
            *(now(), deed, seen.service, who, self.name, seen.revision, seen.bundle_digest),
            run=run,
            overrides=overrides,
        )
        self._audit.append(line)

    def _check_owner(self, release: Release) -> None:
        known = self._services.get(release.service)
        owner = _owner(known) if known is not None else release.owner
        if not owner.includes(release.owner) and str(owner) != release.takes_over:
            raise UsageError(
                f"service {release.service} belongs to the notebook {owner}",
                remedy="choose another name with --name, or take it over with --take-over",
            )

    def _seen(self, service: str) -> Observation:
        known = self._services[service]
        live = next(record for record in known.records if record.number == known.live)
        return Observation(
            service=service,
            target=self.name,
            state=known.state,
            notebook=known.notebook,
            revision=known.live,
            plan_digest=live.plan_digest,
            bundle_digest=live.bundle_digest,
            url=f"http://{service}.invalid",
            since=live.when,
            revisions=known.records,
            owner=known.owners[known.live],
        )


def _owner(service: _Service) -> Owner:
    return Owner(service.notebook, service.owners[service.live])


def _with(before: _Service | None, release: Release, origin: int | None, why: str) -> _Service:
    records = before.records if before else ()
    record = RevisionRecord(
        number=next_number(records),
        plan_digest=release.plan_digest,
        bundle_digest=release.bundle_digest,
        run=release.run,
        who=release.who,
        when=datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        origin=origin,
        why=why,
    )
    left = kept((*records, record), live=record.number, keep=keeps(release.options))
    releases = {**(before.releases if before else {}), record.number: release}
    owners = dict(before.owners) if before else {}
    owners[record.number] = release.who if origin is None else owners[origin]
    return _Service(
        notebook=release.notebook,
        owners=owners,
        state="running",
        live=record.number,
        records=left,
        releases={each.number: releases[each.number] for each in left},
    )
