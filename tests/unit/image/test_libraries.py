"""A base image's libraries, from the archives of its layers."""

from __future__ import annotations

import io
import sysconfig
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.image.libraries import BaseFacts, read_base, version

MACHINE = "amd64" if "x86_64" in sysconfig.get_platform() else "arm64"
LIBRARY = next(
    Path(sysconfig.get_paths()["platlib"]).glob("scikit_learn.libs/libgomp*")
).read_bytes()
FOLDER = "usr/lib/x86_64-linux-gnu" if MACHINE == "amd64" else "usr/lib/aarch64-linux-gnu"
Content = bytes | str | None
"""Of a file; as text the target of a link, `=path` a hard link; None: a folder."""


def layer(files: Mapping[str, Content], *, mode: str = "w") -> io.BytesIO:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:  # type: ignore[call-overload] # a mode of two
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            if content is None:
                member.type = tarfile.DIRTYPE
            elif isinstance(content, str):
                member.type = tarfile.LNKTYPE if content.startswith("=") else tarfile.SYMTYPE
                member.linkname = content.removeprefix("=")
            else:
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content) if isinstance(content, bytes) else None)
    stream.seek(0)
    return stream


def names(*layers: Mapping[str, Content]) -> list[str]:
    return list(read_base([layer(each) for each in layers], MACHINE).libraries)


def test_libraries_are_found_where_the_loader_looks() -> None:
    found = {
        f"./{FOLDER}/libdefault.so.1": LIBRARY,
        "usr/lib/libplain.so": LIBRARY,
        "opt/own/libelsewhere.so.1": LIBRARY,
        f"{FOLDER}/python3/libtoodeep.so.1": LIBRARY,
        f"{FOLDER}/libtext.so": b"INPUT(libother.so)",
        f"{FOLDER}/notalibrary.so": LIBRARY,
    }
    assert names(found) == ["libdefault.so.1", "libplain.so"]
    configured = {"etc/ld.so.conf.d/own.conf": b"# ours\n/opt/own # yes\ninclude x\n"}
    assert names(found, configured) == ["libdefault.so.1", "libelsewhere.so.1", "libplain.so"]


def test_links_lead_to_libraries_and_folders() -> None:
    assert names(
        {
            "lib": "usr/lib",
            f"{FOLDER}/libreal.so.1.2.3": LIBRARY,
            f"{FOLDER}/libreal.so.1": "libreal.so.1.2.3",
            f"{FOLDER}/libfar.so.1": f"/{FOLDER.replace('usr/', '')}/libreal.so.1",
            f"{FOLDER}/libhard.so.1": f"={FOLDER}/libreal.so.1.2.3",
            f"{FOLDER}/libnowhere.so.1": "libgone.so",
            f"{FOLDER}/libround.so.1": "libround.so.2",
            f"{FOLDER}/libround.so.2": "libround.so.1",
            f"{FOLDER}/libout.so.1": "../../../../../../etc/passwd",
        }
    ) == ["libfar.so.1", "libhard.so.1", "libreal.so.1", "libreal.so.1.2.3"]


@pytest.mark.parametrize(
    ("above", "left"),
    [
        ({f"{FOLDER}/.wh.libone.so.1": b""}, ["libtwo.so.1"]),
        ({f"{FOLDER}/.wh..wh..opq": b"", f"{FOLDER}/libnew.so.1": LIBRARY}, ["libnew.so.1"]),
        ({"usr/.wh.lib": b""}, []),
        ({f"{FOLDER}/libone.so.1": b"text"}, ["libtwo.so.1"]),
        ({f"{FOLDER}/.wh.libon": b""}, ["libone.so.1", "libtwo.so.1"]),
        ({FOLDER: None}, ["libone.so.1", "libtwo.so.1"]),
    ],
)
def test_a_layer_hides_what_lies_below(above: Mapping[str, Content], left: list[str]) -> None:
    below = {f"{FOLDER}/libone.so.1": LIBRARY, f"{FOLDER}/libtwo.so.1": LIBRARY}
    assert names(below, above) == left


def test_a_whiteout_hides_nothing_of_its_own_layer() -> None:
    one = {f"{FOLDER}/libone.so.1": LIBRARY, f"{FOLDER}/.wh.libone.so.1": b""}
    assert names(one) == ["libone.so.1"]


def test_libraries_of_other_machines_are_no_libraries() -> None:
    other = "arm64" if MACHINE == "amd64" else "amd64"
    stream = layer({"usr/lib/libone.so.1": LIBRARY})
    assert read_base([stream], other).libraries == {}


@pytest.mark.parametrize(
    ("files", "minor"),
    [
        ({"usr/local/bin/python3.12": b"", "usr/local/bin/python3": "python3.12",
          "usr/local/bin/python": "python3", "usr/bin/python3.11": b"",
          "usr/bin/python": "python3.11"}, "3.12"),
        ({"bin": "usr/bin", "usr/bin/python3.11": b"", "usr/bin/python": "/bin/python3.11"},
         "3.11"),
        ({"usr/bin/python3.11": b"", "usr/bin/python3": "python3.11"}, ""),
        ({"usr/bin/python": "python3.11"}, ""),
        ({"opt/bin/python3.11": b"", "opt/bin/python": "python3.11"}, ""),
    ],
)  # fmt: skip
def test_the_command_python_tells_its_minor(files: Mapping[str, Content], minor: str) -> None:
    assert read_base([layer(files)], MACHINE).python == minor


def test_compressed_layers_are_read_too() -> None:
    stream = layer({"usr/lib/libone.so.1": LIBRARY}, mode="w:gz")
    assert list(read_base([stream], MACHINE).libraries) == ["libone.so.1"]


@pytest.mark.parametrize("data", [b"no archive" * 100, b"\x1f\x8bbroken", b"a" * 512])
def test_what_is_no_archive_is_an_error(data: bytes) -> None:
    with pytest.raises(ModelshipError, match="layer of the base image"):
        read_base([io.BytesIO(data)], MACHINE)


def test_a_layer_that_ends_early_is_an_error() -> None:
    whole = layer({"usr/lib/libone.so.1": LIBRARY}, mode="w:gz").getvalue()
    with pytest.raises(ModelshipError, match="layer of the base image"):
        read_base([io.BytesIO(whole[: len(whole) // 2])], MACHINE)


def test_versions_are_ordered_by_their_numbers() -> None:
    assert version("GLIBC_2.36") == (2, 36) > version("GLIBC_2.4")
    assert version("CXXABI_1.3.13") == (1, 3, 13)
    facts = BaseFacts("amd64", {"libc.so.6": ("GLIBC_2.36", "GLIBC_2.4", "GLIBC_PRIVATE")})
    assert facts.glibc == (2, 36)
    assert BaseFacts("amd64", {"libc.musl-x86_64.so.1": ()}).glibc is None
