"""What runs its code at build is in the review as data, as in the terminal."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_modelship.desk import answers, reviewing
from jupyter_modelship.model import Source
from jupyter_modelship.places import Places, private
from jupyter_modelship.runs.locking import locked
from jupyter_modelship.runs.review import Reviewed
from tests.line.conftest import write_book

from . import wire

COMMIT = "a" * 40
MATHS = Source("team-maths", "1.4", f"git+https://git.example/team/maths@{COMMIT}", COMMIT)


def test_a_review_names_what_is_built_from_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def with_source(*words: object, **more: object) -> Reviewed:
        found = await locked(*words, **more)  # type: ignore[arg-type]  # as they came
        return replace(found, lock=replace(found.lock, sources=(MATHS,)))

    book = tmp_path / "book.ipynb"
    write_book(book, ("def go(x: int) -> int:\n    return x", "endpoint"))
    here = Places(*(private(tmp_path / name) for name in ("s", "c", "r")))
    wish = {"path": book.name, "digest": hashlib.sha256(book.read_bytes()).hexdigest()}
    asker = answers.Asker("ada", tmp_path, hidden=False)

    def review(*, lock: bool) -> dict[str, object]:
        return answers.review(json.dumps({**wish, "lock": lock}).encode(), here, asker)

    monkeypatch.setattr(reviewing, "locked", with_source)
    told = review(lock=True)
    wire.check("Review", told)
    assert told["sources"] == [
        {"name": "team-maths", "version": "1.4", "reference": MATHS.reference}
    ]
    assert review(lock=False)["sources"] == []
