"""A needed name without a value where it is needed: orphan, too early, deleted or skipped."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from jupyter_modelship.model import Cell

from .flow import END, Flow
from .reports import Reports
from .units import Unit
from .wording import cell_label

_ALIKE = 0.8
"""Names that differ in less than this may be misspelt (difflib's ratio)."""


class Missing:
    """Says of each such name once why it is missing, and what to do."""

    def __init__(
        self,
        flow: Flow,
        skipped: Mapping[str, Cell],
        bound: Mapping[str, Cell],
        reports: Reports,
    ) -> None:
        self._flow = flow
        self._skipped = skipped
        """Name -> the cell marked `skip` that binds it."""
        self._bound = bound
        """Name -> a cell that runs and binds it."""
        self._reports = reports
        self._said: set[tuple[str, str]] = set()
        self.names: set[str] = set()

    def report(
        self, name: str, user: Unit, line: int, chain: tuple[str, ...], *, before: int = END
    ) -> None:
        """One finding for `name`, which `user` needs."""
        self.names.add(name)
        stars = [key[1:] for key in self._flow.events if key.startswith("*")]
        if stars:
            return  # reported as a star import, which may well bind it
        key = (name, user.cell.id)
        if key in self._said:
            return
        self._said.add(key)
        where = f"{cell_label(user.cell)} uses `{name}`"
        code, message, remedy = self._reason(name, user, before)
        self._reports.add(
            code, f"{where}, {message}", remedy=remedy, at=user.cell, line=line or None
        )

    def _reason(self, name: str, user: Unit, before: int) -> tuple[str, str, str]:
        events = self._flow.events.get(name, [])
        deleted = [event for event in events if event.kind == "delete" and event.order < before]
        binding = [event for event in events if event.kind in {"bind", "maybe"}]
        if deleted and all(event.order < deleted[-1].order for event in binding):
            by = cell_label(deleted[-1].unit.cell)
            return "deleted-name", f"which {by} deletes", f"remove `del {name}` from {by}"
        if binding:
            return self._too_early(name, user, binding[0].unit)
        if name in self._skipped:
            cell = cell_label(self._skipped[name])
            return (
                "needs-skipped-cell",
                f"which only {cell} defines, and that cell is tagged `skip`",
                f"remove the tag `skip` from {cell}, or define `{name}` elsewhere",
            )
        return "orphan-name", "which no cell defines", self._instead(name, user)

    def _instead(self, name: str, user: Unit) -> str:
        """What to do about a name that no cell binds: most are misspelt, or their cell is gone."""
        for meant in get_close_matches(name, self._bound, n=1, cutoff=_ALIKE):
            cell = self._bound[meant].number
            return f"write `{meant}` if that of cell {cell} is meant, or define `{name}` in a cell"
        if user.cell.number > 1:
            return f"add the cell that defines `{name}` again, above {cell_label(user.cell)}"
        return f"define `{name}` in a cell"

    @staticmethod
    def _too_early(name: str, user: Unit, binder: Unit) -> tuple[str, str, str]:
        if binder.cell is user.cell:
            return (
                "use-before-definition",
                "which is defined further down in the same cell",
                f"move the definition of `{name}` above its use",
            )
        other, own = cell_label(binder.cell), cell_label(user.cell)
        return (
            "use-before-definition",
            f"which is defined only below, in {other}",
            f"move {other} above {own}",
        )
