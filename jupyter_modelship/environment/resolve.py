"""From a ruling to hashed pins: one call of uv, kept by the content of the question."""

from __future__ import annotations

import hashlib
import platform as machine
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType

from packaging.requirements import Requirement

from jupyter_modelship import process
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.recipe import Platform
from jupyter_modelship.model import FROM, Finding, KernelFacts, Lock, Source
from jupyter_modelship.places import Places, private
from jupyter_modelship.stored import read_json, write_json

from .asking import Answer, Packages, Pin, Question, ask, parse
from .catalogue import finding
from .indexes import Indexes, inherited, without_login
from .locks.ruling import Ruling
from .uv import Failure

BUILT = "# built from source after the review: building it runs its code"
"""In a lock, above each distribution that is not a wheel yet."""


@dataclass(frozen=True, slots=True)
class Resolved:
    lock: Lock
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """No set of versions exists; the finding says why."""

    finding: Finding


async def resolve(
    ruling: Ruling,
    service: tuple[str, ...],
    facts: KernelFacts,
    places: Places,
    *,
    sources: Mapping[str, Source] = MappingProxyType({}),
    needed: Collection[str] = (),
    platform: Platform | None = None,
) -> Resolved | Problem:
    """Pins with hashes for the ruling and the service's own requirements.

    `sources` are repositories by name; those in `needed` are wanted by themselves. What an index
    has as an archive alone becomes a source as well, at the kernel's version. A kernel's version
    that contradicts a need, and that nobody asked for by name, is given up with a finding. Raises
    StageFailed when the index cannot be reached or uv fails.
    """
    told = process.index_environment()
    indexes = ruling.indexes.over(inherited(told, prefix=_prefix(facts)))
    question = Question(ruling, service, facts, indexes, dict(sources), frozenset(needed), platform)
    kept = private(places.cache / "locks") / f"{question.key}.json"
    known = read_json(kept)
    if known is not None:
        return _finished(ruling, facts, Answer.read(known))
    answer = await ask(question)
    if isinstance(answer, Failure):
        return _problem(answer, question)
    write_json(kept, asdict(answer))
    return _finished(ruling, facts, answer)


def _prefix(facts: KernelFacts) -> Path:
    return Path(facts.python).parent.parent


def _problem(failure: Failure, question: Question) -> Problem:
    if failure.reason in ("other", "python"):
        raise StageFailed("uv could not make the lock", detail=failure.errors)
    return Problem(_explained(failure, question))


def _finished(ruling: Ruling, facts: KernelFacts, answer: Answer) -> Resolved:
    packages = answer.packages
    findings = [_given_up(n, packages, ruling) for n in answer.dropped if n in packages]
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
    findings += [_other_archive(one, ruling) for one in answer.sources if _differs(one, ruling)]
    text = render(allowed, answer.sources)
    made = Lock(
        text=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        python=".".join(facts.version.split(".")[:2]),
        packages=tuple(
            sorted(
                [
                    *((name, pin.version) for name, pin in allowed.items()),
                    *((one.name, one.version) for one in answer.sources),
                ]
            )
        ),
        source=ruling.source,
        sources=answer.sources,
    )
    return Resolved(made, tuple(findings))


def _differs(source: Source, ruling: Ruling) -> bool:
    """Whether the lock beside the notebook has hashes for it, and not this one."""
    wanted = ruling.hashes.get(source.name)
    return source.kind == "archive" and wanted is not None and source.pin not in wanted


def _other_archive(source: Source, ruling: Ruling) -> Finding:
    return finding(
        "hash-differs",
        f"{source.name} {source.version}: the archive of the index has no hash of {ruling.source}",
    )


def with_wheels(lock: Lock, wheels: Mapping[str, Path]) -> Lock:
    """The lock with the wheel that was built of each of its sources, by name: hashed pins alone."""
    packages = parse(lock.text)
    for one in lock.sources:
        digest = hashlib.sha256(wheels[one.name].read_bytes()).hexdigest()
        packages[one.name] = Pin(one.version, (f"sha256:{digest}",))
    text = render(packages)
    return replace(
        lock,
        text=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        wheels=tuple(str(wheels[one.name]) for one in lock.sources),
    )


def render(packages: Packages, sources: Collection[Source] = ()) -> str:
    """`requirements.lock`: sorted, every file's hash on a line of its own, and where it comes from
    when that is not PyPI; then what is not built yet, by its commit or its archive's hash."""
    blocks = [_block(f"{name}=={pin.version}", pin) for name, pin in sorted(packages.items())]
    for one in sources:
        archive = one.kind == "archive"
        named = f"{one.name}=={one.version}" if archive else f"{one.name} @ {one.reference}"
        blocks.append(f"{BUILT}\n{_block(named, Pin(one.version, (one.pin,) if archive else ()))}")
    return "".join(blocks)


def _block(named: str, pin: Pin) -> str:
    origin = f"{FROM}{pin.index}\n" if pin.index else ""
    return " \\\n".join([named, *(f"    --hash={h}" for h in pin.hashes)]) + "\n" + origin


def _given_up(name: str, packages: Packages, ruling: Ruling) -> Finding:
    version = packages[name].version
    return finding(
        "kernel-version-dropped",
        f"the kernel has {name} {ruling.kernel[name]}, the service gets {version}",
        remedy=f"`python -m pip install {name}=={version}` in the kernel's environment makes them "
        "the same",
    )


def _explained(failure: Failure, question: Question) -> Finding:
    if failure.reason == "no-wheel":
        return _no_wheel(failure, question)
    if failure.reason == "no-version":
        return finding(
            "no-version",
            f"the index does not have {failure.name} as asked for{_asked(question.indexes)}: "
            f"{failure.sentence}",
            remedy=_plain_release(failure),
        )
    ours = [
        n for n in (Requirement(text).name for text in question.service) if n in failure.sentence
    ]
    if ours:
        return finding(
            "service-conflict",
            f"the service itself needs {', '.join(ours)}, which the pins do not allow: "
            f"{failure.sentence}",
        )
    return finding("lock-conflict", f"the pins contradict each other: {failure.sentence}")


def _no_wheel(failure: Failure, question: Question) -> Finding:
    minor = ".".join(question.facts.version.split(".")[:2])
    there = question.platform
    where = there or f"{machine.system()} {machine.machine()}"
    return finding(
        "no-wheel",
        f"{failure.name} has no wheel for Python {minor} on {where}: {failure.sentence}",
        remedy=f"pin a version of {failure.name} that has a wheel, or "
        + (
            "install in the kernel the very version that is asked for: it is built from source "
            "then, after the review"
            if there is None
            else f"deploy for a platform that it has one for, or from a machine that is {there} "
            "(option `platform`)"
        ),
    )


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
