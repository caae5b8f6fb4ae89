from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import Places
from jupyter_modelship.runs import disks, schema
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import Request

Ask = Callable[..., Request]


def pragma(connection: sqlite3.Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / schema.NAME


def test_on_a_local_disk_the_journal_has_a_write_ahead_log_and_syncs_it(place: Path) -> None:
    connection = schema.connect(place)
    assert pragma(connection, "journal_mode") == "wal"
    assert pragma(connection, "synchronous") == 2  # FULL
    connection.close()


def test_on_a_network_disk_it_has_a_rollback_journal_also_when_it_was_moved_there(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema.connect(place).close()
    monkeypatch.setattr(disks, "is_network", lambda _: True)
    connection = schema.connect(place)
    assert pragma(connection, "journal_mode") == "delete"
    assert pragma(connection, "synchronous") == 2  # FULL
    connection.close()


def test_every_table_is_strict(place: Path) -> None:
    connection = schema.connect(place)
    tables = connection.execute("SELECT name, strict FROM pragma_table_list WHERE type='table'")
    found = {row["name"]: row["strict"] for row in tables if row["name"][:7] != "sqlite_"}
    assert found == {"runs": 1, "events": 1, "effects": 1}
    connection.close()


def test_the_journal_is_private(place: Path) -> None:
    schema.connect(place).close()
    assert place.stat().st_mode & 0o777 == 0o600


def test_a_journal_of_a_newer_version_is_refused_and_left_as_it_is(place: Path) -> None:
    connection = schema.connect(place)
    connection.execute("PRAGMA user_version=7")
    connection.close()
    before = place.read_bytes()
    with pytest.raises(ModelshipError, match="newer jupyter_modelship") as caught:
        schema.connect(place)
    assert "upgrade" in caught.value.remedy
    assert place.read_bytes() == before


def test_an_older_journal_is_brought_to_todays_format_step_by_step(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema.connect(place).close()
    add = ("ALTER TABLE runs ADD COLUMN mood TEXT",)
    monkeypatch.setattr(schema, "MIGRATIONS", {**schema.MIGRATIONS, 1: add})
    monkeypatch.setattr(schema, "FORMAT", 2)
    connection = schema.connect(place)
    assert pragma(connection, "user_version") == 2
    assert connection.execute("SELECT mood FROM runs").fetchall() == []
    connection.close()


def test_a_migration_that_fails_half_way_leaves_the_old_format(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema.connect(place).close()
    broken = ("ALTER TABLE runs ADD COLUMN mood TEXT", "NONSENSE")
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", {**schema.MIGRATIONS, 1: broken})
        patch.setattr(schema, "FORMAT", 2)
        with pytest.raises(ModelshipError, match="the journal fails"):
            schema.connect(place)
    connection = schema.connect(place)
    columns = {row["name"] for row in connection.execute("PRAGMA table_info(runs)")}
    assert "mood" not in columns
    connection.close()


def test_a_file_that_is_no_journal_is_named_and_left_as_it_is(place: Path) -> None:
    place.write_bytes(b"once upon a time " * 100)
    with pytest.raises(ModelshipError, match="the journal is damaged"):
        schema.connect(place)
    assert place.read_bytes().startswith(b"once upon")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelshipError, match="nowhere"):
        schema.connect(tmp_path / "nowhere" / schema.NAME)


def test_too_old_an_sqlite_is_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 31, 1))
    with pytest.raises(ModelshipError, match=r"needs 3\.37"):
        schema.connect(place)


def test_a_full_disk_is_a_sentence_and_the_same_thing_works_once_there_is_room(
    here: Places, ask: Ask
) -> None:
    with Journal.open(here) as journal:
        journal.submit(ask(1))
        pages = pragma(journal._connection, "page_count")
        journal._connection.execute(f"PRAGMA max_page_count={pages}")
        with pytest.raises(ModelshipError, match="the disk of the journal is full") as caught:
            journal.submit(ask(2, service="big", text="x" * 100_000))
        assert f"free {schema.SPACE} bytes (" in caught.value.remedy
        assert str(journal.path) in caught.value.message
        assert [run.id for run in journal.list()] == [ask(1).id]
        journal._connection.execute("PRAGMA max_page_count=1000000")
        assert journal.submit(ask(2, service="big", text="x" * 100_000)).state == "queued"


def test_a_read_only_disk_is_a_sentence_and_can_still_be_read(here: Places, ask: Ask) -> None:
    with Journal.open(here) as journal:
        journal.submit(ask(1))
        journal._connection.execute("PRAGMA query_only=ON")
        with pytest.raises(ModelshipError, match="the journal cannot be written"):
            journal.submit(ask(2, service="other"))
        assert journal.get(ask(1).id).state == "queued"


@pytest.mark.parametrize(
    ("cause", "sentence"),
    [
        (OSError(28, "No space left on device"), "the disk of the journal is full"),
        (OSError(122, "Disk quota exceeded"), "your quota on the disk"),
        (OSError(30, "Read-only file system"), "the journal cannot be written"),
        (OSError(5, "Input/output error"), "the disk of the journal fails"),
        (OSError(13, "Permission denied"), "the journal cannot be opened"),
        (sqlite3.OperationalError("database or disk is full"), "the disk of the journal is full"),
        (sqlite3.OperationalError("disk I/O error"), "the disk of the journal fails"),
        (sqlite3.OperationalError("database is locked"), "in use by somebody"),
        (sqlite3.OperationalError("unable to open database file"), "cannot be opened"),
        (sqlite3.DatabaseError("database disk image is malformed"), "the journal is damaged"),
        (sqlite3.InterfaceError("who knows"), "the journal fails: .*: who knows"),
    ],
)
def test_every_trouble_has_a_sentence_a_place_and_a_remedy(
    cause: Exception, sentence: str, place: Path
) -> None:
    with pytest.raises(ModelshipError, match=sentence) as caught, schema.explained(place):
        raise cause
    assert str(place) in caught.value.message
    assert caught.value.remedy
    assert caught.value.detail
