"""The table of causes for exceptions of Python code: of a notebook's cells, and of its service.

Their signs are looked for in the exception itself, never in the traceback above it, which is full
of other people's words. Each row is tested with what Python really wrote (tests/images/raised).
"""

from __future__ import annotations

from .cause_rows import Cause
from .cause_table import CAUSES

_FIT = (
    "run the notebook in a fresh environment with the versions that it needs; a file beside it "
    "with the name of a package hides that package"
)
_ALSO = (
    *("quota-of-disk", "no-space", "read-only", "open-files", "processes", "exec-format"),
    *("glibc-too-old", "clock", "tls-name", "tls-ca", "dns", "proxy-407", "refused", "timeout"),
)
"""Of the tools' causes, those of machine and network: Python says them in the same words."""

RAISED: tuple[Cause, ...] = (
    Cause(
        "out-of-memory",
        r"^MemoryError|Unable to allocate .{1,40} for an array|OutOfMemoryError|out of memory",
        "memory ran out",
        "let it load or compute less at a time, or give the machine (of a service: the option "
        "`memory`) more",
    ),
    Cause(
        "module-missing",
        r"^ModuleNotFoundError: No module named ",
        "a module is imported that is not in that environment",
        "install it for the kernel (`%pip install …`); for a service, import it in a cell that "
        "ships, or put its file beside the notebook",
    ),
    Cause(
        "library-missing",
        r"lib[\w+.-]+\.so[\w.]*: cannot open shared object file",
        "a package needs a system library that is not there",
        "take a variant without it (opencv-python-headless), install the Debian package that has "
        "it, or for an image choose a base with it",
    ),
    Cause(
        "symbol-missing",
        r"undefined symbol: ",
        "a compiled package was made for another version of a library than the one here",
        "install the packages anew, together, so that their versions fit",
    ),
    Cause(
        "name-not-there",
        r"^ImportError: cannot import name ",
        "a package has no such name: it is another version, or another file of that name",
        _FIT,
    ),
    Cause(
        "pickled-name",
        r"Can't get attribute '.{1,200}' on <module",
        "a pickle needs a class or function that is not where it was when it was written",
        "define it in a cell of the notebook or a module beside it, and write the pickle again",
    ),
    Cause(
        "file-missing",
        r"^FileNotFoundError: \[Errno 2\]",
        "a file is read that is not there",
        "paths are looked up from the notebook's folder; a service has no file of it: read the "
        "file in a cell whose value ships as an artifact",
    ),
    Cause(
        "not-permitted",
        r"^PermissionError: \[Errno 13\]",
        "a file may not be read or written there",
        "let the file belong to you; a service can write to its temporary folder alone",
    ),
    Cause(
        "port-taken",
        r"address already in use",
        "another process listens there already",
        "end that process, or use another port",
    ),
    Cause(
        "too-deep",
        r"^RecursionError",
        "a function calls itself without end, or a value is nested too deeply",
        "let the recursion end, or write it as a loop",
    ),
    *(row for row in CAUSES if row.code in _ALSO),
)
