"""From recorded calls to examples and to what the contract's second witness has seen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jupyter_modelship.model import Example, Notebook

from .failure import place

_DESCRIPTIONS = 64
"""Distinct type descriptions kept of one parameter or result."""


def recorded(path: Path) -> list[Mapping[str, Any]]:
    """The calls that the kernel wrote, one JSON object a line; none where it wrote no file."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


def examples(calls: Iterable[Mapping[str, Any]], compare: str) -> tuple[Example, ...]:
    """The calls that can be sent as JSON and compared."""
    return tuple(
        Example(
            function=call["function"],
            cell=call["cell"],
            arguments=call["arguments"],
            result=call["result"],
            seconds=call["seconds"],
            compare=compare,
        )
        for call in calls
        if "left_out" not in call
    )


def seen(calls: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """function -> {"takes": {parameter: [description…]}, "returns": [description…]}."""
    found: dict[str, dict[str, Any]] = {}
    for call in calls:
        if "takes" not in call or "returns" not in call:
            continue
        entry = found.setdefault(call["function"], {"takes": {}, "returns": []})
        for name, description in call["takes"].items():
            _add(entry["takes"].setdefault(name, []), description)
        _add(entry["returns"], call["returns"])
    return found


def notes(calls: Iterable[Mapping[str, Any]], notebook: Notebook) -> tuple[str, ...]:
    """A sentence for every call that is no example, each said once."""
    sentences = [
        f"a call of {call['function']} in {place(notebook.cell(call['cell']))} "
        f"is no example: {call['left_out']}"
        for call in calls
        if "left_out" in call
    ]
    return tuple(dict.fromkeys(sentences))


def _add(descriptions: list[Any], description: Any) -> None:
    if description not in descriptions and len(descriptions) < _DESCRIPTIONS:
        descriptions.append(description)
