"""What the node sees in place of this machine's folders, so that it writes only into its own.

Programs of a node have places of their own that no setting moves (/var/lib/cni,
/var/log/containers, /run/netns, locks); and the kubelet would set
values of the whole kernel that outlive it.
"""

from __future__ import annotations

from .node import Node
from .place import Place

KERNEL = (
    "kernel/keys/root_maxbytes", "kernel/keys/root_maxkeys", "kernel/panic", "kernel/panic_on_oops",
    "vm/overcommit_memory", "vm/panic_on_oom",
)  # fmt: skip
"""What the kubelet sets of a kernel that is not its own; it reads and writes copies."""
_SCRIPT = """\
set -eu
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/netns /run/aside
mount --bind "$1" /run/aside
mount -t tmpfs -o mode=755 tmpfs /var/lib
mkdir -p "$1"
mount --move /run/aside "$1"
rmdir /run/aside
mount --bind "$1/log" /var/log
mkdir /run/kernel
shift
for setting; do
    copy="/run/kernel/$(echo "$setting" | tr / -)"
    cat "/proc/sys/$setting" >"$copy"
    mount --bind "$copy" "/proc/sys/$setting"
done
"""


def cover(place: Place, node: Node) -> None:
    node.run("sh", "-c", _SCRIPT, "sh", str(place.folder), *KERNEL)
