"""Digests of files and facts."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from jupyter_modelship.places import Places, private


def key(facts: Mapping[str, object]) -> str:
    """The key of whatever `facts` (JSON data; other values by their repr) decide."""
    text = json.dumps(facts, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """sha256 of a file's content."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def sealed(values: Mapping[str, str], places: Places) -> dict[str, str]:
    """What tells that a value has changed, and nothing about the value: a digest of each, keyed
    by a random file of this user's (RFC 2104), so that short secrets cannot be tried out."""
    if not values:
        return {}
    seal = _seal(private(places.cache) / "seal")
    return {
        name: hmac.new(seal, f"{name}={value}".encode(), "sha256").hexdigest()
        for name, value in sorted(values.items())
    }


def _seal(path: Path) -> bytes:
    """The random key, made where it is missing, whole; of two makers the first one's counts."""
    if not path.exists():
        aside = path.with_name(f"{path.name}-{secrets.token_hex(4)}")
        aside.touch(0o600)
        aside.write_bytes(secrets.token_bytes(32))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(aside)
        aside.unlink()
    return path.read_bytes()
