"""One cable between this machine and the node; all else of the network is inside of the node.

No route leads out of the node but this cable, and nobody forwards: pods reach each other, services,
and this machine. Packets for a cluster's addresses never leave the machine while it is up.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from .node import Node
from .place import Place

INSIDE = "eth0"
INTERFACES = Path("/sys/class/net")


def connect(place: Place, node: Node) -> None:
    host, far = f"{place.host_address}/30", f"{place.node_address}/30"
    _ip("link", "add", place.name, "type", "veth", "peer", "name", INSIDE, "netns", str(node.pid))
    _ip("address", "add", host, "dev", place.name)
    _ip("link", "set", place.name, "up")
    node.run("ip", "link", "set", "lo", "up")
    node.run("ip", "address", "add", far, "dev", INSIDE)
    node.run("ip", "link", "set", INSIDE, "up")
    for addresses in (place.pods, place.services):
        _ip("route", "add", addresses, "via", place.node_address)
    node.run("sysctl", "-qw", "net.ipv4.ip_forward=1")


def disconnect(place: Place) -> None:
    """The other end goes with it, and the routes; the kernel alone does it some time later."""
    interface = INTERFACES / place.name
    if interface.exists():
        done = _tried("link", "delete", place.name)
        assert not interface.exists(), done.stderr


def _ip(*words: str) -> None:
    done = _tried(*words)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"


def _tried(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
