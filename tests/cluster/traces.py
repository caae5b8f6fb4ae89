"""What a cluster could leave on a machine, as a value: taken before and after, and compared."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .groups import hierarchies
from .mounts import KERNEL

FOLDERS = (
    "/", "/etc", "/etc/cni", "/opt", "/run", "/run/netns", "/run/lock", "/usr/libexec", "/var",
    "/var/lib", "/var/lib/cni", "/var/log", "/var/run",
    str(Path.home() / ".kube"), str(Path.home() / ".kube/cache/discovery"),
)  # fmt: skip
"""Where the programs of a node write by themselves; what lies in them, one level deep."""
SETTINGS = (
    *KERNEL,
    *("net/ipv4/ip_forward", "net/ipv4/conf/all/route_localnet", "net/netfilter/nf_conntrack_max"),
)
"""That the programs of a node change: kubelet, kube-proxy, network plugins."""
RULES = ("iptables-save", "ip6tables-save")


@dataclass(frozen=True, slots=True)
class Traces:
    interfaces: frozenset[str]
    routes: frozenset[str]
    rules: frozenset[str]
    mounts: frozenset[str]
    groups: frozenset[str]
    files: frozenset[str]
    kernel: frozenset[str]

    def minus(self, other: Traces) -> dict[str, set[str]]:
        """What is here and not there, by kind."""
        kinds = ((name, getattr(self, name) - getattr(other, name)) for name in self.__slots__)
        return {name: set(more) for name, more in kinds if more}


def traces() -> Traces:
    return Traces(
        frozenset(_names("/sys/class/net")),
        _lines("ip", "route"),
        frozenset(line for program in RULES for line in _lines(program) if line[0] not in "#:"),
        frozenset(line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()),
        frozenset(str(path) for top in hierarchies() for path in top.iterdir() if path.is_dir()),
        frozenset(f"{folder}/{name}" for folder in FOLDERS for name in _names(folder)),
        frozenset(f"{name}={(Path('/proc/sys') / name).read_text()}" for name in SETTINGS),
    )


def _lines(*words: str) -> frozenset[str]:
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return frozenset(done.stdout.splitlines())


def _names(folder: str) -> list[str]:
    return [path.name for path in Path(folder).iterdir()] if Path(folder).is_dir() else []


def settled(added: Callable[[], dict[str, set[str]]], seconds: float) -> dict[str, set[str]]:
    """What is still added after that time: others work on this machine, and come and go."""
    deadline = time.monotonic() + seconds
    while (found := added()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found
