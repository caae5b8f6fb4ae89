"""A release as a folder that `kubectl apply -k` takes, for those who deploy from a repository.

JSON is YAML (YAML 1.2, 1.3): kustomize and kubectl read it, and it needs no serializer of ours.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_modelship.bundle.emit_json import emit_json

KUSTOMIZATION = "kustomization.yaml"
_HEAD = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}


def release_files(objects: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """The files by name: one an object, and the list of them."""
    files = {_file(each): emit_json(dict(each), what=_file(each)) for each in objects}
    listed = {**_HEAD, "resources": list(files)}
    return {KUSTOMIZATION: emit_json(listed, what=KUSTOMIZATION), **files}


def files_of(kustomization: bytes) -> tuple[str, ...] | None:
    """The files that a list of ours names; None for a list that somebody else wrote or changed."""
    try:
        document = json.loads(kustomization)
        names = document.pop("resources")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if document != _HEAD or not isinstance(names, list) or not all(map(_plain, names)):
        return None
    return tuple(names)


def _plain(name: object) -> bool:
    return isinstance(name, str) and name.endswith(".yaml") and "/" not in name


def _file(each: Mapping[str, Any]) -> str:
    kind, name = str(each["kind"]).lower(), str(each["metadata"]["name"])
    _, dot, rest = name.partition(".")
    return f"{kind}-{rest}.yaml" if dot else f"{kind}.yaml"
