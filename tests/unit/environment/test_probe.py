from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship import process
from jupyter_modelship.environment import probe, resolve_kernel
from jupyter_modelship.environment.kernelspec import Kernelspec
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.model import Distribution
from jupyter_modelship.places import Places


@pytest.fixture
def own(kernel: Any, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Kernelspec:
    monkeypatch.setenv("JUPYTER_PATH", str(kernel.jupyter))
    return resolve_kernel("own", folder=folder)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The interpreters that were started."""
    started: list[str] = []
    real = process.run

    async def counted(argv: Any, **options: Any) -> process.Completed:
        started.append(str(argv[0]))
        return await real(argv, **options)

    monkeypatch.setattr(process, "run", counted)
    return started


async def test_an_environment_without_us_tells_what_it_holds(
    own: Kernelspec, places: Places
) -> None:
    facts = await probe(own, places)
    assert facts.kernel == "own"
    assert facts.python == own.python
    assert dict(facts.distributions) == {
        "six": Distribution("six", "1.16.0"),
        "packaging": Distribution("packaging", "24.2"),
    }
    assert facts.owners == {"six": ("six",), "packaging": ("packaging",)}
    assert "asyncio" in facts.standard
    assert Path(facts.base).is_absolute()
    assert facts.base != facts.python
    assert facts.version.startswith("3.")


async def test_the_second_question_starts_nothing(
    own: Kernelspec, places: Places, asked: list[str]
) -> None:
    first = await probe(own, places)
    assert await probe(own, places) == first
    assert asked == [own.python]


async def test_a_changed_environment_is_asked_again(
    own: Kernelspec, places: Places, kernel: Any, asked: list[str]
) -> None:
    await probe(own, places)
    info = kernel.packages / "later-1.dist-info"
    info.mkdir()
    try:
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: later\nVersion: 1\n")
        assert "later" in (await probe(own, places)).distributions
    finally:
        (info / "METADATA").unlink()
        info.rmdir()
    assert len(asked) == 2


async def test_broken_records_hide_nothing_and_packages_are_not_imported(
    own: Kernelspec, places: Places, kernel: Any, tmp_path: Path
) -> None:
    broken = kernel.packages / "torn-1.dist-info"
    shouting = kernel.packages / "shouting"
    mark = tmp_path / "imported"
    broken.mkdir()
    shouting.mkdir()
    try:
        (broken / "RECORD").write_bytes(b"\xff\xfe")
        (shouting / "__init__.py").write_text(f"open({str(mark)!r}, 'w').close()")
        facts = await probe(own, places)
    finally:
        (broken / "RECORD").unlink()
        broken.rmdir()
        (shouting / "__init__.py").unlink()
        shouting.rmdir()
    assert set(facts.distributions) == {"six", "packaging"}
    assert not mark.exists()


async def test_what_a_pth_file_prints_does_no_harm(
    own: Kernelspec, places: Places, kernel: Any
) -> None:
    loud = kernel.packages / "loud.pth"
    loud.write_text("import sys; print('{hello')\n")
    try:
        assert (await probe(own, places)).kernel == "own"
    finally:
        loud.unlink()


async def test_an_interpreter_that_does_not_answer_is_named(places: Places) -> None:
    with pytest.raises(ModelshipError, match="kernel 'odd', /bin/false, does not answer"):
        await probe(Kernelspec("odd", "/bin/false", "Odd"), places)


def test_an_editable_install_is_seen(
    own: Kernelspec, places: Places, kernel: Any, tmp_path: Path
) -> None:
    source = tmp_path / "src"
    source.mkdir()
    (source / "mine.py").touch()
    info = kernel.packages / "mine-1.dist-info"
    info.mkdir()
    pth = kernel.packages / "_mine.pth"
    try:
        pth.write_text(str(source))
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1\n")
        (info / "RECORD").write_text("_mine.pth,,\n")
        url = f"file://{source}"
        (info / "direct_url.json").write_text(
            f'{{"url": "{url}", "dir_info": {{"editable": true}}}}'
        )
        facts = asyncio.run(probe(own, places))
    finally:
        subprocess.run(["rm", "-r", info, pth], check=True)
    assert facts.distributions["mine"] == Distribution("mine", "1", url, editable=True)
    assert facts.owners["mine"] == ("mine",)
