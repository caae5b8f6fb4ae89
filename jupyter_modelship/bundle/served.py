"""The endpoints that a bundle serves, read from its own files."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Served:
    """One function that a bundle serves, and where in the notebook it stands."""

    function: str
    method: str
    path: str
    cell: str
    line: int
    """1-based, within the cell; 0 where it is not known."""
    doc: str


def served(bundle: Path, source_map: Path | None) -> tuple[Served, ...] | None:
    """The endpoints in the order of the bundle's description; None where it has none."""
    document = description(bundle)
    if document is None:
        return None
    functions = _functions(bundle / "service.py")
    lines = mapped(source_map) if source_map is not None else {}
    return tuple(
        Served(name, method, path, *lines.get(functions.get(name, 0), ("", 0)), doc)
        for method, path, name, doc in _operations(document)
    )


def description(bundle: Path) -> dict[str, Any] | None:
    """The bundle's OpenAPI document; None where it is not there."""
    try:
        document: dict[str, Any] = json.loads((bundle / "openapi.json").read_bytes())
    except (OSError, ValueError):
        return None
    return document


def mapped(source_map: Path) -> dict[int, tuple[str, int]]:
    """Line of service.py -> cell id and line in it; empty where it is not kept."""
    try:
        document = json.loads(source_map.read_bytes())
    except (OSError, ValueError):
        return {}
    return {int(line): (str(cell), int(row)) for line, (cell, row) in document.items()}


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Method, path, function and docstring of each operation."""
    for path, item in document.get("paths", {}).items():
        for method, operation in item.items():
            parts = (operation.get("summary", ""), operation.get("description", ""))
            doc = "\n\n".join(part for part in parts if part)
            yield method.upper(), path, str(operation.get("operationId", "")), doc


def _functions(service: Path) -> dict[str, int]:
    """Name -> line of each top-level function of service.py, the last one of a name."""
    try:
        tree = ast.parse(service.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return {}
    return {
        node.name: node.lineno
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
