"""How an image came to be: an in-toto statement with SLSA's provenance predicate.

It says what went in, by digest, and claims no more than build level 1: made on a user's machine
with that user's rights, unsigned, so whoever can build can write another one. It holds no path and
no name of a person or a machine.
Sources: in-toto attestation framework, Statement v1; SLSA v1.0, "Provenance" and "Build levels".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from jupyter_modelship import __version__
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.model import Source

from .manifest import dump
from .recipe import Platform
from .sbom import Component

MEDIA_TYPE = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "urn:jupyter-modelship:build:image:1"
BUILDER = "urn:jupyter-modelship:builder:own-machine:slsa-build-level-1"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Inputs:
    """What an image was made of. Digests are hexadecimal sha256."""

    plan: str
    """What was reviewed."""
    bundle: str
    notebook: str
    lock: str
    base: str
    """`host/path@sha256:…`."""
    platform: Platform
    engine: str
    commit: str | None = None
    """git's, of the notebook's folder."""
    dirty: bool = False
    """Whether files there differ from the commit: then the notebook's digest is what counts."""
    overrides: tuple[str, ...] = ()
    """Codes of blocking findings that somebody shipped in spite of."""
    sources: tuple[Source, ...] = ()
    """What was built from source, of the lock."""
    debian: tuple[Component, ...] = ()
    """Debian packages that were installed upon the base; their versions are what counts."""
    replayed: int = 0
    """Examples that were replayed in the image before this was written."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of the tools that made it, by name."""


def provenance(inputs: Inputs, *, repository: str, digest: str) -> bytes:
    """The statement for the image `repository@digest`; the same values give the same bytes.

    Raises ModelshipError where one of them is no digest: a path must not slip in.
    """
    return dump(
        {
            "_type": STATEMENT,
            "subject": [{"name": repository, "digest": _sha256(digest.removeprefix("sha256:"))}],
            "predicateType": PREDICATE,
            "predicate": {
                "buildDefinition": {
                    "buildType": BUILD_TYPE,
                    "externalParameters": {
                        "plan": _sha256(inputs.plan),
                        "platform": str(inputs.platform),
                        "overrides": sorted(inputs.overrides),
                    },
                    "internalParameters": _internal(inputs),
                    "resolvedDependencies": _materials(inputs),
                },
                "runDetails": {
                    "builder": {
                        "id": BUILDER,
                        "version": {"jupyter-modelship": __version__, **inputs.versions},
                    },
                },
            },
        }
    )


def _internal(inputs: Inputs) -> dict[str, object]:
    """What made it, and by how much it was proved, or that it was not when it was pushed."""
    if inputs.replayed:
        return {"engine": inputs.engine, "replayed": inputs.replayed}
    unproven = f"on {inputs.platform}, when it was pushed"
    return {"engine": inputs.engine, "unproven": unproven}


def _materials(inputs: Inputs) -> list[dict[str, object]]:
    name, _, digest = inputs.base.partition("@sha256:")
    found: list[dict[str, object]] = [
        {"name": "base", "uri": f"docker://{name}", "digest": _sha256(digest)},
        {"name": "bundle", "digest": _sha256(inputs.bundle)},
        {"name": "notebook", "digest": _sha256(inputs.notebook)},
        {"name": "requirements.lock", "digest": _sha256(inputs.lock)},
    ]
    found += [_source(one) for one in inputs.sources]
    found += [{"name": one.name, "uri": one.purl} for one in inputs.debian]
    if inputs.commit is not None:
        commit = {"gitCommit": _held(_COMMIT, inputs.commit)}
        found.append({"name": "source", "digest": commit, "annotations": {"changed": inputs.dirty}})
    return found


def _source(source: Source) -> dict[str, object]:
    """A repository's commit, or an archive, that a wheel was built of; it has no credentials."""
    if source.kind == "archive":
        digest = _sha256(source.pin.removeprefix("sha256:"))
        return {"name": source.name, "uri": f"pkg:pypi/{source.name}@{source.version}",
                "digest": digest}  # fmt: skip
    digest = {"gitCommit": _held(_COMMIT, source.pin)}
    return {"name": source.name, "uri": source.reference, "digest": digest}


def _sha256(digest: str) -> dict[str, str]:
    return {"sha256": _held(_SHA256, digest)}


def _held(form: re.Pattern[str], text: str) -> str:
    if form.fullmatch(text) is None:
        raise ModelshipError(f"{text!r:.80} is no digest, and provenance holds nothing else")
    return text
