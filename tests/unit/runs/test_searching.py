"""A notebook's search for credentials is kept by content, where it came to its end."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from jupyter_modelship.image.catalogue import finding
from jupyter_modelship.image.scan import Scan
from jupyter_modelship.image.sources import Source
from jupyter_modelship.model import Finding
from jupyter_modelship.notebook import read
from jupyter_modelship.places import Places
from jupyter_modelship.runs import searching

TOKEN = "ghp_" + "1B4fT9qZ7xK2mW8pL5vR3nC6yH0dJsuE4gaQ"[:36]


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[Places]:
    """One entry for each search that was made."""
    made: list[Places] = []

    class Counted(Scan):
        def __init__(self, places: Places) -> None:
            super().__init__(places)
            made.append(places)

    monkeypatch.setattr(searching, "Scan", Counted)
    return made


def written(folder: Path, source: str) -> Path:
    cell = {"cell_type": "code", "id": "a", "source": source, "metadata": {}, "outputs": []}
    path = folder / "book.ipynb"
    document = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(document))
    return path


async def searched(path: Path, here: Places) -> tuple[Finding, ...]:
    notebook = read(path.read_bytes()).notebook
    assert notebook is not None
    return await searching.in_notebook(path, notebook, here)


async def test_the_same_notebook_is_searched_once_and_another_one_again(
    tmp_path: Path, here: Places, searches: list[Places]
) -> None:
    clean = await searched(written(tmp_path, "x = 1"), here)
    assert (clean, await searched(written(tmp_path, "x = 1"), here)) == ((), ())
    assert len(searches) == 1
    found = await searched(written(tmp_path, f"KEY = {TOKEN!r}"), here)
    assert [(each.code, each.cell, each.line) for each in found] == [("secret-found", "a", 1)]
    assert await searched(written(tmp_path, f"KEY = {TOKEN!r}"), here) == found
    assert len(searches) == 2


async def test_what_is_kept_of_it_holds_no_credential(
    tmp_path: Path, here: Places, searches: list[Places]
) -> None:
    await searched(written(tmp_path, f"KEY = {TOKEN!r}"), here)
    (kept,) = (here.cache / "credential-searches").iterdir()
    assert TOKEN not in kept.read_text()
    for damage in ("", "[]", "{}", '{"findings": [{"code": 1}]}'):
        kept.write_text(damage)
        (again,) = await searched(written(tmp_path, f"KEY = {TOKEN!r}"), here)
        assert again.code == "secret-found"
    assert len(searches) == 5


async def test_a_search_that_took_too_long_is_made_again(
    tmp_path: Path, here: Places, searches: list[Places], monkeypatch: pytest.MonkeyPatch
) -> None:
    late = (finding("secret-unscanned", "book.ipynb holds too much"),)

    def findings(_scan: Scan, _sources: Iterable[Source]) -> tuple[Finding, ...]:
        return late

    monkeypatch.setattr(Scan, "findings", findings)
    path = written(tmp_path, "x = 1")
    assert [await searched(path, here), await searched(path, here)] == [late, late]
    assert len(searches) == 2
