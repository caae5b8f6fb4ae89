"""From a ruling to hashed pins: one call of uv, kept by the content of the question."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from jupyter_modelship import process
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.model import Finding, KernelFacts, Lock
from jupyter_modelship.places import Places, private
from jupyter_modelship.stored import read_json, write_json

from .catalogue import finding
from .indexes import Indexes, inherited
from .locks.ruling import Ruling
from .uv import Failure, call, compile_argv, find_uv, judge

ATTEMPTS = 6
Packages = dict[str, tuple[str, tuple[str, ...]]]
"""Normalised name -> (version, sorted hashes)."""


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
    indexes = ruling.indexes.over(inherited(process.environment(), prefix=_prefix(facts)))
    kept = private(places.cache / "locks") / f"{_key(ruling, service, facts, indexes)}.json"
    answer = read_json(kept)
    if answer is None:
        outcome = await _ask(ruling, service, facts, indexes)
        if isinstance(outcome, Problem):
            return outcome
        packages, dropped = outcome
        answer = {
            "packages": {n: [v, list(h)] for n, (v, h) in packages.items()},
            "dropped": dropped,
        }
        write_json(kept, answer)
    else:
        packages = {n: (v, tuple(h)) for n, (v, h) in answer["packages"].items()}
        dropped = answer["dropped"]
    return _finished(ruling, facts, packages, dropped)


def _prefix(facts: KernelFacts) -> Path:
    return Path(facts.python).parent.parent


def _key(ruling: Ruling, service: tuple[str, ...], facts: KernelFacts, indexes: Indexes) -> str:
    """The question's content. Credentials in index URLs are no part of it."""
    question = {
        "requirements": [*ruling.requirements, *service],
        "constraints": ruling.constraints,
        "kernel": sorted(ruling.kernel.items()),
        "python": facts.version,
        "platform": [platform.system(), platform.machine(), *platform.libc_ver()],
        "indexes": re.sub(r"//[^/@\s]*@", "//", repr(indexes)),
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
        done = await _compile(ruling, service, wishes, facts, indexes)
        if done.code == 0:
            return _parse(done.output), dropped
        failure = judge(done.errors)
        if failure.reason == "network":
            raise _unreachable(failure)
        blamed = [n for n in _blamed(failure, wishes) if wishes.pop(n, None)]
        if not blamed:
            break
        dropped += blamed
    if failure.reason in ("other", "python"):
        raise StageFailed("uv could not make the lock", detail=failure.errors)
    return Problem(_explained(failure, service, facts))


async def _compile(
    ruling: Ruling,
    service: tuple[str, ...],
    wishes: Mapping[str, str],
    facts: KernelFacts,
    indexes: Indexes,
) -> process.Completed:
    limits = [*ruling.constraints, *(f"{n}=={v}" for n, v in sorted(wishes.items()))]
    with tempfile.TemporaryDirectory(prefix="modelship-lock-") as name:
        folder = Path(name)
        wanted, constraints = folder / "requirements.in", folder / "constraints.txt"
        wanted.write_text("\n".join([*ruling.requirements, *service, ""]), "utf-8")
        constraints.write_text("\n".join([*limits, ""]), "utf-8")
        argv = compile_argv(
            find_uv(),
            wanted,
            constraints,
            python=facts.python,
            indexes=indexes,
            # Hashes of the user's own lock decide what may come from where.
            strategy="unsafe-best-match" if ruling.hashes else "first-index",
        )
        return await call(argv, cwd=folder, indexes=indexes)


def _blamed(failure: Failure, wishes: Mapping[str, str]) -> list[str]:
    """Versions of the kernel that uv's explanation names."""
    named = {
        canonicalize_name(name)
        for name, version in re.findall(r"([\w.-]+)(?:\[[^\]]*\])?==([^\s,]+)", failure.sentence)
        if wishes.get(canonicalize_name(name)) == version.rstrip(".")
    }
    return sorted(named)


def _parse(output: str) -> Packages:
    """uv's requirements.txt: names, versions and hashes are all that is taken from it."""
    packages: Packages = {}
    for block in re.split(r"\n(?=\S)", output.replace("\\\n", " ")):
        head = re.match(r"([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==(\S+)", block)
        if head:
            hashes = re.findall(r"--hash=(\w+:[0-9a-f]+)", block)
            packages[canonicalize_name(head[1])] = (head[2], tuple(sorted(set(hashes))))
    return packages


def _finished(
    ruling: Ruling, facts: KernelFacts, packages: Packages, dropped: list[str]
) -> Resolved:
    findings = [_given_up(n, packages, ruling) for n in dropped if n in packages]
    allowed: Packages = {}
    for name, (version, hashes) in sorted(packages.items()):
        wanted = ruling.hashes.get(name)
        kept = tuple(h for h in hashes if wanted is None or h in wanted)
        if not kept:
            findings.append(
                finding(
                    "hash-differs",
                    f"{name} {version}: no file of the index has a hash of {ruling.source}",
                )
            )
        allowed[name] = (version, kept or hashes)
    text = render(allowed)
    made = Lock(
        text=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        python=".".join(facts.version.split(".")[:2]),
        packages=tuple((name, version) for name, (version, _) in allowed.items()),
        source=ruling.source,
    )
    return Resolved(made, tuple(findings))


def render(packages: Packages) -> str:
    """`requirements.lock`: sorted, every file's hash on a line of its own."""
    blocks = []
    for name, (version, hashes) in sorted(packages.items()):
        lines = [f"{name}=={version}", *(f"    --hash={h}" for h in hashes)]
        blocks.append(" \\\n".join(lines) + "\n")
    return "".join(blocks)


def _given_up(name: str, packages: Packages, ruling: Ruling) -> Finding:
    return finding(
        "kernel-version-dropped",
        f"the kernel has {name} {ruling.kernel[name]}, the service gets {packages[name][0]}",
        remedy=f"`python -m pip install {name}=={packages[name][0]}` in the kernel's environment "
        "makes them the same",
    )


def _unreachable(failure: Failure) -> StageFailed:
    return StageFailed(
        f"the package index {failure.name} cannot be reached".replace("  ", " "),
        remedy="check the network and the index settings (UV_DEFAULT_INDEX, pip.conf); what was "
        "locked before needs no network",
        detail=failure.errors,
    )


def _explained(failure: Failure, service: tuple[str, ...], facts: KernelFacts) -> Finding:
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
            f"the index does not have {failure.name} as asked for: {failure.sentence}",
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


def _plain_release(failure: Failure) -> str | None:
    """Advice for a build such as 2.3.0+cu121, which only its own index has."""
    found = re.search(re.escape(failure.name) + r"==([^\s,+]+)\+", failure.sentence)
    if found is None:
        return None
    return (
        "name the index that has this build (UV_INDEX, pip.conf), or write "
        f"`{failure.name}=={found[1]}` in a requirements.txt beside the notebook"
    )
