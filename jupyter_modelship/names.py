"""Safe names: what people type becomes a DNS label that cannot collide with another one.

Rules: RFC 1123 label, at most 63 characters, begins with a letter. A name that had to be changed
ends in a hash of what it names, so that two different inputs never meet.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

_LABEL = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_HASHED = re.compile(r".*--[0-9a-f]{8}")
LIMIT = 63


def is_label(name: str) -> bool:
    """Whether `name` can name a service as it stands."""
    return _LABEL.fullmatch(name) is not None and _HASHED.fullmatch(name) is None


def label(name: str) -> str:
    """A DNS label for `name`: itself where it is one, else a readable part and a hash of it."""
    if is_label(name):
        return name
    ascii_text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")
    if not words[:1].isalpha():
        words = f"n-{words}".rstrip("-")
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{words[: LIMIT - 10].rstrip('-')}--{digest}"


def short(digest: str) -> str:
    """The first six digits of a digest: how plans and bundles are shown to people."""
    return digest[:6]
