"""One question to the resolver, asked of uv until it has an answer or says why there is none."""

from __future__ import annotations

import hashlib
import json
import platform as machine
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from jupyter_modelship import process
from jupyter_modelship.image.recipe import Platform
from jupyter_modelship.model import KernelFacts, Source

from .archives import from_index
from .indexes import Indexes, without_login
from .locks.ruling import Ruling
from .sources import stand_in
from .uv import Failure, Strategy, call, compile_argv, find_uv, judge
from .wheels import USUAL, wheel_platform

ATTEMPTS = 20
_FORM = 3
"""Of a kept answer: another one is asked again."""
PYPI = "https://pypi.org/simple"


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
class Question:
    """All that decides which versions ship."""

    ruling: Ruling
    service: tuple[str, ...]
    """The service's own requirements."""
    facts: KernelFacts
    indexes: Indexes
    sources: Mapping[str, Source] = field(default_factory=dict)
    """Repositories by name: each is taken where something needs it."""
    needed: frozenset[str] = frozenset()
    """Names of `sources` that are needed in any case."""
    platform: Platform | None = None
    """What it is for; None: this machine."""

    @property
    def key(self) -> str:
        """Its content. Credentials in index URLs are no part of it."""
        asked: dict[str, object] = {
            "requirements": [*self.ruling.requirements, *self.service],
            "constraints": self.ruling.constraints,
            "kernel": sorted(self.ruling.kernel.items()),
            "python": self.facts.version,
            "platform": self._platform(),
            "indexes": without_login(repr(self.indexes)),
            "form": _FORM,
        }
        if self.sources:
            asked["sources"] = [asdict(one) for _, one in sorted(self.sources.items())]
            asked["needed"] = sorted(self.needed)
            asked["extras"] = {n: sorted(e) for n, e in sorted(self.ruling.extras.items())}
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:32]

    def _platform(self) -> list[str]:
        if self.platform is not None:
            return [wheel_platform(self.platform, USUAL)]
        return [machine.system(), machine.machine(), *machine.libc_ver()]


@dataclass(frozen=True, slots=True)
class Answer:
    packages: Packages
    """From an index, as wheels."""
    dropped: tuple[str, ...] = ()
    """Names whose version in the kernel was given up."""
    sources: tuple[Source, ...] = ()
    """What is built, by name."""

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Answer:
        """As `asdict` has written it."""
        return cls(
            {
                name: Pin(one["version"], tuple(one["hashes"]), one["index"])
                for name, one in told["packages"].items()
            },
            tuple(told["dropped"]),
            tuple(Source(**{**s, "requires": tuple(s["requires"])}) for s in told["sources"]),
        )


async def ask(question: Question) -> Answer | Failure:
    """Resolve, giving up contradicted versions of the kernel until there is an answer.

    Raises StageFailed where an index cannot be reached.
    """
    wishes, sources = dict(question.ruling.kernel), dict(question.sources)
    dropped: list[str] = []
    failure = Failure("other")
    for _ in range(ATTEMPTS):
        done, output = await _whole(question, wishes, sources)
        if done.code == 0:
            gone = tuple(name for name in dropped if name not in sources)
            built = tuple(sources[name] for name in sorted(_built(output)))
            return Answer(parse(output), gone, built)
        failure = judge(done.errors)
        if failure.index is not None:
            raise failure.index.failure(failure.errors)
        if blamed := [name for name in _blamed(failure, wishes) if wishes.pop(name, None)]:
            dropped += blamed
        elif (source := await _archive(failure, question, sources)) is not None:
            sources[source.name] = source
        else:
            break
    return failure


async def _whole(
    question: Question, wishes: Mapping[str, str], sources: Mapping[str, Source]
) -> tuple[process.Completed, str]:
    """What uv says, and its whole answer."""
    ruling = question.ruling
    with tempfile.TemporaryDirectory(prefix="modelship-lock-") as name:
        stands = {n: stand_in(one, Path(name)).as_uri() for n, one in sorted(sources.items())}
        limits = [*ruling.constraints, *(f"{n}=={v}" for n, v in sorted(wishes.items()))]
        limits += [f"{n} @ {where}" for n, where in stands.items()]
        wanted = [*ruling.requirements, *question.service]
        wanted += [
            f"{n}{_extras(ruling, n)} @ {stands[n]}" for n in sorted(question.needed & set(stands))
        ]
        # Hashes of the user's own lock decide what may come from where.
        strategy: Strategy = "unsafe-best-match" if ruling.hashes else "first-index"
        done = await _compile(wanted, limits, question, strategy)
    if done.code != 0:
        return done, ""
    again = await _firsts(done, question)
    return again, f"{done.output}\n{again.output}"


async def _firsts(done: process.Completed, question: Question) -> process.Completed:
    """Where hashes let any index give what they name, the rest is asked for again, at the same
    versions: nobody but the first index that has a package may give it (dependency confusion)."""
    hashes = question.ruling.hashes
    pins = parse(done.output)
    rest = [f"{name}=={pin.version}" for name, pin in pins.items() if name not in hashes]
    if not (rest and hashes and question.indexes.several):
        return done
    return await _compile(rest, [], question, "first-index", "--no-deps")


async def _compile(
    wanted: Sequence[str],
    limits: Sequence[str],
    question: Question,
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
            python=question.facts.python,
            indexes=question.indexes,
            strategy=strategy,
            platform=wheel_platform(question.platform, USUAL) if question.platform else "",
        )
        return await call((*argv, *more), cwd=folder, indexes=question.indexes)


def _extras(ruling: Ruling, name: str) -> str:
    extras = ruling.extras.get(name)
    return f"[{','.join(sorted(extras))}]" if extras else ""


async def _archive(
    failure: Failure, question: Question, sources: Mapping[str, Source]
) -> Source | None:
    """The archive of what has no wheel, at the kernel's version where that is the one asked for."""
    name = canonicalize_name(failure.name)
    installed = question.facts.distributions.get(name)
    if failure.reason != "no-wheel" or name in sources or installed is None or installed.url:
        return None
    if question.platform is not None:  # what is built here may be for this machine alone
        return None
    asked = [one for one in map(Requirement, question.ruling.requirements) if one.name == name]
    if not all(one.specifier.contains(installed.version, prereleases=True) for one in asked):
        return None
    return await from_index(replace(installed, name=name), question.facts, question.indexes)


def _blamed(failure: Failure, wishes: Mapping[str, str]) -> list[str]:
    """Versions of the kernel that uv's explanation names."""
    named = {
        canonicalize_name(name)
        for name, version in re.findall(r"([\w.-]+)(?:\[[^\]]*\])?==([^\s,]+)", failure.sentence)
        if wishes.get(canonicalize_name(name)) == version.rstrip(".")
    }
    return sorted(named)


def _built(output: str) -> frozenset[str]:
    """Names of the stand-ins that are needed."""
    found = re.findall(r"(?m)^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])? @ file:", output)
    return frozenset(canonicalize_name(name) for name in found)


def parse(output: str) -> Packages:
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
