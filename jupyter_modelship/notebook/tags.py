"""The words that mark a cell: plain cell tags, or a first-line comment `# modelship: endpoint`.

A cell that begins with `%%deploy` says by that alone that it is an endpoint.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from jupyter_modelship.model import Cell, Notebook

from .reports import Reports
from .wording import cell_label, listed

Part = Literal["endpoint", "setup", "train", "parameters", "example", "skip"]
PARTS: tuple[Part, ...] = ("endpoint", "setup", "train", "parameters", "example", "skip")
METHODS = ("GET", "POST")
RESERVED = ("/livez", "/readyz", "/openapi.json", "/docs", "/metrics")
_COMMENT = re.compile(r"#\s*modelship\s*:(.*)")
_DEPLOY = re.compile(r"\s*%%deploy(?!\S)")
_ROUTE = re.compile(r"endpoint\s*:\s*(?:([A-Za-z]+)\s+)?(\S*)\s*(.*)")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+|/")


@dataclass(frozen=True, slots=True)
class Marks:
    """What its words say of a cell. `method` and `path` are None where the word has none."""

    part: Part | None = None
    batch: bool = False
    method: str | None = None
    path: str | None = None


def is_marker(line: str) -> bool:
    """Whether a line is a comment that marks its cell, and therefore not part of the code."""
    return _COMMENT.fullmatch(line.strip()) is not None


def marks(notebook: Notebook, *, chosen: bool, reports: Reports) -> dict[str, Marks]:
    """Marks by cell id, for the cells that have any.

    Bare tags are somebody else's unless the notebook has an endpoint (`chosen`: picked by name).
    """
    words = {cell.id: _words(cell) for cell in notebook.cells}
    has_endpoint = chosen or any(
        _is_endpoint(word) for tags, comment in words.values() for word in (*tags, *comment)
    )
    found = {}
    for cell in notebook.cells:
        tags, comment = words[cell.id]
        said = (*(tags if has_endpoint else ()), *comment)
        if said and (read := _marks(cell, said, comment, reports)) != Marks():
            found[cell.id] = read
    return found


def _words(cell: Cell) -> tuple[tuple[str, ...], tuple[str, ...]]:
    tags = tuple(tag.strip() for tag in cell.tags)
    if cell.kind == "code" and _DEPLOY.match(cell.source):
        return tags, () if any(_is_endpoint(tag) for tag in tags) else ("endpoint",)
    if "modelship" not in cell.source or cell.kind != "code":
        return tags, ()
    match = _COMMENT.fullmatch(cell.first_line)
    if match is None:
        return tags, ()
    text = match[1].strip()
    parts = [part.strip() for part in text.split(",")]
    if len(parts) == 1 and all(word in (*PARTS, "batch") for word in text.split()):
        parts = text.split()
    return tags, tuple(part for part in parts if part)


def _is_endpoint(word: str) -> bool:
    return word == "endpoint" or word.startswith("endpoint:")


def _is_ours(word: str) -> bool:
    return word in PARTS or word == "batch" or _is_endpoint(word)


def _marks(cell: Cell, said: tuple[str, ...], comment: tuple[str, ...], reports: Reports) -> Marks:
    for word in said:
        if not _is_ours(word) and (word in comment or word.lower().startswith("modelship")):
            reports.add(
                "unknown-word",
                f"{cell_label(cell)} is marked `{word}`, which is no word of modelship",
                at=cell,
            )
    ours = tuple(dict.fromkeys(word for word in said if _is_ours(word)))
    if not ours:
        return Marks()
    if cell.kind != "code":
        reports.add("mark-on-text", f"{cell_label(cell)} is marked {listed(ours)}", at=cell)
        return Marks()
    return _combined(cell, ours, reports)


def _combined(cell: Cell, ours: tuple[str, ...], reports: Reports) -> Marks:
    parts = [word for word in ours if word != "batch"]
    if len(parts) > 1:
        reports.add(
            "contradicting-words", f"{cell_label(cell)} is marked {listed(parts)} at once", at=cell
        )
        parts = [word for word in parts if word == "skip"] or parts[:1]
    batch = "batch" in ours
    if batch and not (parts and _is_endpoint(parts[0])):
        reports.add(
            "contradicting-words",
            f"{cell_label(cell)} is marked `batch` and is no endpoint",
            remedy="tag the cell `endpoint` as well, or remove `batch`",
            at=cell,
        )
        batch = False
    if not parts:
        return Marks()
    if _is_endpoint(parts[0]):
        method, path = _route(cell, parts[0], reports)
        return Marks("endpoint", batch, method, path)
    part: Part = next(name for name in PARTS if name == parts[0])
    return Marks(part)


def _route(cell: Cell, word: str, reports: Reports) -> tuple[str | None, str | None]:
    match = _ROUTE.fullmatch(word)
    if match is None:
        return None, None
    method, path, rest = match[1], match[2], match[3]
    problem = _route_problem(method, path, rest)
    if problem:
        reports.add("bad-route", f"{cell_label(cell)} is tagged `{word}`: {problem}", at=cell)
        return None, None
    return (method.upper() if method else None), path


def _route_problem(method: str | None, path: str, rest: str) -> str:
    if rest:
        return "there is more than a method and a path"
    if method is not None and method.upper() not in METHODS:
        return f"{method} is not a method that can be served"
    if _PATH.fullmatch(path) is None or {".", ".."} & set(path.split("/")):
        return "the path is not made of `/`, letters, digits, `.`, `_`, `~` and `-`"
    if path in RESERVED:
        return f"{path} belongs to the service itself"
    return ""
