"""Manifests and tags: read by digest and checked, written by digest, tagged last.

Distribution specification, "Pulling manifests", "Pushing manifests". What is in a manifest is not
looked at here: bytes and media types.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_modelship.errors import StageFailed

from .connection import Request
from .repository import Repository

LIMIT = 4 << 20
"""What every registry has to take (distribution specification); no manifest comes near."""


@dataclass(frozen=True, slots=True)
class Document:
    """A manifest or an index as it is in the registry."""

    content: bytes
    media_type: str

    @property
    def digest(self) -> str:
        return "sha256:" + hashlib.sha256(self.content).hexdigest()


async def read_manifest(repository: Repository, reference: str, accept: Sequence[str]) -> Document:
    """By a digest, which is checked, or by a tag. Raises StageFailed."""
    found = await find_manifest(repository, reference, accept)
    if found is None:
        raise StageFailed(
            f"{_named(repository, reference)} is not in the registry",
            remedy="check the name; an image that others have deleted has to be pushed again",
        )
    return found


async def find_manifest(
    repository: Repository, reference: str, accept: Sequence[str]
) -> Document | None:
    """The same; None where there is none."""
    named = _named(repository, reference)
    request = Request(
        "GET",
        repository.manifest(reference),
        f"the manifest of {named}",
        repository.pull,
        {"Accept": ", ".join(accept)},
        fine=(404,),
    )
    reply = await repository.connection.send(request, limit=LIMIT)
    if reply.status == 404:
        return None
    kind = reply.headers.get("content-type", "").partition(";")[0].strip()
    found = Document(reply.content, kind)
    said = reference if ":" in reference else reply.headers.get("docker-content-digest")
    if said and said.startswith("sha256:") and said != found.digest:
        raise StageFailed(
            f"the registry gave another manifest than {named}",
            remedy="the registry, or something before it, changes content: tell its administrator",
            detail=f"{said} was promised, {found.digest} came",
        )
    return found


async def put_manifest(repository: Repository, document: Document, reference: str = "") -> bool:
    """Write it under its digest, or under a tag; whether the registry took up a `subject` in it.

    Its blobs have to be there. Raises StageFailed.
    """
    reference = reference or document.digest
    reply = await repository.connection.send(
        Request(
            "PUT",
            repository.manifest(reference),
            f"the manifest of {_named(repository, reference)}",
            repository.push,
            {"Content-Type": document.media_type},
            lambda: document.content,
        )
    )
    said = reply.headers.get("docker-content-digest", document.digest)
    if said != document.digest:
        raise StageFailed(
            f"{repository} keeps another manifest than the one that was sent",
            remedy="the registry, or something before it, changes content: tell its administrator",
            detail=f"{document.digest} was sent, {said} is kept",
        )
    return "oci-subject" in reply.headers


async def tags(repository: Repository) -> list[str]:
    """All tags, sorted; none where there is no such repository."""
    request = Request(
        "GET",
        f"/v2/{repository.name}/tags/list",
        f"the tags of {repository}",
        repository.pull,
        fine=(404,),
    )
    reply = await repository.connection.send(request)
    if reply.status == 404:
        return []
    try:
        return sorted(str(tag) for tag in json.loads(reply.content)["tags"] or ())
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise StageFailed(
            f"{repository} gave no list of tags",
            remedy="check that the address is a registry's",
        ) from error


def _named(repository: Repository, reference: str) -> str:
    return f"{repository}{'@' if ':' in reference else ':'}{reference}"
