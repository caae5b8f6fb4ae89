"""What is read of compiled files: the same as the library that everybody uses, and never a hang."""

from __future__ import annotations

import struct
import sysconfig
import time
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jupyter_modelship.image.elf import MAGIC, Elf, NotReadable, read_elf

SITE = Path(sysconfig.get_paths()["platlib"])
WHEELS = sorted(
    path
    for pattern in ("numpy*/**/*.so*", "scikit_learn.libs/*", "scipy.libs/*", "sklearn/tree/*.so",
                    "granian/*.so", "pandas/_libs/*.so")
    for path in SITE.glob(pattern)
)  # fmt: skip
SYSTEM = [
    path.resolve()
    for folder in ("/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib64")
    for name in ("libc.so.6", "libstdc++.so.6", "libz.so.1", "libgcc_s.so.1", "libssl.so.3")
    if (path := Path(folder, name)).exists()
]
SMALL = min(SITE.glob("pandas/_libs/**/*.so"), key=lambda path: path.stat().st_size)


def section(path: Path, name: str) -> tuple[int, int]:
    """Where it begins and ends."""
    with path.open("rb") as file:
        found: Any = ELFFile(file).get_section_by_name(name)
        return found["sh_offset"], found["sh_offset"] + found["sh_size"]


def as_others_read(path: Path) -> Elf:
    with path.open("rb") as file:
        elf: Any = ELFFile(file)
        tags = list(elf.get_section_by_name(".dynamic").iter_tags())

        def told(name: str, attribute: str) -> list[str]:
            return [getattr(tag, attribute) for tag in tags if tag.entry.d_tag == name]

        paths = told("DT_RUNPATH", "runpath") or told("DT_RPATH", "rpath")
        wanted, defined = (
            elf.get_section_by_name(f".gnu.version_{letter}") for letter in ("r", "d")
        )
        return Elf(
            {"EM_X86_64": "amd64", "EM_AARCH64": "arm64"}[elf.header.e_machine],
            soname="".join(told("DT_SONAME", "soname")),
            needed=tuple(told("DT_NEEDED", "needed")),
            paths=tuple(part for text in paths for part in text.split(":") if part),
            wants=tuple(
                (
                    need.name,
                    tuple(sorted({a.name for a in auxiliary if not a.entry.vna_flags & 2})),
                )
                for need, auxiliary in (wanted.iter_versions() if wanted else ())
            ),
            gives=tuple(
                sorted(
                    next(iter(auxiliary)).name
                    for definition, auxiliary in (defined.iter_versions() if defined else ())
                    if not definition.entry.vd_flags & 1
                )
            ),
        )


def test_wheels_and_the_systems_libraries_read_as_others_read_them() -> None:
    paths = [*WHEELS, *SYSTEM]
    assert len(WHEELS) > 60
    assert len(SYSTEM) >= 4
    read = {path: read_elf(path.read_bytes()) for path in paths}
    assert read == {path: as_others_read(path) for path in paths}
    assert any(elf and elf.paths for elf in read.values())
    assert any(elf and elf.wants and elf.gives for elf in read.values())


def test_other_files_are_none() -> None:
    assert read_elf(b"") is None
    assert read_elf(b"#!/bin/sh\n" * 20) is None
    assert read_elf(Path(__file__).read_bytes()) is None


@pytest.mark.parametrize(("number", "machine"), [(3, "3"), (243, "243"), (183, "arm64")])
def test_of_other_machines_only_the_machine_is_told(number: int, machine: str) -> None:
    data = bytearray(SMALL.read_bytes())
    data[4] = 1 if number == 3 else 2
    data[18:20] = struct.pack("<H", number)
    elf = read_elf(bytes(data))
    assert elf is not None
    assert elf.machine == machine
    assert bool(elf.needed) == (machine == "arm64")


def read_or_refused(data: bytes) -> None:
    """Whatever it holds, an answer comes soon."""
    started = time.process_time()
    try:
        found = read_elf(data)
    except NotReadable:
        found = None
    assert found is None or isinstance(found, Elf)
    assert time.process_time() - started < 2


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=600))
@example(b"")
@example(b"\x02\x01\x01" + b"\xff" * 60)
def test_noise_that_says_it_is_elf(noise: bytes) -> None:
    read_or_refused(MAGIC + noise)


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_a_library_with_wrong_bytes_or_an_early_end(draw: st.DataObject) -> None:
    """Where the structure is: in the headers, and in the dynamic section and its lists."""
    data = bytearray(SMALL.read_bytes())
    (headers,) = struct.unpack_from("<Q", data, 32)
    places = [*range(4, 64), *range(headers, headers + 12 * 56), *INTERESTING]
    for _ in range(draw.draw(st.integers(1, 6))):
        at = draw.draw(st.sampled_from(places))
        new = draw.draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]) | st.integers(0, 255))
        data[at] = new
    length = draw.draw(st.just(len(data)) | st.integers(0, len(data)))
    read_or_refused(bytes(data[:length]))


INTERESTING = [
    at for name in (".dynamic", ".gnu.version_r", ".dynstr") for at in range(*section(SMALL, name))
]


def made(*tags: tuple[int, int], rest: bytes) -> bytes:
    """A file with these dynamic tags, and `rest` at address 0x1000."""
    header = MAGIC + b"\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    dynamic = b"".join(struct.pack("<QQ", *tag) for tag in (*tags, (0, 0)))
    load = struct.pack("<IIQQQQQQ", 1, 4, 0, 0, 0, 1 << 40, 1 << 40, 0)
    told = struct.pack("<IIQQQQQQ", 2, 4, 64 + 112, 0, 0, len(dynamic), 0, 0)
    return (header + load + told + dynamic).ljust(0x1000, b"\0") + rest


def test_the_smallest_file_that_says_something() -> None:
    data = made((5, 0x1000), (10, 99), (1, 1), (14, 9), rest=b"\0libone\0\0libtwo\0")
    assert read_elf(data) == Elf("amd64", soname="libtwo", needed=("libone",))


NAMES = ((5, 0x1000), (10, 1 << 40))


@pytest.mark.parametrize(
    ("tags", "rest", "says"),
    [
        ([*NAMES, (0x6FFFFFFE, 0x1010)], b"\0" * 16 + b"\4\0\0\0" * 4_000_000, "no end"),
        ([*NAMES, (0x6FFFFFFC, 0x1010)], b"\0" * 16 + b"\4\0\0\0" * 4_000_000, "no end"),
        ([*NAMES, (1, 0)], b"a" * 100, "no end"),
        ([*NAMES, (1, 1 << 41)], b"", "outside"),
        ([(1, 7)], b"", "outside"),
        ([*NAMES, (0x6FFFFFFE, 1 << 41)], b"", "nothing is loaded"),
        ([*NAMES, (0x6FFFFFFE, 1 << 39)], b"", "before what it refers to"),
        ([(5, (1 << 40) - 1), (10, 99), (1, 0)], b"", "no end"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused_at_once(
    tags: list[tuple[int, int]], rest: bytes, says: str
) -> None:
    started = time.process_time()
    with pytest.raises(NotReadable, match=says):
        read_elf(made(*tags, rest=rest))
    assert time.process_time() - started < 1
