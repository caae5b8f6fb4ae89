"""From a ruling to hashed pins: one call of uv, kept by the content of the question."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from jupyter_modelship import process
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.model import Finding, KernelFacts, Lock
from jupyter_modelship.places import Places, private
from jupyter_modelship.stored import read_json, write_json

from .catalogue import finding
from .indexes import Indexes, inherited, without_login
from .locks.ruling import Ruling
from .uv import Failure, Strategy, call, compile_argv, find_uv, judge

ATTEMPTS = 6
PYPI = "https://pypi.org/simple"
_FORM = 2
"""Of what is kept of an answer."""


@dataclass(frozen=True, slots=True)
class Pin:
    version: str
    hashes: tuple[str, ...]
    """Sorted."""
    index: str = ""
    """The address that it comes from, without a login; empty for PyPI and for folders."""


Packages = dict[str, Pin]
"""By normalised name."""


@dataclass(frozen=True, slots=True)
class Resolved:
    lock: Lock
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """No set of versions exists; the finding says why."""

    finding: Finding


async def resolve(
    ruling: Ruling, service: tuple[str, ...], facts: KernelFacts, places: Places
) -> Resolved | Problem:
    """Hashed pins for the ruling and the service's own requirements.

    A kernel's version that contradicts a need, and that nobody asked for by name, is given up with
    a finding. Raises StageFailed when the index cannot be reached or uv fails.
    """
    told = process.index_environment()
    indexes = ruling.indexes.over(inherited(told, prefix=_prefix(facts)))
    kept = private(places.cache / "locks") / f"{_key(ruling, service, facts, indexes)}.json"
    answer = read_json(kept)
    if answer is None:
        outcome = await _ask(ruling, service, facts, indexes)
        if isinstance(outcome, Problem):
            return outcome
        packages, dropped = outcome
        answer = {
            "packages": {n: [p.version, p.hashes, p.index] for n, p in packages.items()},
            "dropped": dropped,
        }
        write_json(kept, answer)
    else:
        packages = {n: Pin(v, tuple(h), i) for n, (v, h, i) in answer["packages"].items()}
        dropped = answer["dropped"]
    return _finished(ruling, facts, packages, dropped)


def _prefix(facts: KernelFacts) -> Path:
    return Path(facts.python).parent.parent


def _key(ruling: Ruling, service: tuple[str, ...], facts: KernelFacts, indexes: Indexes) -> str:
    """The question's content. Credentials in index URLs are no part of it."""
    question = {
        "form": _FORM,
        "requirements": [*ruling.requirements, *service],
        "constraints": ruling.constraints,
        "kernel": sorted(ruling.kernel.items()),
        "python": facts.version,
        "platform": [platform.system(), platform.machine(), *platform.libc_ver()],
        "indexes": without_login(repr(indexes)),
    }
    return hashlib.sha256(json.dumps(question).encode()).hexdigest()[:32]


async def _ask(
    ruling: Ruling, service: tuple[str, ...], facts: KernelFacts, indexes: Indexes
) -> tuple[Packages, list[str]] | Problem:
    """Resolve, giving up contradicted versions of the kernel until there is an answer."""
    wishes = dict(ruling.kernel)
    dropped: list[str] = []
    failure = Failure("other")
    for _ in range(ATTEMPTS):
        limits = [*ruling.constraints, *(f"{n}=={v}" for n, v in sorted(wishes.items()))]
        # Hashes of the user's own lock decide what may come from where.
        strategy: Strategy = "unsafe-best-match" if ruling.hashes else "first-index"
        wanted = [*ruling.requirements, *service]
        first = done = await _compile(wanted, limits, facts, indexes, strategy)
        if first.code == 0:
            done = await _firsts(first, ruling, facts, indexes)
        if done.code == 0:
            return {**_parse(first.output), **_parse(done.output)}, dropped
        failure = judge(done.errors)
        if failure.index is not None:
            raise failure.index.failure(failure.errors)
        blamed = [n for n in _blamed(failure, wishes) if wishes.pop(n, None)]
        if not blamed:
            break
        dropped += blamed
    if failure.reason in ("other", "python"):
        raise StageFailed("uv could not make the lock", detail=failure.errors)
    return Problem(_explained(failure, service, facts, indexes))


async def _firsts(
    done: process.Completed, ruling: Ruling, facts: KernelFacts, indexes: Indexes
) -> process.Completed:
    """Where hashes let any index give what they name, the rest is asked for again, at the same
    versions: nobody but the first index that has a package may give it (dependency confusion)."""
    pins = _parse(done.output)
    rest = [f"{name}=={pin.version}" for name, pin in pins.items() if name not in ruling.hashes]
    if not (rest and ruling.hashes and indexes.several):
        return done
    return await _compile(rest, [], facts, indexes, "first-index", "--no-deps")


async def _compile(
    wanted: Sequence[str],
    limits: Sequence[str],
    facts: KernelFacts,
    indexes: Indexes,
    strategy: Strategy,
    *more: str,
) -> process.Completed:
    with tempfile.TemporaryDirectory(prefix="modelship-lock-") as name:
        folder = Path(name)
        requirements, constraints = folder / "requirements.in", folder / "constraints.txt"
        requirements.write_text("\n".join([*wanted, ""]), "utf-8")
        constraints.write_text("\n".join([*limits, ""]), "utf-8")
        argv = compile_argv(
            find_uv(),
            requirements,
            constraints,
            python=facts.python,
            indexes=indexes,
            strategy=strategy,
        )
        return await call((*argv, *more), cwd=folder, indexes=indexes)


def _blamed(failure: Failure, wishes: Mapping[str, str]) -> list[str]:
    """Versions of the kernel that uv's explanation names."""
    named = {
        canonicalize_name(name)
        for name, version in re.findall(r"([\w.-]+)(?:\[[^\]]*\])?==([^\s,]+)", failure.sentence)
        if wishes.get(canonicalize_name(name)) == version.rstrip(".")
    }
    return sorted(named)


def _parse(output: str) -> Packages:
    """uv's requirements.txt: names, versions, hashes and indexes are all that is taken from it."""
    packages: Packages = {}
    for block in re.split(r"\n(?=\S)", output.replace("\\\n", " ")):
        head = re.match(r"([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==(\S+)", block)
        if head:
            hashes = tuple(sorted(set(re.findall(r"--hash=(\w+:[0-9a-f]+)", block))))
            packages[canonicalize_name(head[1])] = Pin(head[2], hashes, _index(block))
    return packages


def _index(block: str) -> str:
    """Folders of wheels are this machine's, and told to nobody."""
    found = re.search(r"# from (https?://\S+)", block)
    address = without_login(found[1]).rstrip("/") if found else ""
    return "" if address == PYPI else address


def _finished(
    ruling: Ruling, facts: KernelFacts, packages: Packages, dropped: list[str]
) -> Resolved:
    findings = [_given_up(n, packages, ruling) for n in dropped if n in packages]
    allowed: Packages = {}
    for name, pin in sorted(packages.items()):
        wanted = ruling.hashes.get(name)
        kept = tuple(h for h in pin.hashes if wanted is None or h in wanted)
        if not kept:
            findings.append(
                finding(
                    "hash-differs",
                    f"{name} {pin.version}: no file of the index has a hash of {ruling.source}",
                )
            )
        allowed[name] = replace(pin, hashes=kept or pin.hashes)
    text = render(allowed)
    made = Lock(
        text=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        python=".".join(facts.version.split(".")[:2]),
        packages=tuple((name, pin.version) for name, pin in allowed.items()),
        source=ruling.source,
    )
    return Resolved(made, tuple(findings))


def render(packages: Packages) -> str:
    """`requirements.lock`: sorted, every file's hash on a line of its own, and where it comes from
    when that is not PyPI."""
    blocks = []
    for name, pin in sorted(packages.items()):
        lines = [f"{name}=={pin.version}", *(f"    --hash={h}" for h in pin.hashes)]
        origin = f"    # from {pin.index}\n" if pin.index else ""
        blocks.append(" \\\n".join(lines) + "\n" + origin)
    return "".join(blocks)


def _given_up(name: str, packages: Packages, ruling: Ruling) -> Finding:
    version = packages[name].version
    return finding(
        "kernel-version-dropped",
        f"the kernel has {name} {ruling.kernel[name]}, the service gets {version}",
        remedy=f"`python -m pip install {name}=={version}` in the kernel's environment makes them "
        "the same",
    )


def _explained(
    failure: Failure, service: tuple[str, ...], facts: KernelFacts, indexes: Indexes
) -> Finding:
    minor = ".".join(facts.version.split(".")[:2])
    if failure.reason == "no-wheel":
        return finding(
            "no-wheel",
            f"{failure.name} has no wheel for Python {minor} on {platform.system()} "
            f"{platform.machine()}: {failure.sentence}",
            remedy=f"pin a version of {failure.name} that has a wheel, or wait for the image's "
            "builder stage",
        )
    if failure.reason == "no-version":
        return finding(
            "no-version",
            f"the index does not have {failure.name} as asked for{_asked(indexes)}: "
            f"{failure.sentence}",
            remedy=_plain_release(failure),
        )
    ours = [n for n in (Requirement(text).name for text in service) if n in failure.sentence]
    if ours:
        return finding(
            "service-conflict",
            f"the service itself needs {', '.join(ours)}, which the pins do not allow: "
            f"{failure.sentence}",
        )
    return finding("lock-conflict", f"the pins contradict each other: {failure.sentence}")


def _asked(indexes: Indexes) -> str:
    """Which indexes were asked, where the user named some."""
    named = [without_login(url) for url in indexes.addresses]
    return f" ({', '.join(named)})" if named else ""


def _plain_release(failure: Failure) -> str | None:
    """Advice for a build such as 2.3.0+cu121, which only its own index has."""
    found = re.search(re.escape(failure.name) + r"==([^\s,+]+)\+", failure.sentence)
    if found is None:
        return None
    return (
        "name the index that has this build (UV_INDEX, pip.conf), or write "
        f"`{failure.name}=={found[1]}` in a requirements.txt beside the notebook"
    )
