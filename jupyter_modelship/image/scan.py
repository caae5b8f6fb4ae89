"""The search for credentials, before anything is built or pushed.

The rules are Kingfisher's (488 of them, with checks of form, entropy and checksums), run in this
process; nobody is asked whether a credential works. What is found is never repeated: a finding
says where it is and what it looks like.
"""

from __future__ import annotations

import base64
import importlib.metadata
import json
import re
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.model import Finding
from jupyter_modelship.places import Places, private

from .catalogue import finding
from .sources import Source

if TYPE_CHECKING:
    from kingfisher_sdk import Finding as Found
    from kingfisher_sdk import Rules

_DISTRIBUTION = "kingfisher-secret-scanner"
_SECONDS = 20.0
"""That one source may take."""
_SURE = frozenset({"medium", "high"})
"""Of a rule's match; below are placeholders such as `user:password@localhost`."""
_PLACEHOLDER = re.compile(
    rb"(?:your|my|the|an?|some)?[-_ ]*(?:access|api|auth|deploy|personal)?[-_ ]*"
    rb"(?:token|password|passwd|pass|secret|key)s?(?:[-_ ]*here)?",
    re.IGNORECASE,
)
"""What stands for a credential in a sentence or an example: `https://NAME:TOKEN@HOST`."""
_SHORTEST = 8
"""Characters of a value that is looked for as it is: shorter ones are words of any text."""
_SHORT_STRING = re.compile(rb"[\x8c\xd9].", re.DOTALL)
"""How a pickle and MessagePack begin one: its length would stand as a letter before it."""
_RUNS = bytes(byte if 0x20 <= byte < 0x7F else 0x0A for byte in range(256))


class Scan:
    """A search that can be used again: its rules take a moment to load, and longer the first time
    on a machine."""

    def __init__(
        self,
        places: Places,
        *,
        own: Mapping[str, str] | None = None,
        rules: Rules | None = None,
    ) -> None:
        """`own`: values that must be nowhere, by the name under which a finding tells of them.
        `rules`: where somebody has loaded them already."""
        loaded = rules if rules is not None else load_rules(places)
        from kingfisher_sdk import Scanner

        self._scanner = Scanner(loaded, redact=True)
        self._own = {name: tuple(_forms(value)) for name, value in (own or {}).items()
                     if len(value) >= _SHORTEST}  # fmt: skip

    def findings(self, sources: Iterable[Source]) -> tuple[Finding, ...]:
        """One for each place and kind. It uses the processor: not for an event loop."""
        return tuple(dict.fromkeys(each for source in sources for each in self._of(source)))

    def _of(self, source: Source) -> Iterator[Finding]:
        for name, forms in self._own.items():
            at = min((at for form in forms if (at := source.data.find(form)) >= 0), default=-1)
            if at >= 0:
                yield _told("secret-own", f"the value of {name}", source, _line(source.data, at))
        text = _readable(source.data)
        try:
            matches: list[Found] = self._scanner.scan(text, timeout=_SECONDS)
        except TimeoutError:
            yield _told("secret-unscanned", "too much", source)
            return
        for match in matches:
            if match.visible and match.confidence in _SURE and not _stands_for_one(match, text):
                kind = match.rule_id.rpartition(".")[2].rpartition("/")[2]
                told = f"what looks like a credential ({kind})"
                line = match.location["line"] if text is source.data else None
                yield _told("secret-found", told, source, line)
        if not source.whole:
            yield _told("secret-unscanned", "more than is searched", source)


def load_rules(places: Places) -> Rules:
    """A quarter of a second of one processor. Raises ModelshipError where there are none."""
    try:
        from kingfisher_sdk import Rules  # 0.1 s, and only who builds images pays it
    except ImportError as error:  # no wheel for this system: then nothing is built unsearched
        raise ModelshipError(
            "the search for credentials cannot start, so no image is made",
            remedy="install `kingfisher-secret-scanner` beside jupyter-modelship; it needs "
            "glibc 2.28 or macOS",
            detail=str(error),
        ) from error
    kept = private(places.cache / "credential-rules")
    return Rules(cache_dir=str(kept), confidence="medium")


def rules_version() -> str:
    """Which rules there are; empty where there are none."""
    try:
        return importlib.metadata.version(_DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _stands_for_one(match: Found, text: bytes) -> bool:
    place = match.location
    return bool(_PLACEHOLDER.fullmatch(text, place["start_offset"], place["end_offset"]))


def _told(code: str, what: str, source: Source, line: int | None = None) -> Finding:
    where = f"{source.name}, line {line}," if line else source.name
    return finding(
        code,
        f"{where} holds {what}",
        cell=source.cell,
        number=source.number,
        line=line if source.code else None,
    )


def _readable(data: bytes) -> bytes:
    """Text as it is; of anything else (a pickle, an array) the runs of readable characters, which
    the rules expect to stand by themselves."""
    if b"\0" not in data and data[:1] != b"\x80":
        return data
    return _SHORT_STRING.sub(b"\n\n", data).translate(_RUNS)


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1


def _forms(value: str) -> Iterator[bytes]:
    """How a value may be written: as it is, in JSON, in Python, in a URL, in hexadecimal digits,
    in base 64 by itself or after a name (`name:value`)."""
    told = value.encode()
    yield told
    yield json.dumps(value)[1:-1].encode()
    yield json.dumps(value, ensure_ascii=False)[1:-1].encode()
    yield repr(value)[1:-1].encode()
    yield ascii(value)[1:-1].encode()
    yield urllib.parse.quote(value, safe="").encode()
    yield urllib.parse.quote(value).encode()
    yield told.hex().encode()
    yield told.hex().upper().encode()
    for before in range(3):
        text = _within_base64(told, before)
        yield text
        yield text.translate(_URL_SAFE)


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _within_base64(value: bytes, before: int) -> bytes:
    """What base 64 (RFC 4648) makes of `value` after `before` bytes more than a multiple of three,
    without the digits that its neighbours have a part in."""
    first = -(-before * 8 // 6)
    last = (before + len(value)) * 8 // 6
    return base64.b64encode(bytes(before) + value)[first:last]
