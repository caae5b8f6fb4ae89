"""A release as a folder that `kubectl apply -k` takes, for those who deploy from a repository.

JSON is YAML (YAML 1.2, 1.3): kustomize and kubectl read it, and it needs no serializer of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_modelship.bundle.emit_json import emit_json

_KUSTOMIZATION = "kustomization.yaml"


def release_files(objects: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """The files by name: one an object, and the list of them."""
    files = {_file(each): emit_json(dict(each), what=_file(each)) for each in objects}
    listed = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(files),
    }
    return {_KUSTOMIZATION: emit_json(listed, what=_KUSTOMIZATION), **files}


def _file(each: Mapping[str, Any]) -> str:
    kind, name = str(each["kind"]).lower(), str(each["metadata"]["name"])
    _, dot, rest = name.partition(".")
    return f"{kind}-{rest}.yaml" if dot else f"{kind}.yaml"
