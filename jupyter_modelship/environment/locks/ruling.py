"""What a lock format says about the distributions that the slice needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.markers import default_environment
from packaging.utils import canonicalize_name

from jupyter_modelship.environment.indexes import Indexes
from jupyter_modelship.environment.wheels import platform_markers
from jupyter_modelship.image.recipe import Platform
from jupyter_modelship.model import Finding, KernelFacts


@dataclass(frozen=True, slots=True)
class Ruling:
    """Input for the resolver. Requirement texts are PEP 508 without markers."""

    source: str
    """`kernel`, `requirements.txt` or `uv.lock`."""
    requirements: tuple[str, ...]
    """One for each distribution that the slice needs."""
    constraints: tuple[str, ...] = ()
    """What the file says of other distributions."""
    kernel: Mapping[str, str] = field(default_factory=dict)
    """Name -> the kernel's version, for all that the file leaves open: given up where it
    contradicts a need."""
    hashes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Name -> the only hashes that may ship (`sha256:…`)."""
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """Name -> the reference, for distributions that come from no index."""
    extras: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Name -> what was asked for with it, for those in `elsewhere`."""
    indexes: Indexes = field(default_factory=Indexes)
    """Indexes that the file names, before those of the user's environment."""
    findings: tuple[Finding, ...] = ()


def marker_environment(facts: KernelFacts, platform: Platform | None = None) -> dict[str, str]:
    """The environment that markers are judged in: the kernel's Python on that platform, or on this
    machine."""
    minor = ".".join(facts.version.split(".")[:2])
    told = {
        "python_version": minor,
        "python_full_version": facts.version,
        "implementation_version": facts.version,
    }
    here = {key: str(value) for key, value in default_environment().items()}
    there = platform_markers(platform) if platform is not None else {}
    return {**here, **told, **there, "extra": ""}


def kernel_versions(facts: KernelFacts) -> dict[str, str]:
    """Name -> version of what the kernel has from an index."""
    return {name: d.version for name, d in facts.distributions.items() if d.url is None}


def elsewhere(facts: KernelFacts) -> dict[str, str]:
    """Name -> direct reference of what the kernel has from somewhere else."""
    return {name: d.url for name, d in facts.distributions.items() if d.url is not None}


def text(name: str, extras: frozenset[str], specifier: str) -> str:
    """A requirement as the resolver reads it, the same text for the same meaning."""
    wanted = f"[{','.join(sorted(extras))}]" if extras else ""
    return f"{canonicalize_name(name)}{wanted}{specifier}"
