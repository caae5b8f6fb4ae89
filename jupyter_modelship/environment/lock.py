"""The lock: pins with hashes of what the slice and the service need and no more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from packaging.version import InvalidVersion, Version

from jupyter_modelship.image.recipe import Platform
from jupyter_modelship.model import Finding, KernelFacts, Lock, Source
from jupyter_modelship.places import Places

from .catalogue import finding
from .git import checkout
from .local_modules import local_modules
from .locks import kernel, lines, requirements, uv_lock
from .locks.ruling import Ruling, marker_environment
from .modules import owners
from .resolve import Problem, resolve
from .service import SERVICE_REQUIREMENTS
from .sources import from_git

OLDEST = (3, 10)
_UNREAD = ("pylock.toml", "poetry.lock", "Pipfile.lock", "environment.yml", "conda-lock.yml")


@dataclass(frozen=True, slots=True)
class LockRequest:
    facts: KernelFacts
    folder: Path
    """The notebook's folder."""
    modules: tuple[str, ...]
    """What the slice and its artifacts import: dotted names where they are known."""
    places: Places
    installs: tuple[str, ...] = ()
    """Requirement texts of `%pip install` lines."""
    service_requirements: tuple[str, ...] = SERVICE_REQUIREMENTS
    platform: Platform | None = None
    """What it is for; None: this machine. For another one nothing is built from source."""


async def lock(request: LockRequest) -> tuple[Lock | None, tuple[Finding, ...]]:
    """The lock and all findings; no lock where versions could not be resolved.

    Asks the package index, and the host of a repository that is needed; builds and runs nothing.
    What was answered is kept, so that a repeat needs no network. Raises StageFailed when one of
    them cannot be reached.
    """
    facts = request.facts
    if _python(facts) < OLDEST:
        return None, (_too_old(facts),)
    local = local_modules(request.folder, request.modules, facts)
    asked = lines.parse_texts(
        request.installs,
        marker_environment(facts, request.platform),
        where="`%pip install`",
        folder=request.folder,
    )
    modules = [*request.modules, *local.imports]
    owned = owners(modules, facts, local=local.names, asked=asked.by_name)
    ruling = _ruling(request, owned.distributions, asked)
    before = [
        *local.findings,
        *owned.findings,
        *_unread(request.folder),
        *ruling.findings,
        *_credentials(owned.distributions, facts),
    ]
    answer = await _resolved(request, ruling, owned.distributions)
    found = (*before, *answer.findings)
    if answer.lock is not None and not any(one.severity == "block" for one in found):
        await _fetch(answer.lock, request.places)
    return answer.lock, found


@dataclass(frozen=True, slots=True)
class _Resolved:
    lock: Lock | None
    findings: tuple[Finding, ...]


async def _resolved(request: LockRequest, ruling: Ruling, needed: tuple[str, ...]) -> _Resolved:
    facts = request.facts
    known = {name: _origin(name, ruling, facts) for name in ruling.elsewhere}
    sources = {name: one for name, one in known.items() if isinstance(one, Source)}
    nowhere = [one for name in needed if isinstance(one := known.get(name), Finding)]
    answer = await resolve(
        ruling,
        request.service_requirements,
        facts,
        request.places,
        sources=sources,
        needed=set(needed) & set(sources),
        platform=request.platform,
    )
    if isinstance(answer, Problem):
        return _Resolved(None, (*nowhere, answer.finding))
    others = [name for name, _ in answer.lock.packages if name not in needed]
    return _Resolved(
        answer.lock,
        (
            *nowhere,
            *answer.findings,
            *_differences(answer.lock, needed, facts, ruling),
            *(one for name in others if isinstance(one := known.get(name), Finding)),
            *map(_built, answer.lock.sources),
        ),
    )


async def _fetch(made: Lock, places: Places) -> None:
    """See in the review that its commits can be had, and hold them for the run."""
    for one in made.sources:
        if one.kind == "git":
            await checkout(one, places)


def _python(facts: KernelFacts) -> tuple[int, int]:
    major, minor = facts.version.split(".")[:2]
    return int(major), int(minor)


def _too_old(facts: KernelFacts) -> Finding:
    return finding(
        "python-old", f"kernel `{facts.kernel}` runs Python {facts.version}; 3.10 is the oldest"
    )


def _ruling(request: LockRequest, needed: tuple[str, ...], asked: lines.Lines) -> Ruling:
    """By the strongest lock beside the notebook, else by the kernel's project, else by the
    kernel."""
    facts = request.facts
    path = uv_lock.find(request.folder)
    if path is not None:
        return uv_lock.rule(path, needed, facts, request.platform)
    path = requirements.find(request.folder)
    if path is not None:
        return requirements.rule(path, needed, facts, request.platform)
    path = uv_lock.find_above(request.folder)
    if path is not None and uv_lock.is_kernels(path, facts):
        return uv_lock.rule(path, needed, facts, request.platform)
    ruling = kernel.rule(needed, facts, asked)
    if path is None:
        return ruling
    return replace(ruling, findings=(*ruling.findings, uv_lock.passed_over(path, facts)))


def _unread(folder: Path) -> list[Finding]:
    return [
        finding("lock-unread", f"`{name}` stands beside the notebook and is not read")
        for name in _UNREAD
        if (folder / name).is_file()
    ]


def _origin(name: str, ruling: Ruling, facts: KernelFacts) -> Source | Finding:
    """The commit that a distribution from elsewhere is built of, or why it cannot ship."""
    found = from_git(name, ruling.elsewhere[name], facts)
    return found if found is not None else _nowhere(name, ruling)


def _built(source: Source) -> Finding:
    return finding(
        "source-built",
        f"{source.name} {source.version} is built from source: {source.reference}",
    )


def _credentials(needed: tuple[str, ...], facts: KernelFacts) -> list[Finding]:
    return [
        finding(
            "url-credentials",
            f"kernel `{facts.kernel}`: the record of where {name} was installed from holds "
            "credentials",
        )
        for name in needed
        if name in facts.distributions and facts.distributions[name].credentials
    ]


def _nowhere(name: str, ruling: Ruling) -> Finding:
    return finding(
        "not-on-index",
        f"{name} is needed and comes from {ruling.elsewhere[name]}, not from an index",
    )


def _differences(
    made: Lock, direct: tuple[str, ...], facts: KernelFacts, ruling: Ruling
) -> list[Finding]:
    """Where lock and kernel disagree. What came from no index was told before."""
    findings = []
    for name, version in made.packages:
        installed = facts.distributions.get(name)
        if installed is None or name in ruling.elsewhere:
            continue
        has = installed.version if installed.url is None else installed.url
        if installed.url is None and _same(version, has):
            continue
        if name in direct and not (installed.url is None and _same_release(version, has)):
            findings.append(_blocking(name, version, has, made, facts))
        elif made.source != "kernel":
            message = f"{made.source} leads to {name} {version}, the kernel has {has}"
            findings.append(finding("version-differs", message))
    return findings


def _blocking(name: str, version: str, has: str, made: Lock, facts: KernelFacts) -> Finding:
    return finding(
        "version-clashes",
        f"{made.source} says {name} {version}, the kernel has {has}: what the rehearsal computes "
        "with one may not load in the other",
        remedy=f"run `{_install(facts)} {name}=={version}`, or change {made.source}",
    )


def _install(facts: KernelFacts) -> str:
    """The command that installs into the kernel's environment, which may be without pip."""
    if "pip" in facts.distributions:
        return f"{facts.python} -m pip install"
    return f"uv pip install --python {facts.python}"


def _same(one: str, other: str) -> bool:
    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return one == other


def _same_release(one: str, other: str) -> bool:
    """Equal but for the local part: 2.3.0 and 2.3.0+cu121 are builds of one release."""
    try:
        return Version(one).public == Version(other).public
    except InvalidVersion:
        return False
