"""Services as containers under podman, kept by the same keeper as the local target's.

A container is given descriptors and nothing else: sockets, token, values, source map. No folder of
this machine is mounted, so its user needs no rights here and image layers need no change of owner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .target import ContainerTarget

__all__ = ["ContainerTarget"]


def __getattr__(name: str) -> object:
    """The target, imported when it is asked for: the options' reasons need none of it."""
    if name == "ContainerTarget":
        from .target import ContainerTarget

        return ContainerTarget
    raise AttributeError(name)
