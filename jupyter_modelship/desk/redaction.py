"""Takes out of a text what is a secret, and who and where somebody is.

A guard rail: what it does not know as a secret it can only guess by its shape. So people see the
text before it goes anywhere.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
from collections.abc import Iterable
from pathlib import Path

from jupyter_modelship.places import Places
from jupyter_modelship.runs.configuration import values_file

MASK = "***"
SHORTEST = 4
"""Characters of a secret; what is shorter is found anywhere by accident."""
_SECRET_NAME = re.compile(r"(?i)TOKEN|SECRET|PASSW|PASSPHRASE|API_?KEY|ACCESS_KEY|CREDENTIAL")
_LINE = re.compile(r"\s*(?:export\s+)?[A-Za-z_]\w*\s*=\s*(.*?)\s*")

_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*-----|\Z)"),
        "*** private key ***",
    ),
    (re.compile(r"(?i)(\b[a-z][a-z0-9+.-]{0,20}://)[^\s/@]{1,500}@"), rf"\1{MASK}@"),
    (
        re.compile(r"(?i)(\b(?:bearer|basic|token)\s+)(?=\S*\d)[A-Za-z0-9._~+/=-]{8,}"),
        rf"\1{MASK}",
    ),
    (
        re.compile(
            r"""(?i)(\b[\w-]{0,40}(?:token|secret|passw(?:or)?d|passphrase|api[_-]?key|"""
            r"""access[_-]?key|authorization|cookie|_xsrf)[\w-]{0,40}["']?\s{0,3}[=:]\s{0,3})"""
            r"""(?:"[^"\n]*"|'[^'\n]*'|[^\s,;&)}\]]+)"""
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?"), MASK),
    (re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|hf_|sk-|xox[abprs]-|pypi-)[\w-]{10,}"), MASK),
    (re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"), MASK),
    (re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), "*** e-mail ***"),
    (re.compile(r"(?:/home|/Users|/export/home)/[^\s/:'\"]+"), "~"),
    (re.compile(r"[A-Za-z]:\\Users\\[^\s\\:'\"]+"), "~"),
)
"""What looks like a secret or a person, and what stands for it."""


class Redaction:
    """What this user's texts are cleaned of. `people`: names that the server knows them by."""

    def __init__(
        self, *, secrets: Iterable[str] = (), people: Iterable[str] = (), homes: Iterable[str] = ()
    ) -> None:
        known = {form for value in secrets if len(value) >= SHORTEST for form in _forms(value)}
        self._secrets = sorted(known, key=len, reverse=True)
        self._homes = sorted({home for home in homes if len(home) > 1}, key=len, reverse=True)
        self._words = [
            _word(name) for name in sorted(set(people), key=len, reverse=True) if len(name) > 1
        ]

    def text(self, text: str) -> str:
        """The text without them."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        for home in self._homes:
            text = re.sub(rf"{re.escape(home)}(?=$|[/\s:'\"`,;)\]])", "~", text)
        for shape, stands in _SHAPES:
            text = shape.sub(stands, text)
        for word, stands in self._words:
            text = word.sub(stands, text)
        return text


def redaction(
    places: Places,
    service: str,
    *,
    people: Iterable[str] = (),
    tokens: Iterable[str] = (),
    token_file: Path | None = None,
) -> Redaction:
    """The redaction for what is said of a service: all its values, the tokens and the secrets of
    this process's environment, this user and this machine."""
    environment = [value for name, value in os.environ.items() if _SECRET_NAME.search(name)]
    values = _values(values_file(places, service))
    if token_file is not None:
        values += _words_of(token_file)
    home = Path.home()
    return Redaction(
        secrets=[*environment, *values, *tokens],
        people=[*people, *_user(), socket.gethostname()],
        homes=[str(home), str(home.resolve()), os.environ.get("HOME", "")],
    )


def _values(path: Path) -> list[str]:
    """All values of the file, in quotes or not, whatever their names."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    found = [matched[1] for line in lines if (matched := _LINE.fullmatch(line))]
    return [form for value in found for form in (value, value.strip("'\""))]


def _words_of(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        return []


def _user() -> list[str]:
    try:
        return [getpass.getuser()]
    except (KeyError, OSError):
        return []


def _word(name: str) -> tuple[re.Pattern[str], str]:
    return re.compile(rf"(?<![\w]){re.escape(name)}(?![\w])", re.IGNORECASE), "***"


def _forms(value: str) -> tuple[str, ...]:
    """The value as it is, and inside a string of JSON or Python."""
    return (
        value,
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
    )
