"""The engine `buildah`: no root, no daemon, nothing left behind."""

from .engine import Buildah

__all__ = ["Buildah"]
