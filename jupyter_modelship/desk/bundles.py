"""What a stored bundle says of itself: the endpoints it serves, and its files as text.

Bundles are named by their digest and never change, so what was read once is known.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jupyter_modelship.bundle import store
from jupyter_modelship.places import Places
from jupyter_modelship.runs.rendering import BUNDLES

RUNTIME = "modelship_runtime/"


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


def folder(places: Places, digest: str) -> Path:
    """Where the bundle is, if it is there."""
    return places.state / BUNDLES / digest


def served(places: Places, digest: str) -> tuple[Served, ...]:
    """The endpoints of a bundle in the order of its description; none where it is not there."""
    try:
        return _served(folder(places, digest)) if digest else ()
    except FileNotFoundError:
        return ()


def openapi(places: Places, digest: str) -> dict[str, Any] | None:
    """The bundle's OpenAPI document; None where it is not there."""
    return _document(folder(places, digest)) if digest else None


def texts(places: Places, digest: str) -> dict[str, str]:
    """The bundle's files that people read, by path: no runtime, no artifacts, no bytes."""
    place = folder(places, digest)
    if not digest or not place.is_dir():
        return {}
    found = {}
    for path, content in store.read_back(place).items():
        if not path.startswith(RUNTIME):
            try:
                found[path] = content.decode("utf-8")
            except UnicodeDecodeError:
                continue
    return found


def source_map(places: Places, digest: str) -> Mapping[int, tuple[str, int]]:
    """Line of service.py -> cell id and line in it; empty where it is not kept."""
    return _lines(folder(places, f"{digest}.map.json"))


@lru_cache(maxsize=4096)
def _served(place: Path) -> tuple[Served, ...]:
    document = _document(place)
    if document is None:
        raise FileNotFoundError(place)  # not kept in the cache: it may come back
    functions = _functions(place / "service.py")
    lines = _lines(place.with_name(f"{place.name}.map.json"))
    return tuple(
        Served(name, method, path, *lines.get(functions.get(name, 0), ("", 0)), doc)
        for method, path, name, doc in _operations(document)
    )


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


def _lines(path: Path) -> dict[int, tuple[str, int]]:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return {int(line): (str(cell), int(row)) for line, (cell, row) in document.items()}


def _document(place: Path) -> dict[str, Any] | None:
    try:
        document: dict[str, Any] = json.loads((place / "openapi.json").read_bytes())
    except (OSError, ValueError):
        return None
    return document
