"""All that can be found, from every layer's catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from jupyter_modelship.model import Check
from jupyter_modelship.plan.findings import by_code

LAYERS = ("notebook", "contract", "plan", "environment", "image")
"""Those that can find something; each has a table `CATALOGUE`."""


def table(layer: str) -> tuple[Check, ...]:
    """The rows of a layer's catalogue."""
    rows: tuple[Check, ...] = import_module(f"jupyter_modelship.{layer}.catalogue").CATALOGUE
    return rows


def catalogue() -> Mapping[str, Check]:
    """Every row by its code, sorted."""
    return by_code(table(layer) for layer in LAYERS)
