"""A revision as a folder for those who deploy from a repository: what we would apply ourselves.

Its ControllerRevision is among the objects: by that one a service is known, whoever applied it.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from jupyter_modelship.bundle.release.folder import release_files
from jupyter_modelship.bundle.release.referred import secret_commands
from jupyter_modelship.bundle.release.wanted import LABEL
from jupyter_modelship.errors import UsageError
from jupyter_modelship.targets.port import Folder

from . import history
from .history import Kept


def folder(service: str, live: Kept, namespace: str) -> Folder:
    """The revision's objects, as objects of that namespace. Raises UsageError for what is none."""
    if LABEL.fullmatch(namespace) is None:
        raise UsageError(f"{namespace!r:.80} is no name of a namespace")
    moved = tuple(_moved(each, namespace) for each in live.objects)
    kept = history.document(service, namespace, replace(live, objects=moved))
    kept["metadata"]["labels"][history.STATE] = "live"
    return Folder(release_files((*moved, kept)), secret_commands(moved))


def _moved(each: dict[str, Any], namespace: str) -> dict[str, Any]:
    """Objects of a release name their own namespace in one place."""
    made = copy.deepcopy(each)
    made["metadata"]["namespace"] = namespace
    return made
