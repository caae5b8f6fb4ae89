"""Values of secrets stay out of what a rehearsal keeps and says.

A guard rail, as far as bytes can be compared: a value that was encrypted, hashed or compressed by
the notebook's code looks like any other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_modelship.errors import StageFailed

MASK = "***"
SHORTEST = 4
"""Characters; what is shorter is found anywhere by accident."""
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Confidential:
    """Names and values of secrets; the values stay out of `repr`."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    def masked(self, text: str) -> str:
        """`text` without the values, also where they were written as Python or JSON would."""
        for value in self._long().values():
            for form in _forms(value):
                text = text.replace(form, MASK)
        return text

    def failure(self, error: StageFailed) -> StageFailed:
        """The same error, saying nothing of the values."""
        error.message, error.detail = self.masked(error.message), self.masked(error.detail)
        error.remedy = self.masked(error.remedy)
        error.args = (error.message,)
        return error

    def named_in(self, text: str) -> str:
        """The name of a secret whose value is in `text`; "" where there is none."""
        found = (
            name
            for name, value in self._long().items()
            if any(form in text for form in _forms(value))
        )
        return next(found, "")

    def named_in_file(self, path: Path) -> str:
        """The name of a secret whose value is in the file; "" where there is none."""
        wanted = [
            (name, form.encode()) for name, value in self._long().items() for form in _forms(value)
        ]
        longest = max((len(form) for _, form in wanted), default=0)
        tail = b""
        with path.open("rb") as file:
            while wanted and (block := file.read(_BLOCK)):
                for name, form in wanted:
                    if form in tail + block:
                        return name
                tail = (tail + block)[-longest:]
        return ""

    def without_calls(self, calls: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Recorded calls; one that holds a value is no example, and its data is left out."""
        return [self._call(call) for call in calls]

    def _call(self, call: Mapping[str, Any]) -> Mapping[str, Any]:
        name = self.named_in(json.dumps(call, ensure_ascii=False))
        if not name:
            return call
        kept = {key: call[key] for key in ("function", "cell", "takes", "returns") if key in call}
        if self.named_in(json.dumps(kept, ensure_ascii=False)):  # a key of a dict, say
            kept = {key: kept[key] for key in ("function", "cell")}
        return {**kept, "left_out": f"it holds the value of the secret {name}"}

    def _long(self) -> dict[str, str]:
        return {name: value for name, value in self.values.items() if len(value) >= SHORTEST}


def _forms(value: str) -> tuple[str, ...]:
    """The value as it is, and inside a string of JSON or Python."""
    written = (value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1])
    return tuple(dict.fromkeys((*written, repr(value)[1:-1])))
