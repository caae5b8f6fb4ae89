"""Why a package index gave nothing: what uv writes of it, told as cause, evidence and remedy.

Each row is tested with a real uv and an index that fails so (tests/environment).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from jupyter_modelship.errors import StageFailed

_SETTINGS = "UV_INDEX and UV_DEFAULT_INDEX, uv.toml or pip.conf"
_LOGIN = f"give name and password where uv and pip look for them: .netrc, {_SETTINGS}"
_EVIDENCE = 400
"""Characters."""

Kind = Literal["refused", "away"]
"""Somebody said no, or nobody could be asked: only then what is in uv's cache may do."""


@dataclass(frozen=True, slots=True)
class Row:
    code: str
    kind: Kind
    signs: str
    """A regular expression over uv's standard error, case ignored."""
    cause: str
    """With INDEX for the host."""
    remedy: str


ROWS: tuple[Row, ...] = (
    Row(
        "index-401",
        "refused",
        r"lack of valid authentication credentials|401 unauthorized",
        "the package index INDEX wants a login, or does not know the one it got (401)",
        _LOGIN,
    ),
    Row(
        "index-403",
        "refused",
        r"403 forbidden",
        "the package index INDEX does not let this account in (403)",
        "ask its administrator for the right to read, or " + _LOGIN,
    ),
    Row(
        "index-429",
        "refused",
        r"429 too many requests",
        "the package index INDEX wants fewer requests (429)",
        "run it again in a while; what was fetched already is kept",
    ),
    Row(
        "index-tls-name",
        "refused",
        r"not valid for name|NotValidForName",
        "the certificate of the package index INDEX is for another name",
        "use the host's name as its certificate has it",
    ),
    Row(
        "index-tls-time",
        "refused",
        r"certificate.{0,40}(?:expired|not valid yet)|NotValidYet|\bExpired\b",
        "the certificate of the package index INDEX is out of date, or this machine's clock is "
        "wrong",
        "compare the clock (`date`); if it is right, the certificate has to be renewed",
    ),
    Row(
        "index-tls",
        "refused",
        r"invalid peer certificate|UnknownIssuer|certificate verify failed",
        "the package index INDEX has a certificate from an authority that is not known here",
        "name the file with that authority's certificate: SSL_CERT_FILE, or `cert` in pip.conf",
    ),
    Row(
        "index-no-tls",
        "refused",
        r"InvalidContentType|wrong version number|received corrupt message",
        "the package index INDEX speaks plain HTTP where TLS was expected",
        "check whether its address begins with http:// or https://",
    ),
    Row(
        "index-gone",
        "refused",
        r"HTTP status client error \(4\d\d",
        "the package index INDEX does not have a file that its own page names, or does not give it",
        "run it again; if it stays, tell the index's administrator",
    ),
    Row(
        "index-5xx",
        "refused",
        r"HTTP status server error \(5\d\d",
        "the package index INDEX has a failure of its own",
        "run it again in a while; tell its administrator",
    ),
    Row(
        "index-dns",
        "away",
        r"dns error|failed to lookup address|name or service not known",
        "the package index INDEX cannot be reached: there is no host of that name",
        f"check the name ({_SETTINGS}), and whether this machine reaches its network (VPN)",
    ),
    Row(
        "index-nobody",
        "away",
        r"connection refused",
        "the package index INDEX cannot be reached: nobody listens there",
        f"check host and port ({_SETTINGS}), and whether the index is up",
    ),
    Row(
        "index-silent",
        "away",
        r"failed to fetch|error sending request|could not connect|tcp connect error|timed? ?out"
        r"|network was disabled",
        "the package index INDEX cannot be reached",
        f"check the network and the index settings ({_SETTINGS}); what was locked before needs no "
        "network",
    ),
)
_COMPILED = tuple((row, re.compile(row.signs, re.IGNORECASE)) for row in ROWS)


@dataclass(frozen=True, slots=True)
class Unreached:
    code: str
    kind: Kind
    host: str
    """`host:port`, where uv says it."""
    evidence: str
    """uv's line that shows it."""
    cause: str
    remedy: str

    def failure(self, whole: str) -> StageFailed:
        """The error, its detail the evidence and then all of uv's words."""
        return StageFailed(self.cause, remedy=self.remedy, detail=f"{self.evidence}\n\n{whole}")


def unreached(errors: str) -> Unreached | None:
    """What uv's words, which hold no credentials any more, say of an index; None where it is
    something else."""
    for row, signs in _COMPILED:
        found = signs.search(errors)
        if found is None:
            continue
        evidence = _line(errors, found.start())
        host = _host(evidence) or _host(errors)
        cause = re.sub(" +", " ", row.cause.replace("INDEX", host))
        return Unreached(row.code, row.kind, host, evidence, cause, row.remedy)
    return None


def _line(text: str, place: int) -> str:
    start = text.rfind("\n", 0, place) + 1
    end = text.find("\n", place)
    return text[start : end if end >= 0 else len(text)].strip()[:_EVIDENCE]


def _host(text: str) -> str:
    found = re.search(r"https?://([^/\s`)]+)", text)
    return found[1] if found else ""
