"""JSON files: one form for one value, printable, and the same structure when read back."""

from __future__ import annotations

import json
import re

from jupyter_modelship.errors import ModelshipError

_HIDDEN = re.compile(r"[^\n -~]")


def emit_json(value: object, *, what: str = "a generated JSON file") -> bytes:
    """`value` with an indent of two spaces, members in their order, a line end at the end.

    Characters that do not show or that turn lines round are escaped, other text stands as it is.
    ModelshipError when `value` is no JSON: NaN, a key that is no string, an object of Python.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelshipError(f"{what} cannot be written: {error}") from error
    shown = _HIDDEN.sub(lambda match: _escaped(match[0]), text)
    if json.loads(shown) != value:
        raise ModelshipError(f"{what} does not read back as what was written")
    return shown.encode("utf-8")


def one_line_json(value: object) -> str:
    """`value` on one printable line."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _HIDDEN.sub(lambda match: _escaped(match[0]), text)


def _escaped(char: str) -> str:
    return char if char.isprintable() else json.dumps(char)[1:-1]
