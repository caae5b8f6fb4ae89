"""Every finding of reading and extracting, by code: the documentation's page is made of it."""

from __future__ import annotations

from .catalogue_reading import READING
from .catalogue_slicing import SLICING
from .check import Check

CHECKS: dict[str, Check] = {check.code: check for check in (*READING, *SLICING)}
