"""What the kubernetes target says of the options; imports nothing heavy: a check can ask."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

HONOURS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("env", "secrets", "token", "drain", "keep_alive"), ""),
        **dict.fromkeys(("keep_revisions", "grace"), ""),
        **dict.fromkeys(("memory", "cpu", "replicas", "max_replicas"), ""),
        **dict.fromkeys(("engine", "base", "apt", "repository", "platform"), ""),
        **dict.fromkeys(("namespace", "host", "egress"), ""),
        "docs": "only services of this machine have a page to try them; on a cluster there is none",
        "port": "a service of a cluster has the port 80 of an address of its own",
    }
)
"""Option name -> "" or the reason why it is refused."""
