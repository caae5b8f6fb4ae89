"""What serves a bundle. It ships inside every bundle as `modelship_runtime`.

A generated `service.py` uses these names; the rest starts with `python -m
modelship_runtime`.
"""

from . import packages

packages.add()  # what the others import may lie there

from .app import App  # noqa: E402 - see above
from .arrays import Array, Frame, Series  # noqa: E402 - see above
from .artifacts import artifact  # noqa: E402 - see above

__all__ = ["App", "Array", "Frame", "Series", "artifact"]
