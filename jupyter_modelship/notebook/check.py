"""What there is to say of a check, apart from the place where it strikes."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_modelship.model import Severity


@dataclass(frozen=True, slots=True)
class Check:
    code: str
    severity: Severity
    title: str
    why: str
    remedy: str
    """What to do where the place that reports has nothing better to say."""
