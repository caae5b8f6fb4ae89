"""A call of an endpoint as an HTTP request: where the arguments travel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlencode

from .declare import QUERY_METHODS


def as_request(method: str, path: str, arguments: Mapping[str, object]) -> tuple[str, bytes | None]:
    """Request target and body (JSON, UTF-8) of a call.

    Without a body the arguments are the query: text as it is, anything else as JSON; what is None
    is left out, since a query has no word for it.
    """
    if method not in QUERY_METHODS:
        return path, json.dumps(dict(arguments)).encode()
    words = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in arguments.items()
        if value is not None
    }
    return (f"{path}?{urlencode(words)}" if words else path), None
