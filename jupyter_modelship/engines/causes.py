"""Why a build, a push or a start failed: what tools write, told as cause, evidence and remedy."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jupyter_modelship.errors import StageFailed

from .cause_table import CAUSES

_EVIDENCE = 400
"""Characters of an evidence line that are shown, around what was recognised."""


@dataclass(frozen=True, slots=True)
class Explained:
    code: str
    cause: str
    evidence: str
    """The line that shows it, without credentials."""
    remedy: str


_COMPILED = tuple((row, re.compile(row.signs, re.IGNORECASE | re.MULTILINE)) for row in CAUSES)
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LOGIN_IN_URL = re.compile(r"//[^/\s]*@")


def explain(output: str) -> Explained | None:
    """What a tool's output says of its failure; None where no row of the table fits."""
    shown = _LOGIN_IN_URL.sub("//", _ESCAPES.sub("", output))
    for row, signs in _COMPILED:
        found = signs.search(shown)
        if found:
            return Explained(row.code, row.cause, _line(shown, found.start()), row.remedy)
    return None


def failed(
    what: str, output: str, *, remedy: str = "run it again; the log has the rest"
) -> StageFailed:
    """The error for a tool that failed: `what` did not work, and why where that is recognised."""
    shown = _LOGIN_IN_URL.sub("//", _ESCAPES.sub("", output)).strip()
    known = explain(shown)
    if known is None:
        return StageFailed(what, remedy=remedy, detail=shown)
    return StageFailed(
        f"{what}: {known.cause}", remedy=known.remedy, detail=f"{known.evidence}\n\n{shown}"
    )


def _line(text: str, place: int) -> str:
    """The line of `place`, cut to what is around it where it is very long."""
    start = text.rfind("\n", 0, place) + 1
    end = text.find("\n", place)
    line = text[start : end if end >= 0 else len(text)]
    offset = max(0, place - start - _EVIDENCE // 2)
    return line[offset : offset + _EVIDENCE].strip()
