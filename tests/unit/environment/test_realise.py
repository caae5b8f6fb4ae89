from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship import failpoints
from jupyter_modelship.environment import (
    SERVICE_MODULES,
    LockRequest,
    lock,
    probe,
    realise,
    resolve_kernel,
    warm,
)
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.model import KernelFacts, Lock
from jupyter_modelship.places import Places


@pytest.fixture
async def facts(
    kernel: Any, places: Places, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> KernelFacts:
    monkeypatch.setenv("JUPYTER_PATH", str(kernel.jupyter))
    return await probe(resolve_kernel("own", folder=folder), places)


@pytest.fixture
async def small(facts: KernelFacts, folder: Path, places: Places, index: Any) -> Lock:
    """A lock of one distribution on the index of the test."""
    index.wheel("one", "1.0", body="import json\nVALUE = 1\n")
    (folder / "requirements.txt").write_text("one==1.0\n")
    request = LockRequest(facts, folder, (), places, service_requirements=("one==1.0",))
    made, findings = await lock(request)
    assert made is not None
    assert findings == ()
    return made


def says(python: Path, code: str) -> str:
    ran = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    return ran.stdout.strip()


async def test_from_another_environment_to_one_that_can_serve(
    facts: KernelFacts, folder: Path, places: Places
) -> None:
    made, findings = await lock(LockRequest(facts, folder, ("six", "json"), places))
    assert findings == ()
    assert made is not None
    names = [name for name, _ in made.packages]
    assert "packaging" not in names
    assert {"granian", "msgspec", "prometheus-client", "six", "uvloop"} <= set(names)
    assert ("six", "1.16.0") in made.packages
    blocks = made.text.split("\n")
    assert all(b.startswith("    --hash=sha256:") for b in blocks if b and "==" not in b)
    assert made.text.count("==") == len(names)
    lines: list[str] = []
    python = await realise(made, facts, places, lines.append)
    assert any("granian==2.8.7" in line for line in lines)
    modules = ["six", *SERVICE_MODULES]
    assert says(python, f"import {', '.join(modules)}; print(six.__version__)") == "1.16.0"
    assert says(python, "import sys; print(sys.base_prefix)") == says(
        Path(facts.python), "import sys; print(sys.base_prefix)"
    )
    refused = subprocess.run([python, "-c", "import packaging"], capture_output=True, check=False)
    assert b"ModuleNotFoundError" in refused.stderr
    script = python.with_name("granian")
    assert subprocess.run([script, "--version"], capture_output=True, check=False).returncode == 0


async def test_the_second_time_starts_nothing(
    facts: KernelFacts, small: Lock, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await realise(small, facts, places)
    monkeypatch.setattr("jupyter_modelship.process.run", None)
    assert await realise(small, facts, places) == first


async def test_two_makers_at_once_make_one(facts: KernelFacts, small: Lock, places: Places) -> None:
    lines: list[str] = []
    many = [realise(small, facts, places, lines.append) for _ in range(3)]
    assert len(set(await asyncio.gather(*many))) == 1
    assert len([line for line in lines if "one==1.0" in line]) == 1
    assert entries(places) == 1


def entries(places: Places) -> int:
    """Environments and half-made ones; the lock files stay by intent."""
    return len([p for p in (places.cache / "environments").iterdir() if p.is_dir()])


POINTS = ("environment.created", "environment.rename.before", "environment.rename.after")


@pytest.mark.parametrize("point", POINTS)
async def test_a_maker_killed_anywhere_leaves_none_or_a_whole_one(
    facts: KernelFacts, small: Lock, places: Places, point: str, tmp_path: Path
) -> None:
    import pickle  # the child gets the very values of this test

    (tmp_path / "values").write_bytes(pickle.dumps((small, facts, places)))
    code = (
        "import asyncio, pickle, sys; from jupyter_modelship.environment import realise;"
        "asyncio.run(realise(*pickle.load(open(sys.argv[1], 'rb'))))"
    )
    environment = {**os.environ, failpoints.VARIABLE: f"{point}=kill"}
    ran = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "values"], env=environment, check=False
    )
    assert ran.returncode == -9
    python = await realise(small, facts, places)
    assert says(python, "import one; print(one.VALUE)") == "1"
    assert entries(places) == 1


async def test_what_failed_leaves_nothing_and_says_why(
    facts: KernelFacts, small: Lock, places: Places
) -> None:
    text = re.sub("sha256:[0-9a-f]{8}", "sha256:00000000", small.text)
    wrong = Lock(text, "0" * 64, small.python, small.packages, small.source)
    with pytest.raises(StageFailed, match="cannot be installed") as raised:
        await realise(wrong, facts, places)
    assert "one" in raised.value.detail
    assert entries(places) == 0


async def test_a_cancelled_maker_leaves_nothing_and_no_lock(
    facts: KernelFacts, small: Lock, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = asyncio.Event()
    module = sys.modules["jupyter_modelship.environment.realise"]

    async def stuck(*_: object, **__: object) -> None:
        started.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(module, "install", stuck)
        task = asyncio.create_task(realise(small, facts, places))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert entries(places) == 0
    assert (await realise(small, facts, places)).exists()


async def test_a_base_interpreter_that_is_gone_is_made_good(
    facts: KernelFacts, small: Lock, places: Places
) -> None:
    python = await realise(small, facts, places)
    python.unlink()
    python.symlink_to("/gone/python")
    assert says(await realise(small, facts, places), "import one; print(one.VALUE)") == "1"


async def test_no_interpreter_to_make_it_from(small: Lock, places: Places, make_facts: Any) -> None:
    lost = make_facts()
    object.__setattr__(lost, "base", "/gone/python3")
    with pytest.raises(StageFailed, match="no environment can be made from /gone/python3"):
        await realise(small, lost, places)


async def test_warming_writes_byte_code_here_and_not_in_uvs_cache(
    facts: KernelFacts, small: Lock, places: Places, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    python = await realise(small, facts, places)
    home = python.parent.parent
    package = next(home.glob("lib/python3*/site-packages/one"))
    assert list(package.rglob("*.pyc")) == []
    await warm(python, ["no.such.module", "one"])
    assert len(list(package.rglob("*.pyc"))) == 1
    assert list((tmp_path / "uv-cache").rglob("one*/**/*.pyc")) == []


async def test_an_installed_environment_needs_no_index(
    facts: KernelFacts, small: Lock, places: Places, index: Any
) -> None:
    """What uv's cache has is taken from there: an index that is down does no harm."""
    await realise(small, facts, places)
    index.asked.clear()
    other = Lock(small.text, "1" * 64, small.python, small.packages, small.source)
    await realise(other, facts, places)
    assert index.asked == []
