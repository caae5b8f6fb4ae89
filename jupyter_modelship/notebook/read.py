"""Bytes of a notebook file -> cells. Bad input is a finding, never an exception.

The format is nbformat 4.0 to 4.5 (https://nbformat.readthedocs.io/en/latest/format_description.html).
nbformat itself is not imported: it costs more than the whole of the reading.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from jupyter_modelship.model import Cell, CellKind, Finding, Notebook

from .reports import Reports

_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""nbformat 4.5's rule for cell ids."""
_KINDS: dict[str, CellKind] = {"code": "code", "markdown": "markdown", "raw": "raw"}
_SURROGATES = re.compile("[\ud800-\udfff]")
_PYTHONS = frozenset({"python", "python3", "ipython", "ipython3"})


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What reading gave; `notebook` is None where a finding of severity `block` says why."""

    notebook: Notebook | None
    findings: tuple[Finding, ...] = ()


class _Unreadable(Exception):
    """Carries the code of the finding that ends the reading."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read(data: bytes) -> ReadResult:
    """The notebook in `data`, with everything odd about it as findings. Never raises."""
    reports = Reports()
    try:
        content = _content(_decoded(data), reports)
        notebook = _notebook(content, hashlib.sha256(data).hexdigest(), reports)
    except _Unreadable as problem:
        reports.add(problem.code, str(problem))
        return ReadResult(None, reports.all())
    return ReadResult(notebook, reports.all())


def _decoded(data: bytes) -> str:
    if not data.strip():
        raise _Unreadable("empty-file", "the file is empty")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _Unreadable("not-utf8", "the file is UTF-16, and a notebook is UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Unreadable("not-utf8", f"byte {error.start} is not UTF-8") from None


def _content(text: str, reports: Reports) -> Mapping[str, object]:
    try:
        content = json.loads(text)
    except RecursionError:
        raise _Unreadable("too-deep", "the JSON is nested too deeply") from None
    except ValueError as error:
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise _Unreadable("not-json", f"the file is not JSON{where}: {reason}") from None
    if not isinstance(content, dict):
        raise _Unreadable("not-a-notebook", "the file is JSON, but not an object")
    major, minor = content.get("nbformat"), content.get("nbformat_minor", 0)
    if type(major) is not int:
        raise _Unreadable("not-a-notebook", "the field `nbformat` is missing or not a whole number")
    if major != 4:
        age = "older" if major < 4 else "newer"
        raise _Unreadable("other-format", f"the file is nbformat {major}, {age} than 4")
    if type(minor) is not int:
        reports.add("odd-field", "`nbformat_minor` is not a whole number; it is taken as 0")
    return content


def _notebook(content: Mapping[str, object], digest: str, reports: Reports) -> Notebook:
    cells = content.get("cells")
    if not isinstance(cells, list):
        raise _Unreadable("not-a-notebook", "the field `cells` is missing or not a list")
    metadata = _mapping(content.get("metadata", {}), "metadata", reports)
    kernelspec = _mapping(metadata.get("kernelspec", {}), "metadata.kernelspec", reports)
    language_info = _mapping(metadata.get("language_info", {}), "metadata.language_info", reports)
    options = _mapping(metadata.get("modelship", {}), "metadata.modelship", reports)
    named = language_info.get("name") or kernelspec.get("language")
    language = named.lower() if isinstance(named, str) else "python"
    if language not in _PYTHONS:
        reports.add("not-python", f"the notebook's language is {_clean(language)}, not Python")
    kernel = kernelspec.get("name")
    return Notebook(
        cells=_cells(cells, reports),
        digest=digest,
        kernel=_clean(kernel) if isinstance(kernel, str) else None,
        language="python" if language in _PYTHONS else _clean(language),
        options=options,
    )


def _cells(raw: list[object], reports: Reports) -> tuple[Cell, ...]:
    taken: set[str] = set()
    proper = {c["id"] for c in raw if isinstance(c, dict) and _is_id(c.get("id"))}
    found = []
    for number, item in enumerate(raw, start=1):
        if isinstance(item, dict):
            found.append(_cell(item, number, taken, proper, reports))
        else:
            reports.add("odd-cell", f"cell {number} is not an object and is left out")
    return tuple(found)


def _cell(
    item: Mapping[str, object], number: int, taken: set[str], proper: set[str], reports: Reports
) -> Cell:
    given_kind = item.get("cell_type")
    kind = _KINDS.get(given_kind) if isinstance(given_kind, str) else None
    if kind is None:
        reports.add("odd-cell", f"cell {number} is neither code, markdown nor raw; it stays as raw")
        kind = "raw"
    source = item.get("source", "")
    if type(source) is not str or not source.isascii() or "\r" in source:
        source = _source(source, number, reports)
    identity = item.get("id")
    if not isinstance(identity, str) or identity not in proper or identity in taken:
        identity = _identity(identity, kind, source, number, (taken, proper), reports)
    taken.add(identity)
    metadata = item.get("metadata", {})
    if not isinstance(metadata, dict):
        metadata = _mapping(metadata, f"metadata of cell {number}", reports, identity)
    tags = metadata.get("tags")
    count = item.get("execution_count")
    return Cell(
        id=identity,
        number=number,
        kind=kind,
        source=source,
        tags=_tags(tags, number, identity, reports) if "tags" in metadata else (),
        execution_count=count if type(count) is int and kind == "code" else None,
    )


def _source(value: object, number: int, reports: Reports) -> str:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    if not isinstance(value, str):
        reports.add("odd-cell", f"the source of cell {number} is not text; it is taken as empty")
        return ""
    if not value.isascii():
        if _SURROGATES.search(value):
            reports.add("lone-surrogate", f"cell {number} holds half a character")
        value = _clean(value)
    return value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value


def _identity(
    given: object,
    kind: str,
    source: str,
    number: int,
    others: tuple[set[str], ...],
    reports: Reports,
) -> str:
    """A hash of the cell's content, made unique by counting equal cells."""
    if given is not None:
        problem = "shares its id with another cell" if _is_id(given) else "has an id that is none"
        reports.add("odd-id", f"cell {number} {problem}; it gets one from its content")
    content = hashlib.sha256(f"{kind}\0{source}".encode()).hexdigest()[:12]
    identity, copies = content, 1
    while any(identity in other for other in others):
        copies += 1
        identity = f"{content}-{copies}"
    return identity


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _tags(value: object, number: int, identity: str, reports: Reports) -> tuple[str, ...]:
    if not isinstance(value, list):
        reports.add("odd-tags", f"the tags of cell {number} are not a list", cell=identity)
        return ()
    tags = [_clean(tag) for tag in value if isinstance(tag, str)]
    if len(tags) < len(value):
        reports.add("odd-tags", f"cell {number} has a tag that is not text", cell=identity)
    return tuple(dict.fromkeys(tags))


def _mapping(
    value: object, what: str, reports: Reports, cell: str | None = None
) -> Mapping[str, object]:
    if isinstance(value, dict):
        return value
    reports.add("odd-field", f"`{what}` is not an object; it is taken as empty", cell=cell)
    return {}


def _clean(text: str) -> str:
    """`text` with each lone surrogate as U+FFFD, so that it can be encoded."""
    return _SURROGATES.sub("\ufffd", text)
