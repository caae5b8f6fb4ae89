"""What the local target says of the options; imports nothing heavy, so that a check can ask."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_ONE_PROCESS = "the local target runs one process per service, without limits of its own"
_NO_GRACE = "the keeper of this machine restarts what ends; `rollback` brings the one before back"
_NO_IMAGE = "the local target runs processes of this machine and makes no image"
_NO_CLUSTER = "only a cluster has it; the local target listens on this machine alone"

HONOURS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("env", "secrets", "token", "docs", "port"), ""),
        **dict.fromkeys(("drain", "keep_alive", "keep_revisions"), ""),
        "grace": _NO_GRACE,
        **dict.fromkeys(("memory", "cpu", "replicas", "max_replicas"), _ONE_PROCESS),
        **dict.fromkeys(("engine", "base", "apt", "repository", "platform"), _NO_IMAGE),
        **dict.fromkeys(("namespace", "host", "egress"), _NO_CLUSTER),
    }
)
"""Option name -> "" or the reason why it is refused."""
