"""The journal's file: tables, format number, how it is opened, and what its troubles mean."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import HOME_VARIABLE

from . import disks

NAME = "journal.sqlite"
FORMAT = 1
BUSY_SECONDS = 15.0
SPACE = 4 << 20
"""Bytes that a run's events and the write-ahead log want at most."""

_TABLES = (
    """
    CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        digest TEXT NOT NULL,
        service TEXT NOT NULL,
        target TEXT NOT NULL,
        notebook TEXT NOT NULL,
        notebook_digest TEXT NOT NULL,
        plan_digest TEXT NOT NULL,
        body TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN
            ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted')),
        created REAL NOT NULL,
        started REAL,
        finished REAL,
        attempts INTEGER NOT NULL DEFAULT 0,
        cancel INTEGER NOT NULL DEFAULT 0,
        error TEXT,
        result TEXT,
        record TEXT
    ) STRICT
    """,
    """
    CREATE UNIQUE INDEX one_active_run_per_service ON runs (service)
        WHERE state IN ('queued', 'running', 'interrupted')
    """,
    "CREATE INDEX runs_by_service ON runs (service, created)",
    """
    CREATE TABLE events (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        seq INTEGER NOT NULL,
        time REAL NOT NULL,
        stage TEXT NOT NULL,
        kind TEXT NOT NULL,
        payload TEXT NOT NULL,
        PRIMARY KEY (run, seq)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE effects (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        intended REAL NOT NULL,
        intent TEXT NOT NULL,
        done REAL,
        result TEXT,
        PRIMARY KEY (run, name)
    ) STRICT, WITHOUT ROWID
    """,
)

MIGRATIONS: Mapping[int, tuple[str, ...]] = {0: _TABLES}
"""Format n -> the statements that make format n + 1 of it. 0 is an empty file. Never edit one
that a release has shipped: add the next."""


def connect(place: Path) -> sqlite3.Connection:
    """Open the journal at `place`, made or brought to today's format where needed.

    Raises ModelshipError for a newer format, a full or read-only disk, a damaged file.
    """
    if sqlite3.sqlite_version_info < (3, 37):
        raise ModelshipError(
            f"this Python's SQLite is {sqlite3.sqlite_version}; the journal needs 3.37 or newer",
            remedy=f"use another Python than {sys.executable}",
        )
    with explained(place):
        _make_private(place)
        connection = sqlite3.connect(place, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            _set_journal_mode(connection, "delete" if disks.is_network(place) else "wal")
            _migrate(connection, place)
        except BaseException:
            connection.close()
            raise
    return connection


def _make_private(place: Path) -> None:
    """Mode 0600. O_EXCL: closing a descriptor of a database in use would drop SQLite's locks."""
    if not place.exists():
        with contextlib.suppress(FileExistsError):
            os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _set_journal_mode(connection: sqlite3.Connection, wanted: str) -> None:
    """A rollback journal on network disks: write-ahead logs need memory shared by all users."""
    (found,) = connection.execute("PRAGMA journal_mode").fetchone()
    if found != wanted:
        connection.execute(f"PRAGMA journal_mode={wanted}")


def _migrate(connection: sqlite3.Connection, place: Path) -> None:
    if _format(connection, place) == FORMAT:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in range(_format(connection, place), FORMAT):
            for statement in MIGRATIONS[step]:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version={FORMAT}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _format(connection: sqlite3.Connection, place: Path) -> int:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > FORMAT:
        raise ModelshipError(
            f"{place} was written by a newer jupyter_modelship"
            f" (format {found}, this one knows {FORMAT})",
            remedy=f"upgrade jupyter_modelship, or set {HOME_VARIABLE} to another folder",
        )
    return int(found)


@contextlib.contextmanager
def explained(place: Path) -> Iterator[None]:
    """Within the block SQLite's and the system's errors become sentences with a remedy."""
    try:
        yield
    except sqlite3.Error as error:
        raise _explain(str(error), place) from error
    except OSError as error:
        raise _explain(error.strerror or str(error), place) from error


_TROUBLES: tuple[tuple[str, str, str], ...] = (
    ("full", "the disk of the journal is full", "free {need} on it, then do the same again"),
    ("no space", "the disk of the journal is full", "free {need} on it, then do the same again"),
    ("quota", "your quota on the disk of the journal is used up", "free {need} of it"),
    ("readonly", "the journal cannot be written", "make its folder writable, or set {home}"),
    ("read-only", "the journal cannot be written", "make its folder writable, or set {home}"),
    ("permission", "the journal cannot be opened", "make its folder yours, or set {home}"),
    ("unable to open", "the journal cannot be opened", "make its folder yours, or set {home}"),
    ("locked", "the journal is in use by somebody who does not let go", "try again"),
    ("not a database", "the journal is damaged", "move it away; services go on running without it"),
    ("malformed", "the journal is damaged", "move it away; services go on running without it"),
    ("i/o error", "the disk of the journal fails", "look at the disk, or set {home}"),
    ("input/output", "the disk of the journal fails", "look at the disk, or set {home}"),
)
"""Part of the cause's text -> what it means, what to do. SQLite's result codes reach Python only
since 3.11; their texts (sqlite3_errstr) have not changed in twenty years."""


def _explain(cause: str, place: Path) -> ModelshipError:
    free = _free(place)
    for part, meaning, remedy in _TROUBLES:
        if part in cause.lower():
            text = remedy.format(
                need=f"{SPACE} bytes ({free} are free)", home=f"{HOME_VARIABLE} to another folder"
            )
            return ModelshipError(f"{meaning}: {place}", remedy=text, detail=cause)
    return ModelshipError(f"the journal fails: {place}: {cause}", remedy="try again", detail=cause)


def _free(place: Path) -> str:
    try:
        return str(shutil.disk_usage(place.parent).free)
    except OSError:
        return "an unknown number of bytes"
