"""Errors as data and back: what a worker could not do is raised again where somebody waits."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from jupyter_modelship.engines.causes import recognise
from jupyter_modelship.errors import Blocked, ModelshipError, StageFailed
from jupyter_modelship.model import Finding

from .events import finding_payload

INTERNAL = "internal"
_DETAIL_LIMIT = 65_536
"""Characters of detail that the journal keeps: the end, where the cause stands."""


def describe(error: BaseException) -> dict[str, object]:
    """code, message, remedy, detail, cell, line, findings and cause of an error, as JSON."""
    if not isinstance(error, ModelshipError):
        return _internal(error)
    findings = error.findings if isinstance(error, Blocked) else ()
    place = error if isinstance(error, StageFailed) else None
    return {
        "code": error.code,
        "message": error.message,
        "remedy": error.remedy,
        "detail": error.detail[-_DETAIL_LIMIT:],
        "cell": place.cell if place else None,
        "line": place.line if place else None,
        "findings": [finding_payload(finding) for finding in findings],
        "cause": cause(error),
    }


def cause(error: ModelshipError) -> dict[str, str] | None:
    """Why the tool or the code that it tells of failed, where that is recognised: code, cause,
    evidence (the line that shows it), remedy."""
    if not isinstance(error, StageFailed):
        return None
    told = recognise(error.message, error.detail)
    return asdict(told) if told else None


def _internal(error: BaseException) -> dict[str, object]:
    name = type(error).__name__
    return {
        "code": INTERNAL,
        "message": f"an error in jupyter_modelship itself: {name}: {error}"[:2000],
        "remedy": "please report it, with the output of: jupyter modelship debug RUN",
        "detail": "".join(traceback.format_exception(error))[-_DETAIL_LIMIT:],
        "cell": None,
        "line": None,
        "findings": [],
        "cause": None,
    }


def restore(data: Mapping[str, object]) -> ModelshipError:
    """The error that `describe` wrote down, of its own class, so that exit codes stay the same."""
    code, message = str(data.get("code", INTERNAL)), str(data.get("message", ""))
    remedy, detail = str(data.get("remedy", "")), str(data.get("detail", ""))
    kind = next((kind for kind in _kinds(ModelshipError) if kind.code == code), ModelshipError)
    if issubclass(kind, Blocked):
        found = data.get("findings")
        rows = found if isinstance(found, Sequence) else ()
        return Blocked(tuple(Finding(**row) for row in rows))
    if issubclass(kind, StageFailed):
        cell, line = data.get("cell"), data.get("line")
        return kind(
            message,
            remedy=remedy,
            detail=detail,
            cell=cell if isinstance(cell, str) else None,
            line=line if isinstance(line, int) else None,
        )
    plain = ModelshipError.__new__(kind)  # some kinds build their message from other arguments
    ModelshipError.__init__(plain, message, remedy=remedy, detail=detail)
    return plain


def _kinds(kind: type[ModelshipError]) -> Iterator[type[ModelshipError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds(narrower)
