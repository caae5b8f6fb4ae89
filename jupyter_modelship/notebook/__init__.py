"""From the bytes of a notebook to what its endpoints need. Pure: nothing is run or imported."""

from __future__ import annotations

from .extract import extract
from .read import ReadResult, read
from .wording import cell_label

__all__ = ["ReadResult", "cell_label", "extract", "read"]
