"""Collecting findings: code and place from who finds, the rest from the catalogue."""

from __future__ import annotations

from jupyter_modelship.model import Cell, Finding

from .catalogue import BY_CODE


class Reports:
    """Collects findings once each, in the order in which they were found."""

    def __init__(self) -> None:
        self._found: dict[Finding, None] = {}

    def add(
        self,
        code: str,
        message: str,
        *,
        remedy: str = "",
        at: Cell | None = None,
        cell: str | None = None,
        line: int | None = None,
    ) -> None:
        check = BY_CODE[code]
        finding = Finding(
            code=code,
            severity=check.severity,
            message=message,
            remedy=remedy or check.remedy,
            cell=at.id if at else cell,
            number=at.number if at else None,
            line=line,
        )
        self._found[finding] = None

    def extend(self, findings: tuple[Finding, ...]) -> None:
        self._found.update(dict.fromkeys(findings))

    def all(self) -> tuple[Finding, ...]:
        return tuple(self._found)
