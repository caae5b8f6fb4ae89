"""Values of `env` and `secrets`: declared by name, read from a file that only its owner can read.

They are never in plan, bundle, image, journal or log; nothing here prints one.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_modelship.model import Finding

from .catalogue import finding

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "$": "$"}


@dataclass(frozen=True, slots=True)
class Values:
    """The values of the declared names; they stay out of `repr`."""

    by_name: Mapping[str, str] = field(default_factory=dict, repr=False)
    findings: tuple[Finding, ...] = ()


def read_values(path: Path, names: Sequence[str]) -> Values:
    """The values of `names` from lines `NAME=value` in `path` (mode 0600, ours).

    Quotes as in a shell: '…' verbatim, "…" with \\n, \\t, \\" and \\\\; `#` begins a comment.
    Other names in the file are left alone.
    """
    if not names:
        return Values()
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return Values({}, tuple(_missing(path, names)))
    refused = _refusal(path, os.fstat(descriptor))
    if refused is not None:
        os.close(descriptor)
        return Values({}, (refused,))
    with os.fdopen(descriptor, encoding="utf-8", errors="surrogateescape") as file:
        found, findings = _parse(path, file.read())
    values = {name: found[name] for name in names if name in found}
    findings += _missing(path, [name for name in names if name not in found])
    return Values(values, tuple(findings))


def _refusal(path: Path, facts: os.stat_result) -> Finding | None:
    if not stat.S_ISREG(facts.st_mode):
        return finding("values-open", f"{path} is not a file", remedy="put a file there")
    if facts.st_uid != os.getuid():
        return finding(
            "values-open",
            f"{path} belongs to somebody else",
            remedy="make a file of your own with `install -m 600`",
        )
    if stat.S_IMODE(facts.st_mode) & 0o077:
        return finding(
            "values-open", f"{path} can be read by others", remedy=f"run `chmod 600 {path}`"
        )
    return None


def _missing(path: Path, names: Sequence[str]) -> Iterator[Finding]:
    for name in names:
        yield finding(
            "values-missing",
            f"`{name}` is declared and has no value in {path}",
            remedy=f"run `(umask 077; cat >> {path})`, type `{name}=` and the value, "
            "then Enter and Ctrl-D",
        )


def _parse(path: Path, content: str) -> tuple[dict[str, str], list[Finding]]:
    values: dict[str, str] = {}
    findings: list[Finding] = []
    for number, raw in enumerate(content.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        matched = _LINE.fullmatch(line)
        value = _unquoted(matched[2]) if matched else None
        if matched is None or value is None or "\0" in value:
            findings.append(finding("values-line", f"{path}, line {number} is not `NAME=value`"))
        else:
            values[matched[1]] = value
    return values, findings


def _unquoted(text: str) -> str | None:
    """The value without its quotes; None when a quote does not close."""
    if text.startswith("'"):
        found = re.fullmatch(r"'([^']*)'\s*(?:#.*)?", text)
        return found[1] if found else None
    if text.startswith('"'):
        found = re.fullmatch(r'"((?:[^"\\]|\\.)*)"\s*(?:#.*)?', text)
        if found is None:
            return None
        return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[0]), found[1])
    return re.sub(r"\s+#.*$", "", text).strip()
