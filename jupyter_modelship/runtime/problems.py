"""Error replies: a closed vocabulary after RFC 9457, with nothing of the service's inside in it.

What went wrong inside goes to the log; the reply carries the request id that finds it there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

MEDIA_TYPE = "application/problem+json"


class Kind(NamedTuple):
    """One word of the vocabulary."""

    slug: str
    status: int
    title: str


MALFORMED = Kind("malformed", 400, "The request is not well-formed.")
UNAUTHORIZED = Kind("unauthorized", 401, "A valid bearer token is required.")
NOT_FOUND = Kind("not-found", 404, "There is nothing at this path.")
METHOD = Kind("method-not-allowed", 405, "This path does not take this method.")
SLOW = Kind("request-timeout", 408, "The request took too long to arrive.")
TOO_LARGE = Kind("body-too-large", 413, "The request body is too large.")
URI_TOO_LONG = Kind("uri-too-long", 414, "The query is too long.")
MEDIA = Kind("unsupported-media-type", 415, "The body must be application/json, not compressed.")
INVALID = Kind("invalid-arguments", 422, "The arguments do not fit the endpoint.")
INTERNAL = Kind("internal-error", 500, "The endpoint failed.")
RESULT = Kind("result-not-json", 500, "The endpoint's result cannot be sent as JSON.")
OVERLOADED = Kind("overloaded", 503, "The service is busy.")
NOT_READY = Kind("not-ready", 503, "The service is not ready.")
TIME_LIMIT = Kind("time-limit", 504, "The endpoint took too long.")

VOCABULARY = (
    MALFORMED,
    UNAUTHORIZED,
    NOT_FOUND,
    METHOD,
    SLOW,
    TOO_LARGE,
    URI_TOO_LONG,
    MEDIA,
    INVALID,
    INTERNAL,
    RESULT,
    OVERLOADED,
    NOT_READY,
    TIME_LIMIT,
)


class Flaw(NamedTuple):
    """What is wrong at a place of the request, by JSON pointer (RFC 6901; "" is all of it)."""

    pointer: str
    message: str


class Refused(Exception):
    """The request gets a problem for an answer. `flaws` are about the client's own input."""

    def __init__(self, kind: Kind, flaws: Sequence[Flaw] = ()) -> None:
        super().__init__(kind.slug)
        self.kind = kind
        self.flaws = tuple(flaws)


def body(kind: Kind, request_id: str, flaws: Sequence[Flaw] = ()) -> bytes:
    """The problem as JSON."""
    document: dict[str, object] = {
        "type": f"urn:modelship:problem:{kind.slug}",
        "title": kind.title,
        "status": kind.status,
        "request_id": request_id,
    }
    if flaws:
        document["detail"] = flaws[0].message
        document["errors"] = [{"pointer": flaw.pointer, "message": flaw.message} for flaw in flaws]
    return msgspec.json.encode(document)
