"""Which findings somebody wishes to ship in spite of, and why: told alike by all who may ask."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_modelship.runs.review import Looked

from .asked import BadRequest
from .findings import catalogue


def insist_overridable(overrides: Mapping[str, str], looked: Looked) -> None:
    """Raises BadRequest unless each code is one that policy lets people override, with a reason."""
    for code, reason in overrides.items():
        if code not in looked.overridable:
            raise _refusal(code)
        if not reason.strip():
            raise BadRequest(
                f"the override of {code} has no reason", remedy="say why it is right to go on"
            )


def _refusal(code: str) -> BadRequest:
    if code not in catalogue():
        return BadRequest(
            f"no finding has the code {code!r:.60}",
            remedy="name the code that stands behind the finding",
        )
    return BadRequest(
        f"policy lets nobody override {code!r:.60}",
        remedy="mend what the finding says, or ask who administers this machine",
    )
