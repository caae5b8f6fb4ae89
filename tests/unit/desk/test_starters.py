"""Starter notebooks: where they are found, what they are called, and that those of ours ship."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_modelship.desk.starters import starter, starters
from jupyter_modelship.errors import NothingThere
from jupyter_modelship.notebook import extract, read

SHIPPED = Path(__file__).parents[3] / "templates"


def put(folder: Path, name: str, *sources: str) -> None:
    folder.mkdir(exist_ok=True)
    cells = [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": s} for s in sources]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / f"{name}.ipynb").write_text(json.dumps(book), encoding="utf-8")


def test_title_and_description_are_the_first_words_of_the_notebook(tmp_path: Path) -> None:
    put(tmp_path, "b", "# Two words\n\nWhat it is for.\n\nMore of it.", "Below")
    put(tmp_path, "a", "No heading")
    put(tmp_path, "z", "# Alone")
    put(tmp_path, "empty")
    found = [(one.name, one.title, one.description) for one in starters([tmp_path]).values()]
    assert found == [
        ("z", "Alone", ""),
        ("b", "Two words", "What it is for."),
        ("a", "a", ""),
        ("empty", "empty", ""),
    ]


def test_of_two_with_one_name_the_nearer_counts(tmp_path: Path) -> None:
    put(tmp_path / "user", "model", "# Mine")
    put(tmp_path / "system", "model", "# Theirs")
    put(tmp_path / "system", "other", "# Other")
    found = starters([tmp_path / "user", tmp_path / "system", tmp_path / "missing"])
    assert [one.title for one in found.values()] == ["Mine", "Other"]


def test_what_is_no_notebook_is_left_out_and_named_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path, "good", "# Good")
    (tmp_path / "bad.ipynb").write_text("{", encoding="utf-8")
    (tmp_path / "gone.ipynb").symlink_to(tmp_path / "nowhere")
    assert list(starters([tmp_path])) == ["good"]
    assert "bad.ipynb is no notebook" in caplog.text
    assert "gone.ipynb cannot be read" in caplog.text


@pytest.mark.parametrize("name", ["", "..", "../good", "/etc/passwd", "good.ipynb", "Good"])
def test_a_name_is_looked_up_and_never_made_a_path(tmp_path: Path, name: str) -> None:
    put(tmp_path, "good", "# Good")
    with pytest.raises(NothingThere) as refused:
        starter([tmp_path], name)
    assert refused.value.remedy == "choose one of: good"


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_starter_of_ours_ships_as_it_is(path: Path) -> None:
    book = read(path.read_bytes()).notebook
    assert book is not None
    found = extract(book)
    assert found.slice is not None
    assert found.findings == ()
    assert found.slice.examples, "the service could not be proved"
    one = starter([SHIPPED], path.stem)
    assert one.title != one.name
    assert one.description
    assert all(not cell.get("outputs") for cell in one.document()["cells"])


def test_there_are_starters_of_ours() -> None:
    assert list(starters([SHIPPED])) == ["function", "model", "table"]
