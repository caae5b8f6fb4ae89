"""A bundle's layers: what ships is listed, all else stays outside; same input, same keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_modelship.image.assemble import (
    artifact_layer,
    assemble,
    code_layer,
    packages_layer,
    stage_code,
)
from jupyter_modelship.image.recipe import Platform, Recipe
from jupyter_modelship.model import Artifact, Bundle

BASE = f"registry.example/python@sha256:{'a' * 64}"
CODE = {"service.py": b"A = 1\n", "modelship_runtime/app.py": b"", "openapi.json": b"{}"}
TOLD = {"Containerfile": b"FROM x\n", "README.md": b"# iris\n", "requirements.lock": b"",
        "wheels/team_maths-1.4-py3-none-any.whl": b"PK"}  # fmt: skip
ARTIFACT = Artifact("model", "model.npy", "npy", "0" * 64, 3)


@pytest.fixture
def bundle() -> Bundle:
    return Bundle(files={**CODE, **TOLD}, digest="b" * 64, artifacts=(ARTIFACT,))


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    folder = tmp_path / "stored"
    (folder / "artifacts").mkdir(parents=True)
    (folder / "artifacts" / "model.npy").write_bytes(b"abc")
    return folder


def made(bundle: Bundle, stored: Path, scratch: Path, *, python: str = "3.11.7") -> Recipe:
    stage_code(bundle, scratch / "code")
    return assemble(
        (
            packages_layer(scratch / "packages", "p" * 64),
            artifact_layer(bundle, stored, scratch / "artifacts"),
            code_layer(bundle, scratch / "code", python=python),
        ),
        base=BASE,
        platform=Platform(),
        service="iris",
        bundle_digest=bundle.digest,
        lock_digest="1" * 64,
    )


def test_what_ships_is_the_code_and_nothing_for_people(
    bundle: Bundle, stored: Path, tmp_path: Path
) -> None:
    made(bundle, stored, tmp_path)
    code = tmp_path / "code"
    found = {
        path.relative_to(code).as_posix(): path.read_bytes()
        for path in code.rglob("*")
        if path.is_file()
    }
    assert found == CODE
    assert (tmp_path / "artifacts" / "model.npy").read_bytes() == b"abc"


def test_what_changes_least_lies_lowest(bundle: Bundle, stored: Path, tmp_path: Path) -> None:
    recipe = made(bundle, stored, tmp_path)
    assert [(layer.kind, layer.destination) for layer in recipe.layers] == [
        ("dependencies", "/service/packages"),
        ("artifacts", "/service/artifacts"),
        ("code", "/service"),
    ]


def test_without_an_artifact_there_is_no_layer_of_them(
    bundle: Bundle, stored: Path, tmp_path: Path
) -> None:
    recipe = made(replace(bundle, artifacts=()), stored, tmp_path)
    assert [layer.kind for layer in recipe.layers] == ["dependencies", "code"]


def test_a_key_names_the_content_of_its_own_layer(
    bundle: Bundle, stored: Path, tmp_path: Path
) -> None:
    def keys(name: str, changed: Bundle, python: str = "3.11.7") -> list[str]:
        recipe = made(changed, stored, tmp_path / name, python=python)
        return [layer.key for layer in recipe.layers]

    before = keys("0", bundle)
    assert keys("1", bundle) == before
    # Other words for people: not a byte of the image is another.
    assert keys("2", replace(bundle, files={**bundle.files, "README.md": b"?"})) == before
    code = keys("3", replace(bundle, files={**bundle.files, "service.py": b"A = 2\n"}))
    assert [a == b for a, b in zip(code, before, strict=True)] == [True, True, False]
    model = keys("4", replace(bundle, artifacts=(replace(ARTIFACT, sha256="1" * 64),)))
    assert [a == b for a, b in zip(model, before, strict=True)] == [True, False, True]
    # Byte code is another with each version of Python.
    python = keys("5", bundle, python="3.11.8")
    assert [a == b for a, b in zip(python, before, strict=True)] == [True, True, False]


def test_the_image_says_what_it_is_of_and_not_who_made_it(
    bundle: Bundle, stored: Path, tmp_path: Path
) -> None:
    recipe = made(bundle, stored, tmp_path)
    assert recipe.config.user == "10001"
    assert recipe.config.entrypoint[:3] == ("python", "-m", "modelship_runtime")
    assert recipe.annotations == {
        "modelship.bundle": f"sha256:{'b' * 64}",
        "modelship.lock": f"sha256:{'1' * 64}",
        "org.opencontainers.image.base.digest": f"sha256:{'a' * 64}",
        "org.opencontainers.image.base.name": "registry.example/python",
        "org.opencontainers.image.title": "iris",
    }
