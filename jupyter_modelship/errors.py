"""The exception tree. Each error says what, where and the remedy.

ModelshipError          exit code 1
├── UsageError          2   the call itself is wrong
├── Blocked             3   findings forbid to go on
├── NothingThere        4   no such service, run or revision
└── StageFailed         1   a stage of the line could not do its work
    ├── Cancelled       1
    └── Interrupted     1   the worker is gone; the run can be resumed
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # every command imports this module: it pays for no type it does not make
    from collections.abc import Sequence
    from typing import ClassVar

    from .model import Finding


class ModelshipError(Exception):
    """Something a person can act on: `message` says what and where, `remedy` what to do next."""

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "failed"

    def __init__(self, message: str, *, remedy: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.detail = detail
        """Raw text of the cause (a traceback, a tool's output), shown one click away."""
        self.stage = ""
        """The stage of the line that it ended, once that is known."""


class UsageError(ModelshipError):
    exit_code = 2
    code = "usage"


class Blocked(ModelshipError):
    """Findings of severity `block` forbid to go on; they are in `findings`."""

    exit_code = 3
    code = "blocked"

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        first = self.findings[0] if self.findings else None
        message = first.message if first else "a finding blocks"
        super().__init__(message, remedy=first.remedy if first else "")


class NothingThere(ModelshipError):
    exit_code = 4
    code = "nothing-there"


class StageFailed(ModelshipError):
    """A stage could not do its work; `cell` and `line` say where in the notebook, if there."""

    code = "stage-failed"

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        detail: str = "",
        cell: str | None = None,
        line: int | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy, detail=detail)
        self.cell = cell
        self.line = line
        self.layer = ""
        """The kind of the image's layer that could not be made, if there."""


class Cancelled(StageFailed):
    code = "cancelled"


class Interrupted(StageFailed):
    code = "interrupted"
