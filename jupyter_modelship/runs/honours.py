"""The targets of this installation and what each says of the options, asked of nobody."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from jupyter_modelship.targets.local.honours import HONOURS as LOCAL

TARGETS: Mapping[str, Mapping[str, str]] = MappingProxyType({"local": LOCAL})
"""Target -> option -> "" where it is honoured, else the reason why it is refused."""
