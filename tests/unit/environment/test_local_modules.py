from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.environment import local_modules as find
from jupyter_modelship.environment.local_modules import LocalModules


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__init", "%init").replace("__", "/").replace("%", "__")
        path = path.with_name(path.name.replace("__init", "__init__") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def codes(found: LocalModules) -> list[str]:
    return [f.code for f in found.findings]


def test_modules_beside_the_notebook_ship_with_what_they_import(
    folder: Path, make_facts: Any
) -> None:
    write(
        folder,
        features="from shared import scale\nimport numpy.linalg\n",
        shared="import json\nfrom pkg.deep import x\n",
        pkg____init="",
        pkg__deep="from . import near\nfrom ..gone import y\n",
        pkg__near="",
        pkg__unused="import torch\n",
        other="import torch\n",
    )
    found = find(folder, ["features", "pandas"], make_facts("numpy==2"))
    assert list(found.files) == [
        "features.py",
        "pkg/__init__.py",
        "pkg/deep.py",
        "pkg/near.py",
        "shared.py",
    ]
    assert found.files["features.py"] == b"from shared import scale\nimport numpy.linalg\n"
    assert found.names == {"features", "shared", "pkg"}
    assert found.imports == ("json", "numpy.linalg")
    assert found.findings == ()


def test_a_package_named_as_a_whole_ships_whole(folder: Path, make_facts: Any) -> None:
    write(folder, pkg____init="", pkg__a="import six\n", pkg__sub__b="")
    whole = find(folder, ["pkg"], make_facts("six==1"))
    assert list(whole.files) == ["pkg/__init__.py", "pkg/a.py", "pkg/sub/b.py"]
    assert whole.imports == ("six",)
    assert list(find(folder, ["pkg.sub.b"], make_facts()).files) == [
        "pkg/__init__.py",
        "pkg/sub/b.py",
    ]


def test_what_a_local_module_can_do_without_is_not_needed(folder: Path, make_facts: Any) -> None:
    write(folder, m="try:\n    import fast\n    import six\nexcept ImportError:\n    pass\n")
    assert find(folder, ["m"], make_facts("six==1")).imports == ("six",)


def test_a_plain_folder_gives_way_to_what_is_installed(folder: Path, make_facts: Any) -> None:
    write(folder, six__data="", plain__part="")
    found = find(folder, ["six", "plain.part"], make_facts("six==1"))
    assert found.names == {"plain"}
    assert list(found.files) == ["plain/part.py"]


def test_a_module_beside_the_notebook_goes_before_what_is_installed(
    folder: Path, make_facts: Any
) -> None:
    write(folder, six="")
    assert find(folder, ["six"], make_facts("six==1")).names == {"six"}


def test_the_standard_library_is_never_local(folder: Path, make_facts: Any) -> None:
    write(folder, json="")
    assert find(folder, ["json"], make_facts()).files == {}


def test_modules_that_import_each_other_end(folder: Path, make_facts: Any) -> None:
    write(folder, a="import b\n", b="import a\n")
    assert list(find(folder, ["a"], make_facts()).files) == ["a.py", "b.py"]


def test_a_link_out_of_the_folder_is_refused(folder: Path, make_facts: Any, tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("KEY = 1")
    (folder / "m.py").symlink_to(tmp_path / "secret.py")
    found = find(folder, ["m"], make_facts())
    assert codes(found) == ["local-outside"]
    assert found.files == {"m.py": b""}


def test_a_link_within_the_folder_is_fine(folder: Path, make_facts: Any) -> None:
    (folder / "real.py").write_text("A = 1")
    (folder / "m.py").symlink_to("real.py")
    assert find(folder, ["m"], make_facts()).files == {"m.py": b"A = 1"}


def test_megabytes_are_not_source(
    folder: Path, make_facts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = sys.modules["jupyter_modelship.environment.local_modules"]
    monkeypatch.setattr(module, "LIMIT", 10)
    write(folder, a="import b\n", b="import c\n", c="")
    assert codes(find(folder, ["a"], make_facts())) == ["local-large"]


@pytest.mark.parametrize("name", ["fast.so", "fast.cpython-311-x86_64-linux-gnu.so"])
def test_compiled_modules_do_not_ship(folder: Path, make_facts: Any, name: str) -> None:
    (folder / name).touch()
    assert codes(find(folder, ["fast"], make_facts())) == ["local-compiled"]


@pytest.mark.parametrize("data", [b"def (", b"\xff\xfe", b"a\0b"])
def test_what_is_no_python_is_named(folder: Path, make_facts: Any, data: bytes) -> None:
    (folder / "m.py").write_bytes(data)
    found = find(folder, ["m"], make_facts())
    assert codes(found) == ["local-broken"]
    assert "`m.py`" in found.findings[0].message
