"""What serves a bundle. It ships inside every bundle as `modelship_runtime`.

A generated `service.py` uses these names; the rest starts with `python -m
modelship_runtime`.
"""

from .app import App
from .arrays import Array, Frame, Series
from .artifacts import artifact

__all__ = ["App", "Array", "Frame", "Series", "artifact"]
