"""What the container target says of the options; imports nothing heavy, so that a check can ask."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType

from .cgroups import Limits, limits

_ONE_PROCESS = "the container target runs one container per service"
_NO_GRACE = "the keeper of this machine restarts what ends; `rollback` brings the one before back"
_THIS_MACHINE = "a container runs on this machine: its image is of this machine's platform"
_NO_CLUSTER = "only a cluster has it; the container target listens on this machine alone"


def honours(can: Limits) -> Mapping[str, str]:
    """Option name -> "" or the reason why it is refused, where so much can be limited."""
    yes = ("env", "secrets", "token", "docs", "port", "drain", "keep_alive", "keep_revisions")
    image = ("engine", "base", "apt", "repository")
    return MappingProxyType(
        {
            **dict.fromkeys((*yes, *image), ""),
            "platform": _THIS_MACHINE,
            "grace": _NO_GRACE,
            "memory": can.memory,
            "cpu": can.cpu,
            **dict.fromkeys(("replicas", "max_replicas"), _ONE_PROCESS),
            **dict.fromkeys(("namespace", "host", "egress"), _NO_CLUSTER),
        }
    )


HONOURS: Mapping[str, str] = honours(limits(uid=os.getuid()))
"""On this machine, for this user."""
