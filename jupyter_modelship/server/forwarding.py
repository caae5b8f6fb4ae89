"""What of a request goes on to a service, and what of its reply comes back.

The rules of a gateway (RFC 9110, 7.6) and some of our own: nothing that belongs to Jupyter reaches
the service, and nothing that the service says can act in Jupyter's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, unquote_plus

from jupyter_modelship.errors import UsageError

_NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PATH = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")
_QUERY = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?\[\]|^`{}\"<>\\-]|%[0-9A-Fa-f]{2})*")
_HIDDEN = re.compile(r"%(?:2f|5c|[01][0-9a-f]|7f)", re.IGNORECASE)
"""Encoded slashes and control characters: no endpoint has them, and not all servers agree."""

HOP_BY_HOP = frozenset(
    {
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_OURS = frozenset(
    {
        "authorization",
        "cookie",
        "forwarded",
        "host",
        "origin",
        "referer",
        "via",
        "x-real-ip",
        "x-scheme",
        "x-xsrftoken",
        "x-csrftoken",
    }
)
"""What speaks for the user to Jupyter, or tells how they came here."""
_OURS_BEGIN = ("sec-", "x-forwarded-", "x-jupyter", "cf-", "access-control-")
_BACK = frozenset(
    {
        "allow",
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-length",
        "content-type",
        "etag",
        "expires",
        "last-modified",
        "retry-after",
        "vary",
        "x-request-id",
    }
)
"""All that comes back; a service can set no cookie, open no origin, redirect nowhere."""
GUARDS = (("Content-Security-Policy", "sandbox"), ("X-Content-Type-Options", "nosniff"))
"""On every reply: what a service sends runs no script with Jupyter's rights."""


class BadAddress(UsageError):
    """A path that no service has."""

    code = "bad-address"


def is_service(name: str) -> bool:
    """Whether the name, as it stands in an address, can be a service's."""
    return _NAME.fullmatch(name) is not None


def address(path: str, query: str, *, token: str) -> str:
    """Path and query for the service, from those of the request as they came, still encoded.

    `token` is Jupyter's own: it is left out of the query. Raises BadAddress.
    """
    decoded = unquote(path).split("/")
    if not _PATH.fullmatch(path) or _HIDDEN.search(path) or "." in decoded or ".." in decoded:
        raise BadAddress(
            f"{path!r:.200} is no path of a service",
            remedy="name an endpoint as its description does, without `.`, `..` or encoded slashes",
        )
    if not _QUERY.fullmatch(query):
        raise BadAddress("the query holds what has to be encoded", remedy="percent-encode it")
    kept = "&".join(part for part in query.split("&") if not _is_jupyters(part, token))
    return f"{path}?{kept}" if kept else path


def _is_jupyters(part: str, token: str) -> bool:
    name, _, value = part.partition("=")
    name = unquote_plus(name)
    return name == "_xsrf" or (name == "token" and bool(token) and unquote_plus(value) == token)


def onward(fields: Iterable[tuple[str, str]], *, token: str) -> list[tuple[str, str]]:
    """Header fields for the service; `token` is the one that it asks for, "" for none."""
    fields = list(fields)
    named = {*_connection(fields), *HOP_BY_HOP, *_OURS}
    kept = [
        (name, value)
        for name, value in fields
        if name.lower() not in named and not name.lower().startswith(_OURS_BEGIN)
    ]
    return [*kept, ("Authorization", f"Bearer {token}")] if token else kept


def back(fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Header fields of the service's reply for the browser, with our guards."""
    fields = list(fields)
    named = frozenset(_connection(fields))
    kept = [
        (name, value)
        for name, value in fields
        if name.lower() in _BACK and name.lower() not in named
    ]
    return [*kept, *GUARDS]


def _connection(fields: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Fields that `Connection` declares to be for the next hop only."""
    for name, value in fields:
        if name.lower() == "connection":
            yield from (part.strip().lower() for part in value.split(","))
