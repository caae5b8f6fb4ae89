"""Services as processes of this machine, kept by one detached process per user: the keeper."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .target import LocalTarget

__all__ = ["LocalTarget"]


def __getattr__(name: str) -> object:
    """The target, imported when it is asked for: the options' reasons need none of it."""
    if name == "LocalTarget":
        from .target import LocalTarget

        return LocalTarget
    raise AttributeError(name)
