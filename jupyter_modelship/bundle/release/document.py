"""The frame of an object: kind, name, labels, and digests as its only annotations."""

from __future__ import annotations

from typing import Any

from . import naming
from .wanted import Wanted


def document(
    version: str, kind: str, wanted: Wanted, name: str, **members: object
) -> dict[str, Any]:
    """An object of a service. Nothing in its metadata was written by a person."""
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": wanted.namespace,
            "labels": naming.labels(wanted.service),
            "annotations": {
                naming.BUNDLE: wanted.bundle_digest,
                naming.PLAN: wanted.plan_digest,
                naming.RUN: wanted.run,
                naming.NOTEBOOK: naming.notebook(wanted.notebook),
            },
        },
        **members,
    }
