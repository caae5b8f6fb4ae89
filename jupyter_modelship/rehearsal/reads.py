"""The data files that cells read: their state, and whether it is still the same."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .digest import file_digest
from .request import DataRead

_LONGEST = 1024
"""A longer string is no file name."""
CHANGED = ""
"""The sha256 of a file that changed while the cells ran: equals no file's."""


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as the cells read it. `moment` is its mtime in ns, and only saves hashing it."""

    path: str
    size: int
    moment: int
    sha256: str


def unchanged(state: FileState) -> bool:
    """Whether the file still has the content that the cells read."""
    path = Path(state.path)
    try:
        facts = path.stat()
    except OSError:
        return False
    if facts.st_size != state.size or state.sha256 == CHANGED:
        return False
    return facts.st_mtime_ns == state.moment or file_digest(path) == state.sha256


def states(opened: Iterable[tuple[str, int, int]]) -> tuple[FileState, ...]:
    """The states of files from what the kernel noted when it opened them: (path, size, mtime)."""
    return tuple(_state(path, size, moment) for path, size, moment in opened)


def _state(path: str, size: int, moment: int) -> FileState:
    try:
        facts = Path(path).stat()
        if (facts.st_size, facts.st_mtime_ns) == (size, moment):
            return FileState(path, size, moment, file_digest(Path(path)))
    except OSError:  # gone or unreadable by now: it changed
        pass
    return FileState(path, size, moment, CHANGED)


def as_reads(found: Iterable[FileState]) -> tuple[DataRead, ...]:
    """What others may know of them."""
    return tuple(DataRead(state.path, state.sha256, state.size) for state in found)


def mentioned(sources: Iterable[str], folder: Path) -> Mapping[str, tuple[int, int]]:
    """Existing files that string literals of the cells name: path -> (size, mtime).

    For libraries that open files in C, which the kernel's audit hook cannot see.
    """
    found: dict[str, tuple[int, int]] = {}
    for text in {text for source in sources for text in _strings(source)}:
        path = folder / Path(text).expanduser()
        try:
            facts = path.stat()
            if path.is_file():
                found[str(path)] = (facts.st_size, facts.st_mtime_ns)
        except (OSError, ValueError):
            continue
    return found


def merged(
    opened: Sequence[tuple[str, int, int]], before: Mapping[str, tuple[int, int]]
) -> tuple[tuple[str, int, int], ...]:
    """What was opened, and mentioned files that the cells did not write themselves."""
    every = {path: (size, moment) for path, size, moment in opened}
    for path, (size, moment) in before.items():
        try:
            facts = Path(path).stat()
        except OSError:
            continue
        if (facts.st_size, facts.st_mtime_ns) == (size, moment):
            every.setdefault(path, (size, moment))
    return tuple((path, size, moment) for path, (size, moment) in sorted(every.items()))


def _strings(source: str) -> Iterable[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # magics in the cell: its plain reads are still seen in the kernel
        return ()
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and 0 < len(node.value) <= _LONGEST
    ]
