"""Runs in an interpreter of the image's minor Python, by `python -s -S -c`: compiles a tree.

Arguments: FOLDER PREFIX PART PARTS. The files of FOLDER are shared out to PARTS processes, so that
each has as much source; this one compiles those of PART as if they lay in PREFIX. Standard library
only.

What `marshal` writes depends on what else the process shares with a code object (CPython issue
78274): the same bytes need the same files in the same order, in a process that did nothing else.
Source: PEP 552 (unchecked hashes: an image's files do not change, and nobody looks), PEP 3147.
"""

from __future__ import annotations

import gc
import importlib.util
import marshal
import os
import sys
import warnings

IDLE = frozenset({"test", "tests"})
"""Folders that no service imports: half of the source of pandas, scipy and scikit-learn. What
imports them all the same reads the source."""
_UNCHECKED = (1).to_bytes(4, "little")


def sources(folder: str) -> list[tuple[str, int]]:
    """(relative path, bytes) of the files to compile, sorted."""
    found, left = [], [""]
    while left:
        inside = left.pop()
        with os.scandir(f"{folder}/{inside}") as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in IDLE:
                        left.append(f"{inside}{entry.name}/")
                elif entry.name.endswith(".py"):
                    found.append((f"{inside}{entry.name}", entry.stat().st_size))
    return sorted(found)


def shared_out(files: list[tuple[str, int]], part: int, parts: int) -> list[str]:
    """The part's files, sorted: the biggest are dealt first, each to who has least."""
    loads, mine = [0] * parts, []
    for name, size in sorted(files, key=lambda file: (-file[1], file[0])):
        to = loads.index(min(loads))
        loads[to] += size
        if to == part:
            mine.append(name)
    return sorted(mine)


def compile_part(folder: str, prefix: str, part: int, parts: int) -> None:
    """Write the byte code; what is no Python of this version is passed over, as installers do."""
    for name in shared_out(sources(folder), part, parts):
        path = f"{folder}/{name}"
        with open(path, "rb") as file:  # noqa: PTH123 - thousands of them
            source = file.read()
        try:
            code = compile(source, f"{prefix}/{name}", "exec", dont_inherit=True, optimize=0)
        except Exception:  # noqa: S112 - a template or test data
            continue
        _write(importlib.util.cache_from_source(path, optimization=""), source, marshal.dumps(code))


def _write(path: str, source: bytes, code: bytes) -> None:
    head = importlib.util.MAGIC_NUMBER + _UNCHECKED + importlib.util.source_hash(source)
    os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120 - thousands of them
    with open(path, "wb") as file:  # noqa: PTH123 - thousands of them
        file.write(head + code)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    gc.disable()  # nothing here is a cycle, and there is much
    compile_part(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
