"""What a fast JSON decoder lets pass, and where in the document it is.

The decoder has no eye for duplicate keys and little for depth; Python's own `json` accepts NaN,
1e400, lone surrogates and duplicate keys (RFC 8259 leaves all of these to the implementation).
Here they are refused. The good path costs two counts over the bytes; only bodies that fail, or
could hold a duplicate key, are read a second time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from .problems import INVALID, MALFORMED, Flaw, Refused

EXPLAINED = 65_536
"""Bytes up to which a refused body is read again to say where the flaw is."""
DIGITS = 308
_SHOWN = 5
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEP = re.compile(r"\[(\d+)\]|\.([^.\[]+)")


_TOKEN = re.compile(
    rb'"[^"\\]*(?:\\.[^"\\]*)*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?', re.DOTALL
)


def whole(body: bytes, error: Exception) -> bytes | None:
    """The body with `1.0` written as `1`, where it was refused for such a number.

    JSON Schema's `integer` is a number without a fraction however it is written (2020-12,
    validation, section 6.1.1); the decoder goes by the writing. None where that is not the cause,
    or the body is too long to be read again.
    """
    if len(body) > EXPLAINED or "got `float`" not in str(error):
        return None
    return _TOKEN.sub(_whole, body)


def _whole(token: re.Match[bytes]) -> bytes:
    text = token[0]
    if text.startswith(b'"') or not {*b".eE"} & {*text}:
        return text
    number = Decimal(text.decode())
    if abs(number.adjusted()) > DIGITS or number != number.to_integral_value():
        return text
    return str(int(number)).encode()


def too_deep(body: bytes, limit: int) -> bool:
    """Whether arrays and objects nest deeper than `limit`."""
    if body.count(b"[") + body.count(b"{") <= limit:
        return False
    level = 0
    for mark in _STRING.sub(b"", body).translate(None, _NOT_BRACKETS):
        level += 1 if mark in b"[{" else -1
        if level > limit:
            return True
    return False


def refuse_duplicates(body: bytes) -> None:
    """Raise Refused when an object of a well-formed document has a key twice."""
    try:
        json.loads(body.decode(), object_pairs_hook=_unique)
    except _DuplicateKey as error:
        flaws = _flaws(body) if len(body) <= EXPLAINED else ()
        fallback = (Flaw("", f"the key {error.args[0]!r} appears twice"),)
        raise Refused(MALFORMED, tuple(flaws) or fallback) from None


def refusal(body: bytes, error: Exception, depth_limit: int) -> Refused:
    """The answer to a body that the typed decoder did not take: 400 where it is no clean JSON,
    422 where it is JSON of another type."""
    malformed = tuple(_malformed(body, depth_limit))
    if malformed:
        return Refused(MALFORMED, malformed)
    message = str(error)
    if isinstance(error, msgspec.ValidationError) and "out of range" not in message:
        return Refused(INVALID, (flaw_of(message, body),))
    return Refused(MALFORMED, (Flaw("", "the body is not JSON that this service reads"),))


def flaw_of(message: str, body: bytes | None = None) -> Flaw:
    """A flaw from msgspec's words, "Expected `float`, got `str` - at `$.row[2]`"."""
    text, _, path = message.partition(" - at `$")
    path = path.removesuffix("`")
    document = None
    if body is not None and len(body) <= EXPLAINED:
        document = msgspec.json.decode(body)
    pointer = "".join(_steps(path, document))
    _, unknown, name = text.partition("Object contains unknown field `")
    if unknown:
        pointer += escape(name.removesuffix("`"))
    return Flaw(pointer, text)


def escape(key: str) -> str:
    """One reference token of a JSON pointer, with its slash."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _steps(path: str, document: object) -> Iterator[str]:
    """msgspec writes keys as they are: the document tells a dot in a key from a step."""
    while path:
        if isinstance(document, dict) and path.startswith("."):
            fitting = [key for key in document if path[1:].startswith(key)]
            if fitting:
                key = max(fitting, key=len)
                document, path = document[key], path[1 + len(key) :]
                yield escape(key)
                continue
        step = _STEP.match(path)
        if step is None:  # "[...]": a key of a mapping, which msgspec does not name
            return
        path = path[step.end() :]
        if step[1] is not None:
            index = int(step[1])
            inside = isinstance(document, list) and index < len(document)
            document = document[index] if inside else None  # type: ignore[index]  # a list
            yield f"/{index}"
        else:
            document = None
            yield escape(step[2])


class _DuplicateKey(Exception):
    pass


def _unique(pairs: list[tuple[str, object]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _DuplicateKey(key)
            seen.add(key)


def _malformed(body: bytes, depth_limit: int) -> Iterator[Flaw]:
    if body.startswith(b"\xef\xbb\xbf"):
        yield Flaw("", "the body begins with a byte order mark")
        return
    try:
        body.decode()
    except UnicodeDecodeError as error:
        yield Flaw("", f"the body is not UTF-8, at byte {error.start}")
        return
    if too_deep(body, depth_limit):
        yield Flaw("", f"arrays and objects nest deeper than {depth_limit}")
    elif len(body) <= EXPLAINED:
        yield from _flaws(body)
    else:
        try:
            msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError):
            yield Flaw("", "the body is not JSON that this service reads")


class _Mark:
    """Stands in the document where something is wrong."""

    def __init__(self, message: str) -> None:
        self.message = message


def _flaws(body: bytes) -> list[Flaw]:
    try:
        document = json.loads(
            body.decode(),  # bytes would be looked at for UTF-16 first
            parse_constant=lambda word: _Mark(f"{word} is not a JSON number"),
            parse_float=_finite,
            parse_int=_short,
            object_pairs_hook=_marked,
        )
    except json.JSONDecodeError as error:
        return [Flaw("", f"not JSON: {error.msg}, at character {error.pos}")]
    return [flaw for flaw, _ in zip(_walk(document, ""), range(_SHOWN))]  # noqa: B905 - it is a cut


def _finite(text: str) -> object:
    value = float(text)
    return value if abs(value) != float("inf") else _Mark("the number is out of range")


def _short(text: str) -> object:
    return 0 if len(text) <= DIGITS else _Mark("the number is out of range")


def _marked(pairs: list[tuple[str, object]]) -> object:
    document: dict[str, object] = {}
    for key, value in pairs:
        document[key] = _Mark("the key appears twice") if key in document else value
    return document


def _walk(value: object, at: str) -> Iterator[Flaw]:
    if isinstance(value, _Mark):
        yield Flaw(at, value.message)
    elif isinstance(value, str):
        if _lone(value):
            yield Flaw(at, "the text holds half of a surrogate pair")
    elif isinstance(value, dict):
        for key, item in value.items():
            if _lone(key):
                yield Flaw(at, "a key holds half of a surrogate pair")
            else:
                yield from _walk(item, at + escape(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, f"{at}/{index}")


def _lone(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
