"""The program that runs inside the kernel's interpreter, called here in our own."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

import pytest

from jupyter_modelship.environment import inside


def info(folder: Path, name: str, **files: str) -> metadata.Distribution:
    made = folder / f"{name}-1.dist-info"
    made.mkdir(parents=True)
    (made / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    for file, text in files.items():
        (made / file.replace("__", ".")).write_text(text)
    return metadata.Distribution.at(made)


@pytest.mark.parametrize(
    ("entry", "module"),
    [
        ("six.py", "six"),
        ("a/__init__.py", "a.__init__"),
        ("a/b/c.py", "a.b.c"),
        ("_fast.abi3.so", "_fast"),
        ("a/__pycache__/b.cpython-311.pyc", None),
        ("six-1.16.0.dist-info/METADATA", None),
        ("../../bin/tool.py", None),
        ("a/data.json", None),
        ("my-script.py", None),
        ("__editable___x_finder.py", None),
    ],
)
def test_files_of_a_record_are_modules_or_not(entry: str, module: str | None) -> None:
    assert inside.dotted(entry) == module


def test_modules_come_from_the_record(tmp_path: Path) -> None:
    dist = info(tmp_path, "x", RECORD='x/__init__.py,,\n"x/a,b.py",,\nx_extra.py,,\n')
    assert set(inside.modules_of(dist)) == {"x.__init__", "x_extra"}


def test_modules_come_from_top_level_where_there_is_no_record(tmp_path: Path) -> None:
    assert set(inside.modules_of(info(tmp_path, "x", top_level__txt="x\ny\n"))) == {
        "x.__init__",
        "y.__init__",
    }


def test_an_editable_install_by_path_owns_what_lies_there(tmp_path: Path) -> None:
    source = tmp_path / "src"
    (source / "pkg").mkdir(parents=True)
    (source / "pkg/__init__.py").touch()
    (source / "data").mkdir()
    (source / "single.py").touch()
    (tmp_path / "_x.pth").write_text(f"import os\n{source}\n")
    dist = info(tmp_path, "x", RECORD="_x.pth,,\n")
    assert set(inside.modules_of(dist)) == {"pkg.__init__", "single"}


def test_an_editable_install_by_finder_owns_what_it_maps(tmp_path: Path) -> None:
    finder = tmp_path / "__editable___x_1_finder.py"
    finder.write_text("import sys\nMAPPING: dict[str, str] = {'pkg': '/src/pkg'}\n")
    dist = info(tmp_path, "x", RECORD=f"{finder.name},,\n")
    assert set(inside.modules_of(dist)) == {"pkg.__init__"}


@pytest.mark.parametrize(
    ("record", "installer", "expected"),
    [
        ({"url": "file:///s", "dir_info": {"editable": True}}, "uv", ("file:///s", True, False)),
        ({"url": "https://me:p@w@h/x.git"}, "pip", ("https://h/x.git", False, True)),
        ({"url": "file:///croot/x", "dir_info": {}}, "conda", (None, False, False)),
        ({"url": "file:///s", "dir_info": {"editable": True}}, "conda", ("file:///s", True, False)),
        (
            {"url": "https://h/x", "vcs_info": {"vcs": "git", "commit_id": "a1"}},
            "uv",
            ("git+https://h/x@a1", False, False),
        ),
        (
            {
                "url": "ssh://git@h/x.git",
                "vcs_info": {"vcs": "git", "commit_id": "a1", "requested_revision": "main"},
                "subdirectory": "python",
            },
            "pip",
            ("git+ssh://git@h/x.git@a1#subdirectory=python", False, False),
        ),
        (
            {"url": "ssh://git:pw@h/x", "vcs_info": {"vcs": "git", "commit_id": "a1"}},
            "pip",
            ("git+ssh://h/x@a1", False, True),
        ),
    ],
)
def test_direct_references(
    tmp_path: Path, record: object, installer: str, expected: tuple[str | None, bool, bool]
) -> None:
    dist = info(tmp_path, "x", direct_url__json=json.dumps(record), INSTALLER=installer)
    assert inside.origin(dist) == expected


def test_a_distribution_outside_the_site_folders_is_a_folder_on_the_path(tmp_path: Path) -> None:
    described = inside.describe(info(tmp_path, "My_Pkg"), ["/elsewhere"])
    assert described == {
        "name": "my-pkg",
        "version": "1",
        "url": f"file://{tmp_path}",
        "editable": True,
        "requires": [],
        "credentials": False,
    }


def test_dotted_names_are_told_below_shared_modules_only() -> None:
    files = {
        "storage": {"google.cloud.storage.__init__", "google.cloud.storage.blob"},
        "pubsub": {"google.pubsub.__init__", "google.cloud.pubsub.__init__"},
        "alone": {"alone.__init__", "alone.part"},
    }
    assert inside.owners(files) == {
        "alone": ["alone"],
        "google": ["pubsub", "storage"],
        "google.cloud": ["pubsub", "storage"],
        "google.cloud.pubsub": ["pubsub"],
        "google.cloud.storage": ["storage"],
        "google.cloud.storage.blob": ["storage"],
        "google.pubsub": ["pubsub"],
    }


def test_who_has_the_packages_own_init_owns_it() -> None:
    files = {"host": {"host.__init__"}, "plugin": {"host.plugins.extra"}}
    assert inside.owners(files)["host"] == ["host"]
    assert inside.owners(files)["host.plugins.extra"] == ["plugin"]


def test_the_answer_describes_this_environment() -> None:
    answer = inside.facts()
    assert "json" in answer["standard"]
    assert answer["owners"]["pytest"] == ["pytest"]
    assert Path(answer["base"]).is_absolute()
    json.dumps(answer)
