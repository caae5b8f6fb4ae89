"""Why a build, a push or a start failed: what tools write, told as cause, evidence and remedy."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jupyter_modelship.errors import StageFailed

from .cause_rows import Cause
from .cause_table import CAUSES
from .raised_table import RAISED

_EVIDENCE = 400
"""Characters of an evidence line that are shown, around what was recognised."""


_Rows = tuple[tuple[Cause, re.Pattern[str]], ...]


@dataclass(frozen=True, slots=True)
class Explained:
    code: str
    cause: str
    evidence: str
    """The line that shows it, without credentials."""
    remedy: str


def _compiled(rows: tuple[Cause, ...]) -> _Rows:
    return tuple((row, re.compile(row.signs, re.IGNORECASE | re.MULTILINE)) for row in rows)


_TOOLS, _RAISED = _compiled(CAUSES), _compiled(RAISED)
_EXCEPTION = re.compile(
    r"^(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:Error|Exception|Exit|Interrupt|Warning|Timeout|Failure)"
    r"(?::|\s*$)",
    re.MULTILINE,
)
"""The line with which a traceback ends: it stands at the margin."""
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LOGIN_IN_URL = re.compile(r"//[^/\s]*@")


def explain(output: str) -> Explained | None:
    """What a tool's output says of its failure; None where no row of the table fits."""
    return _explained(output, _TOOLS)


def explain_raised(traceback: str) -> Explained | None:
    """What the exception at the end of a traceback says; None where there is none, or no row of
    the table fits."""
    ends = list(_EXCEPTION.finditer(_ESCAPES.sub("", traceback)))
    if not ends:
        return None
    return _explained(_ESCAPES.sub("", traceback)[ends[-1].start() :], _RAISED)


def recognise(message: str, detail: str) -> Explained | None:
    """The cause of an error: `message` says what did not work, `detail` what a tool or Python has
    written. None where neither says one that is known."""
    if " by SIG" in message:  # what it wrote before it was killed says less
        return explain(message)
    if _EXCEPTION.search(_ESCAPES.sub("", detail)):
        return explain_raised(detail)
    return explain(f"{detail}\n{message}")


def _explained(output: str, rows: _Rows) -> Explained | None:
    shown = _LOGIN_IN_URL.sub("//", _ESCAPES.sub("", output))
    for row, signs in rows:
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
