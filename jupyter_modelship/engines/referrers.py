"""What is said about a pushed image, kept beside it in the registry and read back.

OCI image specification 1.1, "Guidelines for artifact usage": a manifest with an artifact type, the
image as its subject, an empty configuration, and the document as its only layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.manifest import (
    EMPTY,
    EMPTY_CONTENT,
    MANIFEST,
    READABLE,
    Descriptor,
    Manifest,
    described,
    manifest_bytes,
    read,
)
from jupyter_modelship.registry.blobs import Held, read_blob, upload
from jupyter_modelship.registry.manifests import Document, read_manifest
from jupyter_modelship.registry.reference import parse
from jupyter_modelship.registry.referrers import put_referrer, referrers
from jupyter_modelship.registry.repository import Repository

from .port import Access
from .reach import connect

_LIMIT = 64 << 20
_MOST = 100
"""Documents of one type that are read of an image: others may write any number."""


@dataclass(frozen=True, slots=True)
class Said:
    """A document about an image."""

    artifact_type: str
    """A media type, e.g. `application/vnd.cyclonedx+json`."""
    content: bytes
    annotations: Mapping[str, str] = field(default_factory=dict)


async def attach(image: str, said: Said, access: Access) -> str:
    """Keep a document with `image` (`registry/repository@sha256:…`); the reference of its manifest.

    The same document twice is there once. Raises StageFailed, UsageError for a name that is none.
    """
    reference = parse(image)
    async with connect(reference.host, access) as connection:
        repository = Repository(connection, reference.repository)
        subject = await read_manifest(repository, reference.digest, READABLE)
        for content in (EMPTY_CONTENT, said.content):
            await upload(repository, Held(content))
        manifest = Manifest(
            config=described(EMPTY_CONTENT, EMPTY),
            layers=(described(said.content, said.artifact_type),),
            annotations=said.annotations,
            subject=Descriptor(subject.media_type, subject.digest, len(subject.content)),
            artifact_type=said.artifact_type,
        )
        document = Document(manifest_bytes(manifest), MANIFEST)
        await put_referrer(repository, document, reference.digest)
        return f"{repository}@{document.digest}"


async def attached(image: str, artifact_type: str, access: Access) -> list[Said]:
    """The documents of that type that are kept with `image`, each checked by its digest.

    Anybody who may write to the repository may have written them. Raises StageFailed.
    """
    reference = parse(image)
    async with connect(reference.host, access) as connection:
        repository = Repository(connection, reference.repository)
        entries = await referrers(repository, reference.digest, artifact_type)
        return [
            await _said(repository, str(entry.get("digest")), reference.digest)
            for entry in entries[:_MOST]
        ]


async def _said(repository: Repository, digest: str, subject: str) -> Said:
    what = f"{repository}@{digest}"
    found = read((await read_manifest(repository, digest, [MANIFEST])).content, what)
    about = found.subject.digest if isinstance(found, Manifest) and found.subject else ""
    if not isinstance(found, Manifest) or about != subject or len(found.layers) != 1:
        raise StageFailed(
            f"{what} is listed with the image, and is no document about it",
            remedy="somebody else wrote the list: push the image again to another repository",
        )
    layer = found.layers[0]
    content = await read_blob(repository, layer.digest, layer.size, limit=_LIMIT)
    return Said(found.artifact_type, content, found.annotations)
