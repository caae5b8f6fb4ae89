"""Every finding of reading and extracting: the documentation's page is made of it."""

from __future__ import annotations

from jupyter_modelship.model import Check

from .catalogue_reading import READING
from .catalogue_slicing import SLICING

CATALOGUE: tuple[Check, ...] = (*READING, *SLICING)
BY_CODE = {check.code: check for check in CATALOGUE}
