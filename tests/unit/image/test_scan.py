"""Credentials are found wherever they were left, and nothing else is; nothing repeats them."""

from __future__ import annotations

import base64
import itertools
import json
import os
import pickle
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import jupyter_modelship
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.image import sources as kinds_of_source
from jupyter_modelship.image.scan import Scan
from jupyter_modelship.image.sources import (
    Source,
    file_sources,
    folder_sources,
    notebook_sources,
    package_sources,
    value_sources,
)
from jupyter_modelship.model import Finding
from jupyter_modelship.notebook import read
from jupyter_modelship.places import Places, private
from jupyter_modelship.plan.findings import blocking

from .clean import clean_cells
from .planted import KINDS, planted

ROOT = Path(jupyter_modelship.__file__).parent.parent
SEEDS = range(2)


@pytest.fixture(scope="module")
def places() -> Places:
    """One for all sessions: rules are made ready once on a machine."""
    root = private(Path(tempfile.gettempdir()) / f"modelship-tests-{os.getuid()}")
    return Places(private(root / "s"), private(root / "c"), private(root / "r"))


@pytest.fixture(scope="module")
def scan(places: Places) -> Scan:
    return Scan(places)


def notebook_bytes(*cells: Mapping[str, object]) -> bytes:
    whole = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "execution_count": 1, "outputs": [],
         "source": "", **cell}
        for n, cell in enumerate(cells, start=1)
    ]  # fmt: skip
    told = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": whole}
    return json.dumps(told).encode()


def in_notebook(*cells: Mapping[str, object]) -> Iterator[Source]:
    data = notebook_bytes(*cells)
    notebook = read(data).notebook
    assert notebook is not None
    return notebook_sources(data, notebook)


def in_source(secret: str, folder: Path) -> Iterator[Source]:
    return in_notebook({"source": "import os\n"}, {"source": f"# mine\nKEY = {secret!r}\n"})


def in_output(secret: str, folder: Path) -> Iterator[Source]:
    shown = {"output_type": "stream", "name": "stdout", "text": ["ready\n", f"key: {secret}\n"]}
    return in_notebook({"outputs": [shown]})


def in_result(secret: str, folder: Path) -> Iterator[Source]:
    data = {"text/plain": repr({"key": secret}), "image/png": "iVBORw0KGgo="}
    return in_notebook({"outputs": [{"output_type": "execute_result", "data": data}]})


def in_example(secret: str, folder: Path) -> Iterator[Source]:
    told = [{"function": "predict", "arguments": {"key": secret, "rows": [1.5, 2]}, "result": 3}]
    return file_sources({"examples.json": json.dumps(told).encode(), "service.py": b"x = 1\n"})


def in_context(secret: str, folder: Path) -> Iterator[Source]:
    return file_sources({"features/load.py": f"def load():\n    return {secret!r}\n".encode()})


def in_layer(secret: str, folder: Path) -> Iterator[Source]:
    (folder / "artifacts").mkdir()
    (folder / "artifacts" / "model.pkl").write_bytes(pickle.dumps({"n": 1, "key": secret}, 5))
    return folder_sources(folder, within="/service/")


def in_config(secret: str, folder: Path) -> Iterator[Source]:
    return value_sources("the image's variable", {"LANG": "C.UTF-8", "KEY": secret})


def in_data(secret: str, folder: Path) -> Iterator[Source]:
    rows = ["name,value", *(f"row {n},{n * 7}" for n in range(50)), f"key,{json.dumps(secret)}"]
    return file_sources({"data/settings.csv": "\n".join(rows).encode()})


def in_artifact(secret: str, folder: Path) -> Iterator[Source]:
    (folder / "artifacts").mkdir()
    told = {"columns": ["a", "b"], "source": {"login": secret}, "scale": [1.5, 2.25]}
    (folder / "artifacts" / "settings.json").write_text(json.dumps(told))
    return folder_sources(folder, within="/service/")


def in_traceback(secret: str, folder: Path) -> Iterator[Source]:
    trace = ["Cell In[3], line 1", f"ValueError: \x1b[31mnot accepted\x1b[0m: {secret}"]
    told = {"output_type": "error", "ename": "ValueError", "evalue": secret, "traceback": trace}
    return in_notebook({"outputs": [told]})


PLACES = (in_source, in_output, in_result, in_traceback, in_example, in_context, in_data, in_layer,
          in_artifact, in_config)  # fmt: skip


def test_twenty_kinds_are_found_in_every_place(
    scan: Scan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missed: dict[str, list[tuple[str, int]]] = {place.__name__: [] for place in PLACES}
    told = []
    for place, kind, seed in itertools.product(PLACES, KINDS, SEEDS):
        folder = tmp_path / f"{place.__name__}-{kind}-{seed}"
        folder.mkdir()
        secret = planted(kind, seed)
        found = scan.findings(place(secret, folder))
        told += [(secret, each) for each in found]
        if "secret-found" not in {each.code for each in found}:
            missed[place.__name__].append((kind, seed))
    assert len(KINDS) == 20
    each = len(KINDS) * len(SEEDS)
    lost = sum(map(len, missed.values()))
    with capsys.disabled():
        print(f"\nplanted credentials: {each * len(PLACES) - lost} of {each * len(PLACES)} blocked"
              f" ({len(KINDS)} kinds, {len(PLACES)} places)")  # fmt: skip
    assert all(len(some) <= 0.05 * each for some in missed.values()), missed
    assert all(each.severity == "block" for _, each in told)
    assert [pair for pair in told if repeats(pair[1], pair[0])] == []


def clean_notebooks(count: int) -> Iterator[tuple[str, Iterator[Source]]]:
    """All that the project has, and generated ones to make up the number."""
    folders = (ROOT / "docs/examples", ROOT / "templates", ROOT / "tests/golden")
    ours = sorted(path for folder in folders for path in folder.rglob("*.ipynb"))
    for path in ours:
        notebook = read(path.read_bytes()).notebook
        if notebook is not None:
            yield path.name, notebook_sources(path.read_bytes(), notebook)
    for seed in range(count - len(ours)):
        yield f"seed {seed}", in_notebook(*clean_cells(seed))


@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.campaign)])
def test_at_most_one_clean_notebook_in_a_hundred_is_blocked(
    scan: Scan, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = {
        name: [each.message for each in found]
        for name, sources in clean_notebooks(count)
        if blocking(found := scan.findings(sources))
    }
    with capsys.disabled():
        print(f"\nclean notebooks: {len(blocked)} of {count} blocked")
    assert len(blocked) <= count / 100, blocked


def repeats(found: Finding, secret: str) -> bool:
    said = f"{found.message} {found.remedy}"
    return any(secret[at : at + 12] in said for at in range(len(secret) - 12))


def test_a_finding_says_where(scan: Scan, tmp_path: Path) -> None:
    secret = planted("gitlab", 7)

    def told(sources: Iterator[Source]) -> list[tuple[str, str | None, int | None, int | None]]:
        found = scan.findings(sources)
        return [(each.message, each.cell, each.number, each.line) for each in found]

    what = "holds what looks like a credential (gitlab-pat)"
    assert told(in_source(secret, tmp_path)) == [(f"cell 2, line 2, {what}", "c2", 2, 2)]
    assert told(in_output(secret, tmp_path)) == [
        (f"an output of cell 1, line 2, {what}", "c1", 1, None)
    ]
    assert told(in_context(secret, tmp_path)) == [
        (f"features/load.py, line 2, {what}", None, None, None)
    ]
    assert told(in_config(secret, tmp_path)) == [
        (f"the image's variable KEY, line 1, {what}", None, None, None)
    ]


@pytest.mark.parametrize("word", ["kingfisher:ignore", "gitleaks:allow", "betterleaks:allow"])
def test_a_comment_cannot_hide_one(scan: Scan, word: str) -> None:
    secret = planted("github", 3)
    assert scan.findings(file_sources({"a.py": f"KEY = '{secret}'  # {word}\n".encode()}))


@pytest.mark.parametrize("name", ["package-lock.json", "test_a.py", "fixtures/a.svg", "a.min.js"])
def test_a_name_cannot_hide_one(scan: Scan, name: str) -> None:
    assert scan.findings(file_sources({name: f"KEY = '{planted('github', 3)}'\n".encode()}))


def test_metadata_and_attributes_are_searched_too(scan: Scan) -> None:
    secret = planted("slack", 1)
    data = json.loads(notebook_bytes({"metadata": {"tags": [secret]}}))
    data["metadata"]["modelship"] = {"repository": f"registry/{secret}"}
    text = json.dumps(data).encode()
    notebook = read(text).notebook
    assert notebook is not None
    named = {each.message.split(",")[0] for each in scan.findings(notebook_sources(text, notebook))}
    assert named == {"the notebook's metadata", "the metadata of cell 1"}


OWN = 'lake/"key"+7Qz= Ω'


def test_values_of_ours_are_found_however_they_are_written(places: Places) -> None:
    scan = Scan(places, own={"the secret LAKE_KEY": OWN})
    told = OWN.encode()
    for written in (
        OWN,
        json.dumps(OWN),
        json.dumps(OWN, ensure_ascii=False),
        repr(OWN),
        ascii(OWN),
        "lake%2F%22key%22%2B7Qz%3D%20%CE%A9",
        base64.b64encode(told).decode(),
        base64.b64encode(b"a:" + told).decode(),
        base64.b64encode(b"ada:" + told).decode(),
        base64.urlsafe_b64encode(b"c:>" + told + b"?!").decode(),
        told.hex(),
        told.hex().upper(),
    ):
        found = scan.findings(file_sources({"a.txt": f"one\ntwo {written}\n".encode()}))
        (ours,) = [each for each in found if each.code == "secret-own"]
        assert ours.severity == "block"
        assert ours.message == "a.txt, line 2, holds the value of the secret LAKE_KEY", written
    assert scan.findings(file_sources({"a.txt": b"lake key"})) == ()


def test_a_value_that_is_any_word_is_not_looked_for(places: Places) -> None:
    scan = Scan(places, own={"the secret MODE": "debug"})
    assert scan.findings(file_sources({"a.py": b"mode = 'debug'\n"})) == ()


def test_what_is_too_large_is_searched_in_part_and_said(
    scan: Scan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(kinds_of_source, "LARGEST", 1000)
    secret = planted("gitlab", 2).encode()
    (tmp_path / "early.bin").write_bytes(b"x = '" + secret + b"'" + b" " * 2000)
    (tmp_path / "exact.bin").write_bytes(b" " * 1000)
    (tmp_path / "late.bin").write_bytes(b" " * 2000 + secret)
    found = scan.findings(folder_sources(tmp_path))
    assert [(each.message.split(",")[0].split(" ")[0], each.code) for each in found] == [
        ("early.bin", "secret-found"),
        ("early.bin", "secret-unscanned"),
        ("late.bin", "secret-unscanned"),
    ]
    assert found[1].severity == "note"


def test_demo_notebooks_and_this_project_hold_none(scan: Scan) -> None:
    found: list[Finding] = []
    for path in sorted((ROOT / "docs" / "examples").glob("*.ipynb")):
        notebook = read(path.read_bytes()).notebook
        assert notebook is not None
        found += scan.findings(notebook_sources(path.read_bytes(), notebook))
    for folder in (ROOT / "jupyter_modelship", ROOT / "tests" / "golden", ROOT / "templates"):
        found += scan.findings(folder_sources(folder))
    assert found == []


def test_what_others_published_is_searched_as_text(scan: Scan, tmp_path: Path) -> None:
    secret = planted("gitlab", 4)
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "settings.py").write_text(f"KEY = '{secret}'\n")
    (tmp_path / "one" / "a.so").write_bytes(b"\x7fELF\0" + secret.encode())
    (tmp_path / "one" / "link.py").symlink_to("settings.py")
    (found,) = scan.findings(package_sources(tmp_path))
    assert found.message.startswith("packages/one/settings.py, line 1,")


def test_wheels_of_the_demos_hold_none(scan: Scan) -> None:
    """Their test data looks like much. Two of the dozen: all of them takes 5 s."""
    site = next((ROOT / ".venv").glob("lib/python3*/site-packages"), None)
    import sklearn

    folder = Path(sklearn.__file__).parent if site is None else site / "sklearn"
    for name in (folder, folder.parent / "joblib"):
        assert scan.findings(package_sources(name)) == ()


def test_without_the_scanner_nothing_passes_for_searched(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "kingfisher_sdk", None)
    with pytest.raises(ModelshipError, match="cannot start") as raised:
        Scan(places)
    assert "kingfisher-secret-scanner" in raised.value.remedy


def test_a_small_bundle_takes_no_time(scan: Scan) -> None:
    """Rules once loaded. Wall time of the best of five, on a machine that may be busy."""
    sources = list(folder_sources(ROOT / "jupyter_modelship" / "runtime"))
    sources += list(folder_sources(ROOT / "tests" / "golden" / "iris"))
    taken = []
    for _ in range(5):
        started = time.process_time()
        scan.findings(sources)
        taken.append(time.process_time() - started)
    assert min(taken) < 0.1
