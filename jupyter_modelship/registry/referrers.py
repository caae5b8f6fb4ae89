"""What is said about an image: manifests that name it as their subject.

Distribution specification, "Listing referrers" and "Referrers tag schema": a registry without the
API keeps the same list under a tag made of the subject's digest.
"""

from __future__ import annotations

import json
from typing import Any

from jupyter_modelship.errors import StageFailed

from .connection import Request
from .manifests import Document, find_manifest, put_manifest
from .repository import Repository

INDEX = "application/vnd.oci.image.index.v1+json"


async def put_referrer(repository: Repository, document: Document, subject: str) -> None:
    """Write a manifest that has `subject` (a digest) as its subject, and make it to be found.

    Of two writers at once to a registry without the API, one may be lost from the list; the
    manifests themselves are kept. Raises StageFailed.
    """
    if await put_manifest(repository, document):
        return
    entry = _entry(document)
    known = await _kept(repository, subject)
    if any(one.get("digest") == entry["digest"] for one in known):
        return
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [*known, entry]}
    content = json.dumps(index, sort_keys=True, separators=(",", ":")).encode()
    await put_manifest(repository, Document(content, INDEX), _tag(subject))


async def referrers(
    repository: Repository, subject: str, artifact_type: str = ""
) -> list[dict[str, Any]]:
    """Descriptors of what is said about `subject`, of one artifact type where one is given."""
    request = Request(
        "GET",
        f"/v2/{repository.name}/referrers/{subject}",
        f"what refers to {repository}@{subject}",
        repository.pull,
        {"Accept": INDEX},
        fine=(400, 404, 405),
    )
    reply = await repository.connection.send(request)
    found = (
        _listed(reply.content, repository)
        if reply.status == 200
        else await _kept(repository, subject)
    )
    return [one for one in found if artifact_type in ("", one.get("artifactType"))]


async def _kept(repository: Repository, subject: str) -> list[dict[str, Any]]:
    kept = await find_manifest(repository, _tag(subject), [INDEX])
    return [] if kept is None else _listed(kept.content, repository)


def _listed(content: bytes, repository: Repository) -> list[dict[str, Any]]:
    try:
        found = json.loads(content)["manifests"]
        return [one for one in found if isinstance(one, dict)]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise StageFailed(
            f"{repository} gave no list of referrers",
            remedy="delete the tag that begins with sha256-, which somebody else has written",
        ) from error


def _tag(subject: str) -> str:
    return subject.replace(":", "-")


def _entry(document: Document) -> dict[str, Any]:
    """A descriptor with what a list is searched by."""
    said = json.loads(document.content)
    entry = {
        "mediaType": document.media_type,
        "digest": document.digest,
        "size": len(document.content),
        "artifactType": said.get("artifactType") or said["config"]["mediaType"],
    }
    return {**entry, **({"annotations": said["annotations"]} if said.get("annotations") else {})}
