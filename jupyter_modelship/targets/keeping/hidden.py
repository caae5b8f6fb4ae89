"""Values of secrets, hidden wherever a process of the service says them."""

from __future__ import annotations

import json
from collections.abc import Iterable

MASK = "***"


class Hidden:
    """Replaces the values in text; also as they stand in a string of JSON or Python."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        forms = {form for value in values if value for form in _forms(value)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._texts = tuple(longest_first)
        self._bytes = tuple(form.encode("utf-8", "surrogateescape") for form in longest_first)

    def text(self, text: str) -> str:
        for form in self._texts:
            text = text.replace(form, MASK)
        return text

    def line(self, line: bytes) -> bytes:
        for form in self._bytes:
            line = line.replace(form, MASK.encode())
        return line


def _forms(value: str) -> tuple[str, ...]:
    escaped = (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1])
    quoted = repr(value)[1:-1]
    return (value, *escaped, quoted, json.dumps(quoted)[1:-1])
