"""Bearer tokens from a file, compared in constant time, read again when the file changes."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from pathlib import Path

LOOK_SECONDS = 1.0


class TokenFile:
    """Any line of the file is a valid token, so that tokens can be exchanged one by one.

    A file that cannot be read any more leaves the last tokens valid; an empty one lets nobody in.
    Raises OSError when it cannot be read at first.
    """

    def __init__(self, path: Path, on_trouble: Callable[[OSError], None]) -> None:
        self._path = path
        self._on_trouble = on_trouble
        self._tokens: tuple[bytes, ...] = ()
        self._stamp: tuple[int, int, int] | None = None
        self._looked = time.monotonic()
        self._read()

    def admits(self, authorization: str | None) -> bool:
        """Whether an Authorization header carries a valid token (RFC 6750)."""
        if time.monotonic() - self._looked > LOOK_SECONDS:
            self.look()
        scheme, _, given = (authorization or "").partition(" ")
        presented = given.strip().encode("utf-8", "replace")
        valid = [hmac.compare_digest(presented, token) for token in self._tokens]
        return scheme.lower() == "bearer" and any(valid)

    def look(self) -> None:
        """Read the file again if it has changed."""
        self._looked = time.monotonic()
        try:
            self._read()
        except OSError as error:
            self._on_trouble(error)

    def _read(self) -> None:
        facts = self._path.stat()
        stamp = (facts.st_mtime_ns, facts.st_ino, facts.st_size)
        if stamp != self._stamp:
            lines = self._path.read_bytes().splitlines()
            self._tokens = tuple(line.strip() for line in lines if line.strip())
            self._stamp = stamp
