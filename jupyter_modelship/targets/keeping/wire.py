"""What passes over the keeper's socket and into its files: JSON forms of the port's types.

One object a line, in both directions. The keeper greets, then each request gets one reply:
`{"reply": …}` or `{"error": {"code", "message", "remedy", "detail", "cell", "line"}}`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, NoReturn

from jupyter_modelship import errors
from jupyter_modelship.bundle.served import Served
from jupyter_modelship.targets.port import Observation, Release, RevisionRecord

PROTOCOL = 2
SOCKET = "keeper"
LOCK = "keeper.lock"
LINE_LIMIT = 1 << 22
"""Bytes; an observation with its revisions and a traceback stay far below."""

_NOT_TOLD = ("overrides", "takes_over")
"""Kept by the run, and of no concern to services of one user."""
Json = dict[str, Any]


def encode(message: Mapping[str, object]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Json:
    """The object in a line. Raises ValueError for anything else."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("not an object")  # noqa: TRY004 - a wrong value from outside
    return message


def release_to_json(release: Release) -> Json:
    """What the keeper has to know, and keeps."""
    told = {name: value for name, value in _plain(release).items() if name not in _NOT_TOLD}
    return {
        **told,
        "bundle_folder": str(release.bundle_folder),
        "python": str(release.python),
        "source_map": str(release.source_map) if release.source_map else None,
        "options": dict(release.options),
    }


def release_from_json(data: Mapping[str, Any]) -> Release:
    return Release(
        **{
            **data,
            "bundle_folder": Path(data["bundle_folder"]),
            "python": Path(data["python"]),
            "source_map": Path(data["source_map"]) if data["source_map"] else None,
        }
    )


def observation_to_json(observation: Observation) -> Json:
    return {
        **_plain(observation),
        "revisions": [asdict(revision) for revision in observation.revisions],
        "endpoints": [asdict(endpoint) for endpoint in observation.endpoints],
        "token_file": str(observation.token_file) if observation.token_file else None,
    }


def observation_from_json(data: Mapping[str, Any]) -> Observation:
    return Observation(
        **{
            **data,
            "revisions": tuple(RevisionRecord(**revision) for revision in data["revisions"]),
            "endpoints": tuple(Served(**each) for each in data.get("endpoints", ())),
            "token_file": Path(data["token_file"]) if data["token_file"] else None,
        }
    )


def _plain(value: Release | Observation) -> Json:
    return {each.name: getattr(value, each.name) for each in fields(value)}


def error_to_json(error: errors.ModelshipError) -> Json:
    return {
        "code": error.code,
        "message": error.message,
        "remedy": error.remedy,
        "detail": error.detail,
        "cell": getattr(error, "cell", None),
        "line": getattr(error, "line", None),
    }


def raise_error(data: Mapping[str, Any]) -> NoReturn:
    """Raise here what the keeper raised there."""
    message, remedy, detail = data["message"], data["remedy"], data["detail"]
    if data["code"] == errors.StageFailed.code:
        raise errors.StageFailed(
            message, remedy=remedy, detail=detail, cell=data["cell"], line=data["line"]
        )
    kinds = {kind.code: kind for kind in (errors.UsageError, errors.NothingThere)}
    kind = kinds.get(data["code"], errors.ModelshipError)
    raise kind(message, remedy=remedy, detail=detail)
