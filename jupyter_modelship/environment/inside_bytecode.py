"""Runs in an interpreter of the image's minor Python, by `python -s -S -c`: compiles a tree.

Arguments: FOLDER PREFIX PART PARTS. Every PARTS-th file of FOLDER, from the PART-th on, is compiled
as if it lay in PREFIX. Standard library only.

What `marshal` writes depends on what else the process shares with a code object (CPython issue
78274): the same bytes need the same files in the same order, in a process that did nothing else.
Source: PEP 552 (unchecked hashes: an image's files do not change, and nobody looks).
"""

from __future__ import annotations

import os
import py_compile
import sys
import warnings

IDLE = frozenset({"test", "tests"})
"""Folders that no service imports: half of the source of pandas, scipy and scikit-learn. What
imports them all the same reads the source."""


def sources(folder: str) -> list[str]:
    """Paths of the files to compile, relative, sorted."""
    found = []
    for path, names, files in os.walk(folder):
        names[:] = [name for name in names if name not in IDLE]
        found += [os.path.join(path, name) for name in files if name.endswith(".py")]  # noqa: PTH118 - thousands of them
    return sorted(os.path.relpath(path, folder) for path in found)


def compile_part(folder: str, prefix: str, part: int, parts: int) -> None:
    """Write the byte code; what is no Python of this version is passed over, as installers do."""
    for name in sources(folder)[part::parts]:
        try:
            py_compile.compile(
                f"{folder}/{name}",
                dfile=f"{prefix}/{name}",
                doraise=True,
                optimize=0,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
        except py_compile.PyCompileError:
            continue  # a template or test data


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    compile_part(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
