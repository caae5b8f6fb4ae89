"""Services as processes of this machine, kept by one detached process per user: the keeper."""

from .target import LocalTarget

__all__ = ["LocalTarget"]
