"""Manifests, configurations and indexes: read from whoever wrote them, written in one way.

OCI image specification 1.1 (manifest, config, image-index), and Docker's schema 2, which bases may
still have; what is written is OCI. One serializer: sorted keys, no blanks, UTF-8.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from jupyter_modelship.errors import StageFailed

from .recipe import Platform

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
EMPTY = "application/vnd.oci.empty.v1+json"
EMPTY_CONTENT = b"{}"
"""What `EMPTY` describes (OCI image specification, guidance for an empty descriptor)."""
_DOCKER = "application/vnd.docker."
_DOCKER_MANIFEST = f"{_DOCKER}distribution.manifest.v2+json"
_DOCKER_INDEX = f"{_DOCKER}distribution.manifest.list.v2+json"
_AS_OCI = {
    _DOCKER_MANIFEST: MANIFEST,
    _DOCKER_INDEX: INDEX,
    f"{_DOCKER}container.image.v1+json": CONFIG,
    f"{_DOCKER}image.rootfs.diff.tar.gzip": LAYER,
    f"{_DOCKER}image.rootfs.diff.tar": "application/vnd.oci.image.layer.v1.tar",
}
READABLE = (MANIFEST, INDEX, _DOCKER_MANIFEST, _DOCKER_INDEX)
"""Media types to ask a registry for."""
_LAYERS = (LAYER, "application/vnd.oci.image.layer.v1.tar", f"{LAYER.removesuffix('gzip')}zstd")


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What something is, how big, and its digest."""

    media_type: str
    digest: str
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)
    artifact_type: str = ""
    platform: Platform | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    config: Descriptor
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)
    subject: Descriptor | None = None
    """What this one is said about (a referrer's)."""
    artifact_type: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    manifests: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)


def digest_of(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def described(content: bytes, media_type: str) -> Descriptor:
    return Descriptor(media_type, digest_of(content), len(content))


def dump(document: object) -> bytes:
    """JSON in the one way: the same document, the same bytes."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def manifest_bytes(manifest: Manifest) -> bytes:
    document: dict[str, object] = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _descriptor(manifest.config),
        "layers": [_descriptor(layer) for layer in manifest.layers],
    }
    if manifest.artifact_type:
        document["artifactType"] = manifest.artifact_type
    if manifest.subject is not None:
        document["subject"] = _descriptor(manifest.subject)
    if manifest.annotations:
        document["annotations"] = dict(manifest.annotations)
    return dump(document)


def index_bytes(index: Index) -> bytes:
    document: dict[str, object] = {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "manifests": [_descriptor(one) for one in index.manifests],
    }
    if index.annotations:
        document["annotations"] = dict(index.annotations)
    return dump(document)


def _descriptor(one: Descriptor) -> dict[str, object]:
    document: dict[str, object] = {
        "mediaType": one.media_type,
        "digest": one.digest,
        "size": one.size,
    }
    if one.annotations:
        document["annotations"] = dict(one.annotations)
    if one.artifact_type:
        document["artifactType"] = one.artifact_type
    if one.platform is not None:
        facts = {"os": one.platform.os, "architecture": one.platform.architecture}
        variant = {"variant": one.platform.variant} if one.platform.variant else {}
        document["platform"] = {**facts, **variant}
    return document


def read(content: bytes, what: str) -> Manifest | Index:
    """A manifest or an index, Docker's media types as OCI's.

    Raises StageFailed, which names `what`, for everything else.
    """
    try:
        document = json.loads(content)
        kind = document.get("mediaType") or (MANIFEST if "config" in document else INDEX)
        kind = _AS_OCI.get(kind, kind)
        if document.get("schemaVersion") == 2 and kind in (MANIFEST, INDEX):
            return _manifest(document) if kind == MANIFEST else _index(document)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _unreadable(what, str(error)) from error
    raise _unreadable(what, f"schemaVersion {document.get('schemaVersion')}, mediaType {kind}")


def _unreadable(what: str, why: str) -> StageFailed:
    return StageFailed(
        f"{what} is no image manifest that can be read here",
        remedy="name an image in OCI format or in Docker's format, schema 2",
        detail=why,
    )


def _manifest(document: Mapping[str, Any]) -> Manifest:
    return Manifest(
        config=_read_descriptor(document["config"]),
        layers=tuple(map(_read_descriptor, document["layers"])),
        annotations=_texts(document.get("annotations")),
        subject=_read_descriptor(document["subject"]) if document.get("subject") else None,
        artifact_type=str(document.get("artifactType", "")),
    )


def _index(document: Mapping[str, Any]) -> Index:
    found = tuple(map(_read_descriptor, document["manifests"]))
    return Index(found, _texts(document.get("annotations")))


def _read_descriptor(document: Mapping[str, Any]) -> Descriptor:
    kind, platform = str(document["mediaType"]), document.get("platform")
    size = int(document["size"])
    digest = checked_digest(str(document["digest"]))
    if size < 0:
        raise ValueError(f"a size of {size}")
    return Descriptor(
        media_type=_AS_OCI.get(kind, kind),
        digest=digest,
        size=size,
        annotations=_texts(document.get("annotations")),
        artifact_type=str(document.get("artifactType", "")),
        platform=_platform(platform) if platform else None,
    )


def _texts(document: Mapping[str, Any] | None) -> dict[str, str]:
    return {str(name): str(value) for name, value in (document or {}).items()}


def _platform(document: Mapping[str, Any]) -> Platform:
    return Platform(
        os=str(document["os"]),
        architecture=str(document["architecture"]),
        variant=str(document.get("variant", "")),
    )


def checked_digest(digest: str) -> str:
    """The digest, where it is one of sha256 (it becomes a file's name); else ValueError."""
    name, _, value = digest.partition(":")
    if name != "sha256" or len(value) != 64 or set(value) - set("0123456789abcdef"):
        raise ValueError(f"no digest of sha256: {digest[:80]!r}")
    return digest


def for_platform(index: Index, platform: Platform, what: str) -> Descriptor:
    """The manifest of the platform; an architecture's only variant is taken where none is asked.

    Raises StageFailed with what there is.
    """
    fitting = [one for one in index.manifests if one.platform == platform] or [
        one
        for one in index.manifests
        if one.platform is not None
        and replace(one.platform, variant="") == replace(platform, variant="")
        and "" in (platform.variant, one.platform.variant)
    ]
    if fitting:
        return fitting[0]
    there = sorted({str(one.platform) for one in index.manifests if one.platform is not None})
    raise StageFailed(
        f"{what} has no image for {platform}",
        remedy=f"choose a base that has one, or another platform: it has {', '.join(there)}",
    )


def layers_of(manifest: Manifest, what: str) -> Sequence[Descriptor]:
    """The layers, where each can be copied and read; StageFailed otherwise."""
    strange = [one.media_type for one in manifest.layers if one.media_type not in _LAYERS]
    if strange:
        raise StageFailed(
            f"{what} has a layer of the kind {strange[0]}, which cannot be copied",
            remedy="choose a base whose layers are all in the registry",
        )
    return manifest.layers
