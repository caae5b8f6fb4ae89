"""A real base against real wheels: what it has, what it lacks, and what is kept of it."""

from __future__ import annotations

import gzip
import io
import json
import sysconfig
import tarfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import IO

import pytest

from jupyter_modelship.image.libraries import BaseFacts, kept_base, read_base, version
from jupyter_modelship.image.needed import (
    Compiled,
    base_findings,
    compiled_files,
    library_findings,
)
from jupyter_modelship.model import Finding
from jupyter_modelship.places import Places

from .bases import BaseLayout

SITE = Path(sysconfig.get_paths()["platlib"])
MACHINE = "amd64" if "x86_64" in sysconfig.get_platform() else "arm64"
WHEELS = ("numpy ", "scikit-learn ", "scipy ", "pandas ", "granian ", "uvloop ", "msgspec ")
Layers = Callable[[], Iterable[IO[bytes]]]


@pytest.fixture
def layers(base_on_disk: BaseLayout) -> Iterator[Layers]:
    """Opens the base's layers, as an engine does."""
    manifest = json.loads(base_on_disk.manifest)
    names = [layer["digest"].removeprefix("sha256:") for layer in manifest["layers"]]
    with ExitStack() as opened:
        yield lambda: [
            opened.enter_context((base_on_disk.folder / "blobs" / name).open("rb"))
            for name in names
        ]


def without(*gone: str) -> IO[bytes]:
    """A layer that hides what a pattern of a Debian base names."""
    stream = io.BytesIO()
    with gzip.open(stream, "wb") as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for path in gone:
            folder, _, name = path.rpartition("/")
            archive.addfile(tarfile.TarInfo(f"{folder}/.wh.{name}"))
    stream.seek(0)
    return stream


@cache
def needed() -> tuple[Compiled, ...]:
    return tuple(each for each in compiled_files(SITE) if each.wheel.startswith(WHEELS))


def found(base: BaseFacts) -> tuple[Finding, ...]:
    return (*base_findings(base, "3.11"), *library_findings(needed(), base))


def test_a_debian_base_carries_the_demos_wheels(layers: Layers) -> None:
    assert {each.wheel.split()[0] + " " for each in needed()} == set(WHEELS)
    base = read_base(layers(), MACHINE)
    assert found(base) == ()
    assert base.glibc == (2, 36)
    assert "libpython3.11.so.1.0" not in base.libraries
    assert "CXXABI_1.3.13" in base.libraries["libstdc++.so.6"]


def test_a_base_without_a_library_is_told_before_anything_is_built(layers: Layers) -> None:
    machine = "x86_64" if MACHINE == "amd64" else "aarch64"
    crippled = without(f"usr/lib/{machine}-linux-gnu/libstdc++.so.6")
    told = found(read_base([*layers(), crippled], MACHINE))
    assert {finding.code for finding in told} == {"library-missing"}
    assert {finding.message.split()[0] for finding in told} >= {"numpy", "scikit-learn", "scipy"}
    assert {finding.remedy.split("`")[1] for finding in told} == {"libstdc++6"}


def test_a_base_without_python_is_told(layers: Layers) -> None:
    (told,) = found(read_base([*layers(), without("usr/bin/python3.11")], MACHINE))
    assert told.code == "base-unfit"


def test_an_older_c_library_is_told(layers: Layers) -> None:
    base = read_base(layers(), MACHINE)
    older = tuple(name for name in base.libraries["libc.so.6"] if version(name) < (2, 17))
    told = found(BaseFacts(MACHINE, {**base.libraries, "libc.so.6": older}, base.python))
    assert {finding.code for finding in told} == {"library-old"}
    assert {finding.message.split()[0] for finding in told} >= {"granian", "numpy"}


def test_a_base_is_read_once(layers: Layers, tmp_path: Path) -> None:
    asked: list[None] = []

    def counted() -> Iterable[IO[bytes]]:
        asked.append(None)
        return layers()

    places = Places(tmp_path / "s", tmp_path / "c", tmp_path / "r")
    first = kept_base("sha256:1", MACHINE, places, counted)
    assert kept_base("sha256:1", MACHINE, places, counted) == first
    assert len(asked) == 1
    kept_base("sha256:2", MACHINE, places, counted)
    assert len(asked) == 2
