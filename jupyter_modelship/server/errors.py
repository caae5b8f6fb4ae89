"""Errors as HTTP: the one table, and the problem that a reply carries."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from jupyter_modelship.desk.problem import problem
from jupyter_modelship.errors import ModelshipError

BY_CODE: Mapping[str, int] = MappingProxyType(
    {
        "outside-root": 403,
        "key-reused": 409,
        "notebook-changed": 409,
        "plan-changed": 409,
        "run-active": 409,
        "wrong-state": 409,
        "no-files": 501,
        "body-too-large": 413,
        "no-reply": 502,
        "not-running": 503,
    }
)
BY_EXIT_CODE: Mapping[int, int] = MappingProxyType({1: 500, 2: 400, 3: 422, 4: 404})
"""For codes that the first table does not name: what kind of error it is."""


def status_of(code: str, exit_code: int) -> int:
    """The HTTP status for an error of ours."""
    return BY_CODE.get(code, BY_EXIT_CODE[exit_code])


def status(error: BaseException) -> int:
    """The HTTP status for any error."""
    exit_code = error.exit_code if isinstance(error, ModelshipError) else 1
    return status_of(getattr(error, "code", "internal"), exit_code)


_SAID: Mapping[int, tuple[str, str, str]] = MappingProxyType(
    {
        403: (
            "forbidden",
            "this server does not let you do that",
            "log in again; where that does not help, ask who administers it",
        ),
        404: ("no-such-route", "there is nothing at this address", "reload JupyterLab"),
        405: ("no-such-verb", "this address does not take that verb", "reload JupyterLab"),
    }
)


def http_problem(code: int, message: str) -> dict[str, object]:
    """The problem for an error that the server framework raised."""
    kind, said, remedy = _SAID.get(
        code, (HTTPStatus(code).name.lower().replace("_", "-"), HTTPStatus(code).phrase, "")
    )
    return {
        "code": kind,
        "message": said,
        "remedy": remedy,
        "detail": message,
        "findings": [],
        "candidates": [],
    }


def problem_of(error: BaseException) -> dict[str, object]:
    """The problem for an exception of ours, or one that nobody foresaw."""
    return problem(error)
