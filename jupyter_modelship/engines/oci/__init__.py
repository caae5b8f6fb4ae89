"""Layers appended to a base straight in the registry: no user namespace, no root, no daemon."""

from .engine import OciEngine

__all__ = ["OciEngine"]
