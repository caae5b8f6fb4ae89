"""A lock for an image of another platform than this machine's: what ships there is what it says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.environment import LockRequest, lock, tree
from jupyter_modelship.image.platforms import foreign, this_platform
from jupyter_modelship.image.recipe import Platform
from jupyter_modelship.model import Finding, KernelFacts, Lock
from jupyter_modelship.places import Places

HERE = this_platform()
THERE = Platform(architecture="arm64" if HERE.architecture == "amd64" else "amd64")
MACHINE = {"amd64": "x86_64", "arm64": "aarch64"}
LOCAL, REMOTE = MACHINE[HERE.architecture], MACHINE[THERE.architecture]
Make = Callable[..., Awaitable[tuple[Lock | None, tuple[Finding, ...]]]]


@pytest.fixture
def make(facts: KernelFacts, folder: Path, places: Places) -> Make:
    async def made(
        *wanted: str, platform: Platform | None = None
    ) -> tuple[Lock | None, tuple[Finding, ...]]:
        return await lock(LockRequest(facts, folder, (), places, (), wanted, platform))

    return made


@pytest.fixture
def facts(make_facts: Any, kernel: Any) -> KernelFacts:
    found: KernelFacts = make_facts("one==1.0", python=str(kernel.python))
    return found


def names(made: Lock | None) -> list[str]:
    assert made is not None
    return [name for name, _ in made.packages]


def test_a_platform_is_foreign_where_it_is_not_this_machines() -> None:
    assert foreign(HERE) is None
    assert foreign(THERE) == THERE


async def test_markers_are_judged_for_the_image(make: Make, index: Any) -> None:
    needs = (
        f"there; platform_machine == '{REMOTE}'",
        f"here; platform_machine == '{LOCAL}'",
        "windows; sys_platform == 'win32'",
    )
    index.wheel("one", "1.0", requires=needs)
    for name in ("here", "there", "windows"):
        index.wheel(name, "1.0")
    assert names((await make("one==1.0"))[0]) == ["here", "one"]
    assert names((await make("one==1.0", platform=THERE))[0]) == ["one", "there"]
    assert names((await make("one==1.0"))[0]) == ["here", "one"]  # and not what is kept of there


async def test_a_version_is_one_that_has_a_wheel_there(make: Make, index: Any) -> None:
    index.wheel("one", "1.0", tag=f"py3-none-manylinux_2_17_{REMOTE}")
    index.wheel("one", "2.0", tag=f"py3-none-manylinux_2_17_{LOCAL}")
    made, findings = await make("one", platform=THERE)
    assert made is not None
    assert (made.packages, findings) == ((("one", "1.0"),), ())


async def test_what_has_no_wheel_there_is_named_with_a_remedy(make: Make, index: Any) -> None:
    index.wheel("one", "1.0", requires=("native",))
    index.wheel("native", "1.0", tag=f"py3-none-manylinux_2_17_{LOCAL}")
    assert names((await make("one==1.0"))[0]) == ["native", "one"]
    made, (found,) = await make("one==1.0", platform=THERE)
    assert made is None
    assert (found.code, found.severity) == ("no-wheel", "block")
    assert found.message.startswith(f"native has no wheel for Python 3.11 on {THERE}: ")
    assert "`platform`" in found.remedy


async def test_nothing_is_built_here_for_there(make: Make, index: Any) -> None:
    """What is built on this machine may be for this machine alone."""
    index.archive("one", "1.0", {"pyproject.toml": "[project]\nname = 'one'\nversion = '1.0'\n"})
    made, (found,) = await make("one==1.0", platform=THERE)
    assert (made, found.code) == (None, "no-wheel")


@pytest.mark.parametrize("text", ["two==1.0; platform_machine == '{}'\none==1.0\n"])
async def test_a_file_beside_the_notebook_is_read_for_the_image(
    make: Make, folder: Path, index: Any, text: str
) -> None:
    index.wheel("one", "1.0", requires=("two",))
    index.wheel("two", "1.0")
    index.wheel("two", "2.0")
    (folder / "requirements.txt").write_text(text.format(REMOTE))
    assert dict(await _packages(make, THERE)) == {"one": "1.0", "two": "1.0"}
    assert dict(await _packages(make, None)) == {"one": "1.0", "two": "2.0"}


async def _packages(make: Make, platform: Platform | None) -> tuple[tuple[str, str], ...]:
    made, _ = await make("one==1.0", platform=platform)
    assert made is not None
    return made.packages


async def test_its_tree_is_whole(
    make: Make, facts: KernelFacts, places: Places, index: Any
) -> None:
    index.wheel("one", "1.0", requires=(f"there; platform_machine == '{REMOTE}'",))
    index.wheel("there", "1.0", tag=f"py3-none-manylinux_2_17_{REMOTE}")
    made, _ = await make("one==1.0", platform=THERE)
    assert made is not None
    found = await tree(made, facts, places, platform=THERE, glibc=(2, 36))
    assert {"one", "there"} < {path.name for path in found.folder.iterdir()}
    assert (found.folder / "there" / "__pycache__").is_dir()
