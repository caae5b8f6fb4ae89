"""Whether a base has what wheels need, by the wheels of this environment."""

from __future__ import annotations

import re
import sysconfig
from pathlib import Path

import pytest

from jupyter_modelship.image.elf import Elf
from jupyter_modelship.image.libraries import BaseFacts
from jupyter_modelship.image.needed import (
    Compiled,
    base_findings,
    compiled_files,
    lacks,
    library_findings,
)
from jupyter_modelship.model import Finding

SITE = Path(sysconfig.get_paths()["platlib"])
MACHINE = "amd64" if "x86_64" in sysconfig.get_platform() else "arm64"
GLIBC = ("GLIBC_2.2.5", "GLIBC_2.3.4", *(f"GLIBC_2.{n}" for n in range(2, 37)))
BASE = BaseFacts("amd64", {"libc.so.6": GLIBC, "libz.so.1": ()}, "3.11")


def compiled(
    *needed: str,
    path: str = "one/one.so",
    paths: tuple[str, ...] = (),
    wants: tuple[tuple[str, tuple[str, ...]], ...] = (),
    machine: str = "amd64",
    wheel: str = "one 1.0",
) -> Compiled:
    return Compiled(path, wheel, Elf(machine, needed=needed, paths=paths, wants=wants))


def test_what_the_base_has_is_no_finding() -> None:
    assert library_findings([compiled("libc.so.6", "libz.so.1")], BASE) == ()


def test_a_library_that_is_nowhere_names_the_wheel_and_the_package() -> None:
    several = [compiled("libgomp.so.1", path=f"one/{name}.so") for name in "ab"]
    assert library_findings([*several, compiled("libgomp.so.1", wheel="two 2.0")], BASE) == (
        Finding(
            "library-missing", "block",
            "one 1.0 (one/a.so) needs libgomp.so.1, which the base image does not have",
            "choose a base image with the Debian package `libgomp1` in it: the option `base`",
        ),
        Finding(
            "library-missing", "block",
            "two 2.0 (one/one.so) needs libgomp.so.1, which the base image does not have",
            "choose a base image with the Debian package `libgomp1` in it: the option `base`",
        ),
    )  # fmt: skip
    assert library_findings(several, BASE, apt=("libgomp1",)) == ()


def test_a_library_that_no_table_knows_has_advice_all_the_same() -> None:
    (found,) = library_findings([compiled("libown.so.7")], BASE)
    assert "apt-file search libown.so.7" in found.remedy


def test_an_older_library_names_the_newest_version_that_is_asked_for() -> None:
    wants = (("libc.so.6", ("GLIBC_2.38", "GLIBC_2.100", "GLIBC_2.4")),)
    (found,) = library_findings([compiled("libc.so.6", wants=wants)], BASE)
    assert found.code == "library-old"
    assert "needs GLIBC_2.100 of libc.so.6" in found.message


@pytest.mark.parametrize(
    ("path", "runpath", "found"),
    [
        ("one/one.so", "$ORIGIN/../one.libs", "one.libs/libown.so.1"),
        ("one/deep/one.so", "${ORIGIN}/../../two/lib", "two/lib/libown.so.1"),
        ("one/one.so", "$ORIGIN", "one/libown.so.1"),
        ("one/one.so", "/nowhere", "three/libown.so.1"),  # loaded before, by the package itself
    ],
)
def test_what_a_wheel_brings_is_there(path: str, runpath: str, found: str) -> None:
    user = compiled("libown.so.1", path=path, paths=(runpath,))
    assert library_findings([user, compiled(path=found)], BASE) == ()
    assert len(library_findings([user], BASE)) == 1


def test_a_wheels_own_library_is_not_the_bases() -> None:
    """The run path goes before the system: what the base's is too old for does not count."""
    wants = (("libz.so.1", ("ZLIB_9",)),)
    base = BaseFacts("amd64", {**BASE.libraries, "libz.so.1": ("ZLIB_1",)}, "3.11")
    user = compiled("libz.so.1", paths=("$ORIGIN",), wants=wants)
    assert len(library_findings([user], base)) == 1
    assert library_findings([user, compiled(path="one/libz.so.1")], base) == ()


@pytest.mark.parametrize(
    "user",
    [
        compiled("libgone.so.1", machine="arm64"),
        compiled("libgone.so.1", machine="3"),
        compiled("libcuda.so.1"),
        compiled("libtbb.so.12", path="numba/np/ufunc/tbbpool.cpython-311.so", wheel="numba 0.60"),
    ],
    ids=["another machine", "an unknown one", "the driver's", "tried, and done without"],
)
def test_what_need_not_be_there(user: Compiled) -> None:
    assert list(lacks([user], BASE)) == []


def test_the_base_must_carry_python_and_wheels() -> None:
    assert base_findings(BASE, "3.11") == ()
    (other,) = base_findings(BASE, "3.12")
    assert "`python` is 3.11" in other.message
    (none,) = base_findings(BaseFacts("amd64", BASE.libraries), "3.12")
    assert "no command `python`" in none.message
    (musl,) = base_findings(BaseFacts("amd64", {"libc.musl-x86_64.so.1": ()}, "3.12"), "3.12")
    assert "no glibc" in musl.message


def test_real_wheels_say_what_they_need() -> None:
    found = [each for each in compiled_files(SITE)
             if re.match(r"(numpy|scikit-learn|scipy) ", each.wheel)]  # fmt: skip
    assert len(found) > 100
    assert {each.elf.machine for each in found} == {MACHINE}
    needed = {name for each in found for name in each.elf.needed}
    bundled = {Path(each.path).name for each in found}
    assert {"libc.so.6", "libstdc++.so.6"} <= needed - bundled
    assert any(name.startswith("libgomp-") for name in needed & bundled)
    base = BaseFacts(MACHINE, {"libc.so.6": GLIBC}, "3.11")
    lacking = {lack.library for lack in lacks(found, base)}
    assert "libstdc++.so.6" in lacking
    assert lacking & bundled == set()
