"""What is searched for credentials: named pieces of what ships, and of what is kept beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.model import Notebook

LARGEST = 1 << 24
"""Bytes of one source that are searched."""
_HEAD = 1 << 13
_TEXT = ("text/", "application/json", "application/javascript", "image/svg+xml")
"""Of an output's forms: the others are pictures and other data in base 64."""


@dataclass(frozen=True, slots=True)
class Source:
    """A piece of text or data, and how it is called where something is found in it."""

    name: str
    """For people: `service.py`, `an output of cell 5`. Never anything of its content."""
    data: bytes
    """At most `LARGEST` bytes."""
    whole: bool = True
    cell: str | None = None
    number: int | None = None
    code: bool = False
    """Lines are those of the cell's source."""


def notebook_sources(data: bytes, notebook: Notebook) -> Iterator[Source]:
    """Source and outputs of every cell, and all metadata. `data` is what `notebook` was read of."""
    content = json.loads(data.decode("utf-8-sig"))
    yield _text("the notebook's metadata", json.dumps(content.get("metadata"), indent=1))
    for cell in notebook.cells:
        raw = content["cells"][cell.number - 1]
        yield _text(f"cell {cell.number}", cell.source, cell.id, cell.number, code=True)
        aside = json.dumps([raw.get("metadata"), cell.tags], indent=1)
        yield _text(f"the metadata of cell {cell.number}", aside, cell.id, cell.number)
        for text in _outputs(raw.get("outputs")):
            yield _text(f"an output of cell {cell.number}", text, cell.id, cell.number)


def _outputs(outputs: object) -> Iterator[str]:
    for output in outputs if isinstance(outputs, list) else []:
        if isinstance(output, dict):
            told = {k: v for k, v in output.items() if k not in ("data", "output_type")}
            yield from _lines(told)
            data = output.get("data")
            for form, value in data.items() if isinstance(data, dict) else ():
                if form.startswith(_TEXT) or form.endswith("+json"):
                    yield from _lines(value)


def _lines(value: object) -> Iterator[str]:
    """Strings as they were shown; nbformat writes long ones as lists of lines."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        yield "".join(item if item.endswith("\n") else item + "\n" for item in value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _lines(item)
    elif value is not None:
        yield json.dumps(value, indent=1)


def file_sources(files: Mapping[str, bytes]) -> Iterator[Source]:
    """Files that are in memory, by path: a bundle's, or what the context is staged of."""
    for path, data in sorted(files.items()):
        yield Source(path, data[:LARGEST], len(data) <= LARGEST)


def folder_sources(folder: Path, *, within: str = "") -> Iterator[Source]:
    """Every file below a folder, artifacts in other forms than text among them."""
    for path in _files(folder):
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        name = within + path.relative_to(folder).as_posix()
        yield Source(name, data[:LARGEST], len(data) <= LARGEST)


def package_sources(tree: Path) -> Iterator[Source]:
    """The texts of wheels: what others have published, the same for everybody who has the lock.

    Compiled code and data are left out: what is in them was never this user's, and is no text.
    """
    for path in _files(tree):
        if path.suffix == ".pyc":
            continue
        with path.open("rb") as file:
            head = file.read(_HEAD)
            if b"\0" not in head:
                yield Source(f"packages/{path.relative_to(tree).as_posix()}",
                             head + file.read(LARGEST - len(head)))  # fmt: skip


def value_sources(name: str, values: Mapping[str, str]) -> Iterator[Source]:
    """Variables of an image's configuration, labels, annotations, or lines of its history."""
    for key, value in sorted(values.items()):
        yield _text(f"{name} {key}", f"{key}={value}")


def _files(folder: Path) -> Iterator[Path]:
    for base, names, files in os.walk(folder):
        names.sort()
        for name in sorted(files):
            path = Path(base, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _text(
    name: str, text: str, cell: str | None = None, number: int | None = None, *, code: bool = False
) -> Source:
    data = text.encode("utf-8", "backslashreplace")
    return Source(name, data[:LARGEST], len(data) <= LARGEST, cell, number, code)
