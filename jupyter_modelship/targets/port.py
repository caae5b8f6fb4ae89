"""What every target promises, and the frozen types that pass through it.

    stage -> open -> apply          a release goes live; `discard` for `apply` leaves no trace
    observe, list, logs             read only, start nothing
    start, stop, rollback, delete   what people do to a service afterwards

The order of `apply`: the staged process takes over, then the old one drains. A failure in any step
leaves the old revision serving.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from jupyter_modelship.bundle.served import Served
from jupyter_modelship.errors import StageFailed

from .audit import AuditLine
from .owner import Owner

Runs = Literal["bundles", "layouts", "pushed"]
"""`layouts`: images that it is handed as OCI image layouts; `pushed`: images of a repository."""
State = Literal["running", "starting", "stopped", "failed", "gone"]
"""`failed`: cannot be kept running, retried slowly. `gone`: should run, and nobody keeps it."""
Reach = Literal["machine", "cluster", "network"]
"""From where an address is reached: from this machine, by pods of the cluster alone, or by all who
find its host."""
Tell = Callable[[str], None]
"""Is told, a printable line each time, what a target waits for, and that it waits no longer."""


def silent(_line: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Release:
    """What is to go live: a bundle with the environment it needs, and who wants it."""

    service: str
    """A DNS label."""
    plan_digest: str
    bundle_digest: str
    bundle_folder: Path
    """A folder that stays as it is: a service is started from it again and again."""
    python: Path
    """The interpreter of the service's own environment; no matter to a release with an image."""
    notebook: str
    run: str
    """Idempotency key: a run that has been applied is not applied again."""
    who: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    """JSON values by option name."""
    source_map: Path | None = None
    """File that ties lines of service.py to cells; kept beside the bundle, never in it."""
    image: str = ""
    """Where it runs as a container: the image by its digest, `…@sha256:…`, as the target's own
    store calls it; empty where the bundle itself is run."""
    overrides: tuple[str, ...] = ()
    """Codes of the blocking findings in spite of which it ships."""
    takes_over: str = ""
    """Whose the service is until then (an `Owner`, as it is told), where it is to be this one's."""

    @property
    def owner(self) -> Owner:
        """Whose the service is once the release is live."""
        return Owner(self.notebook, self.who)


@dataclass(frozen=True, slots=True)
class Supply:
    """How what a release is made of gets to where it runs."""

    runs: Runs
    repository: str = ""
    """Where its image is pushed, `host[:port]/path`; empty for nowhere."""
    pulled_from: str = ""
    """What the repository's `host[:port]` is called where it is pulled; empty for the same."""
    told: str = ""
    """For people, where nobody chose it; else empty."""

    def pulled(self, reference: str) -> str:
        """What an image of the repository is called where it is pulled."""
        _, slash, path = reference.partition("/")
        return f"{self.pulled_from}{slash}{path}" if self.pulled_from else reference


@dataclass(frozen=True, slots=True)
class Staged:
    """A process that serves on a private socket and gets no traffic yet."""

    id: str
    service: str
    socket: Path
    token: str = field(default="", repr=False)
    """What the socket asks for; empty where it asks for nothing."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where a service takes requests, for as long as somebody holds the way open."""

    url: str
    token: str = field(default="", repr=False)
    """What it asks for; empty where it asks for nothing."""
    socket: Path | None = None
    """A Unix socket that leads there; None where the URL itself does."""


@dataclass(frozen=True, slots=True)
class RevisionRecord:
    number: int
    plan_digest: str
    bundle_digest: str
    run: str
    who: str
    when: str
    """RFC 3339, UTC."""
    origin: int | None = None
    """The revision that a rollback brought back under this number."""
    why: str = ""
    """Why it was brought back without anybody asking for it; a printable line."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a revision that went live fails by its own doing."""

    told: str
    """What is wrong and the evidence, in a printable line."""
    cell: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Replicas:
    """How many processes answer for a service, where there may be more than one."""

    ready: int
    wanted: int


@dataclass(frozen=True, slots=True)
class Observation:
    """A service as it is now."""

    service: str
    target: str
    state: State
    notebook: str
    revision: int
    """The live revision; while stopped, the one that `start` brings back."""
    plan_digest: str
    bundle_digest: str
    url: str
    since: str
    """When `revision` went live; RFC 3339, UTC."""
    revisions: tuple[RevisionRecord, ...]
    """Oldest first."""
    replicas: Replicas | None = None
    """Of this revision; None while stopped, and where a service is one process always."""
    restarts: int = 0
    """Unexpected ends of this revision's processes."""
    reason: str = ""
    """Why it is not running, or why it was last restarted."""
    remedy: str = ""
    cell: str | None = None
    line: int | None = None
    """Where in the notebook `reason` comes from, if there."""
    metrics_url: str = ""
    token_file: Path | None = None
    """Holds the bearer token (0600); None where the service asks for none."""
    measured: int = 0
    """Most bytes that a process of the live revision had resident while it was proved; 0 where
    nobody measured it."""
    url_from: Reach = "machine"
    endpoints: tuple[Served, ...] = ()
    """Of the live revision, where the target knows them: also of one from another machine."""
    owner: str = ""
    """Who deployed `notebook`, as `Target.identity` calls them; empty where the target is one
    user's, and where nobody knows."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A revision as files that others make the service of, without this project."""

    files: Mapping[str, bytes]
    """By name, all in one folder."""
    needs: tuple[str, ...] = ()
    """Commands that make what the files refer to and do not hold."""


class Target(Protocol):
    """A place where services run. Every method raises ModelshipError with a remedy."""

    @property
    def name(self) -> str: ...

    @property
    def honours(self) -> Mapping[str, str]:
        """Option name -> "" where the target honours it, else the reason why it refuses it."""
        ...

    def connected(self) -> AbstractAsyncContextManager[None]:
        """While it is held, what the tasks of one event loop ask goes by a connection that they
        share: for those who ask for one thing after another. It may be held again inside."""
        ...

    async def identity(self, name: str, *, vouched: bool = False) -> str:
        """What to call somebody in what the target keeps: for everybody, where others share it.

        `name` is their name on this machine; or, `vouched`, that by which they have logged in to a
        Hub. Never a word of a notebook's, or of a request's body. Raises StageFailed.
        """
        ...

    async def supply(self, service: str, options: Mapping[str, object]) -> Supply:
        """How a release of the service with these options gets there: asked before anything is
        built. Raises StageFailed where it does not."""
        ...

    async def permitted(self, options: Mapping[str, object]) -> tuple[str, ...]:
        """That a release with these options (JSON values by name) may be made, in lines that are
        told. Raises StageFailed where it may not, or would not fit: before anything is built."""
        ...

    async def configure(self, service: str, values: Mapping[str, str]) -> None:
        """Keep values of declared variables where the service's next process finds them."""
        ...

    async def configured(self, service: str, values: Mapping[str, str]) -> bool:
        """Whether the service's live process was started with these values."""
        ...

    async def take(self, layout: Path) -> str:
        """Keep the image of an OCI image layout: its `Release.image`. For those that run them."""
        ...

    async def stage(self, release: Release) -> Staged:
        """Start the release's process without traffic; it has imported its code on return."""
        ...

    async def open(
        self, staged: Staged, *, bundle: Path | None = None, tell: Tell = silent
    ) -> None:
        """The bundle is complete: warm up and answer on `staged.socket`.

        `bundle` is its folder where the process was staged from another one: one with the same
        code and artifacts whose examples were not known yet. What waiting may cure is told; what
        it cannot is raised as StageFailed.
        """
        ...

    async def apply(self, release: Release, staged: Staged, *, tell: Tell = silent) -> Observation:
        """Make the staged process the live one without refusing a connection.

        A run that is applied already returns the observation. Raises StageFailed where another
        run changed the service since `stage`.
        """
        ...

    async def discard(self, staged: Staged) -> None:
        """End a staged process; one that is gone or live is left alone."""
        ...

    def reach(self, seen: Observation) -> AbstractAsyncContextManager[Way]:
        """A way to the service from this machine, while it is held. Raises StageFailed."""
        ...

    def reach_metrics(self, seen: Observation) -> AbstractAsyncContextManager[Mapping[str, Way]]:
        """A way to the metrics of each process of the live revision that serves, while it is
        held: by a name that a process which counts from zero again does not share. Raises
        StageFailed."""
        ...

    def followed(self) -> AbstractAsyncContextManager[None]:
        """While it is held, `observe` and `list` may answer, from any thread, out of what the
        target is told of each change, a moment old at most: for those who look again and again."""
        ...

    async def observe(self, service: str) -> Observation | None:
        """The service as it is, or None where there is none."""
        ...

    async def list(self) -> tuple[Observation, ...]:
        """All services, by name."""
        ...

    async def start(self, service: str, *, who: str = "", tell: Tell = silent) -> Observation:
        """Run the live revision again: on return it serves, or its observation says why not yet.
        Raises StageFailed with the cause; one that was stopped is so still."""
        ...

    async def stop(self, service: str, *, who: str = "") -> Observation: ...

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
        """Bring back a revision under a new number; None: the one before the live one.

        The live one serves until the other is ready. Raises StageFailed with the cause where it
        does not become it: then nothing has changed.

        `why`: of one that nobody asked for (`RevisionRecord.why`).
        """
        ...

    async def failing(self, service: str, revision: int, seconds: float) -> Fault | None:
        """Watch a live revision for so long. None where it lasts, and where another one is live;
        for targets that honour the option `grace`."""
        ...

    async def delete(self, service: str, *, who: str = "") -> None:
        """Remove all that is the service's, and nothing else."""
        ...

    async def release(self, service: str, *, namespace: str = "") -> Folder:
        """The live revision as a folder, for the namespace or for the one where it is. Raises
        UsageError where what runs there is made of nothing that others could apply."""
        ...

    async def audit(self, service: str = "") -> tuple[AuditLine, ...]:
        """What anybody did to that service, or to all, oldest first, as far as the target keeps it
        for everybody; empty where services are one user's, whose own record is the whole."""
        ...

    async def holds(self) -> frozenset[Path]:
        """Folders and files of this machine that revisions need: bundles, interpreters, maps."""
        ...

    def logs(
        self, service: str, *, follow: bool = False, last: int | None = None
    ) -> AsyncIterator[str]:
        """Log lines without their line ends, oldest first: all that are kept, or the `last` so
        many of them. `follow` goes on until cancelled, or until the service is deleted."""
        ...


def supplied(runs: Runs, options: Mapping[str, object]) -> Supply:
    """By a target that needs nothing but its options."""
    return Supply(runs, str(options.get("repository") or ""))


@asynccontextmanager
async def looked_up() -> AsyncIterator[None]:
    """`Target.followed`, and `connected`, of a target that is asked for next to nothing."""
    yield


@asynccontextmanager
async def direct(seen: Observation) -> AsyncIterator[Way]:
    """The way of a service that this machine reaches by its URL."""
    try:
        words = (await asyncio.to_thread(_read, seen.token_file)).split()
    except OSError as error:
        raise StageFailed(
            f"the token of {seen.service} cannot be read: {error.strerror}",
            remedy=f"check {seen.token_file}",
        ) from error
    yield Way(seen.url, words[0] if words else "")


def _read(path: Path | None) -> str:
    return path.read_text(encoding="utf-8") if path is not None else ""


@asynccontextmanager
async def direct_metrics(seen: Observation) -> AsyncIterator[Mapping[str, Way]]:
    """The metrics of a service of one process, which this machine reaches by their URL."""
    process = f"{seen.metrics_url} {seen.revision} {seen.restarts}"
    yield {process: Way(seen.metrics_url)} if seen.metrics_url else {}


def held(release: Release) -> frozenset[Path]:
    """What must stay on this machine for the release to be started again."""
    paths = {release.bundle_folder, *(() if release.image else (release.python,))}
    return frozenset(paths | ({release.source_map} if release.source_map else set()))
