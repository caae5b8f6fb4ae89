"""Whether this machine lets root make what a cluster lives in: a container's root often may not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from . import groups

NEVER_RUN = 3
"""Exit code of `python -m tests.cluster able` where there can be no cluster here."""
_UNSHARE = ("unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--propagation=slave")
_NEEDED = {
    "namespaces of processes, mounts and network": "true",
    "mounts": "mount -t tmpfs tmpfs /run && mount --bind /proc/version /proc/sys/kernel/panic",
    "a pair of virtual interfaces": "ip link add able type veth peer name elba",
    "rules for packets": "iptables -t nat -A POSTROUTING -m conntrack --ctstate NEW -j MASQUERADE",
}


def lacks(needed: Sequence[tuple[str, str]] = tuple(_NEEDED.items())) -> str:
    """What this machine does not allow, and its own word for it; "" where a cluster can be here.

    All is tried in namespaces that end with the trial, and in control groups that are removed."""
    if sys.platform != "linux":
        return "this is not Linux"
    if os.geteuid() != 0:
        return "it takes root: sudo make cluster"
    for what, script in needed:
        argv = [*_UNSHARE, "sh", "-c", script]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return f"this machine does not allow {what}: {done.stderr.strip()}"
    return _no_group(groups.hierarchies())


def _no_group(hierarchies: Sequence[Path]) -> str:
    for top in hierarchies:
        trial = top / f"modelship-able-{os.getpid()}"
        try:
            trial.mkdir()
        except OSError as error:
            return f"this machine does not allow control groups: {error}"
        finally:
            with suppress(OSError):
                trial.rmdir()
    return ""
