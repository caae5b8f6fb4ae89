"""Why a build from source failed: what compilers and backends write, as cause and remedy."""

from __future__ import annotations

import re

from jupyter_modelship.errors import StageFailed

_OR = "here by your system's package manager, for an image with the option `apt`"
CAUSES = (
    (
        (
            r"(?:command|execvp).{0,20}['\"]?(?:\S*-)?(?:gcc|cc|g\+\+|clang)\S*['\"]?.{0,40}"
            r"(?:not found|no such file|failed: no)|unable to find (?:a )?compatible compiler"
            r"|unknown compiler\(s\)|no such file or directory: '(?:\S*-)?(?:gcc|cc|g\+\+)'"
        ),
        "there is no C compiler",
        f"install one: `gcc` (`g++` for C++) and `libc6-dev`, {_OR}",
    ),
    (
        r"Python\.h: no such file",
        "Python's own headers are not there",
        f"install them: `python3-dev`, {_OR}",
    ),
    (
        r"fatal error: (\S+\.h\w*): no such file",
        "a header of a library is not there: {0}",
        f"install the library's package whose name ends in `-dev`, {_OR}",
    ),
    (
        r"cannot find -l([\w.+-]+)",
        "a library to link with is not there: {0}",
        f"install the library's package whose name ends in `-dev`, {_OR}",
    ),
    (
        r"(?:cargo|rustc).{0,60}(?:not found|not installed|no such file)|can't find rust compiler",
        "there is no Rust compiler",
        f"install `cargo` and `rustc`, {_OR}",
    ),
    (
        r"ModuleNotFoundError: No module named '([\w.]+)'",
        "its build imports {0}, which its list of what it needs does not have",
        "tell its makers (`build-system.requires`), or publish a wheel of it on your index",
    ),
    (
        r"no space left on device",
        "the disk is full",
        "free some space (`jupyter modelship prune`), then run it again",
    ),
)
"""Sign over the whole output (case ignored), cause, remedy; {0} is what the sign has caught."""


def explained(what: str, output: str) -> StageFailed:
    """The error for a build that did not work: `what`, and why where that is recognised."""
    for signs, cause, remedy in CAUSES:
        if found := re.search(signs, output, re.IGNORECASE):
            caught = found[1] if found.groups() and found[1] else ""
            return StageFailed(
                f"{what}: {cause.format(caught)}", remedy=remedy, detail=output.strip()
            )
    return StageFailed(
        what,
        remedy="the last lines of its build say why; a wheel of it on your index needs no build",
        detail=output.strip(),
    )
