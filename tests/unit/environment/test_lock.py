"""The lock against a real uv and an index on loopback."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship import process
from jupyter_modelship.environment import LockRequest, lock
from jupyter_modelship.environment.locks import uv_lock
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.model import Finding, KernelFacts, Lock
from jupyter_modelship.places import Places


@pytest.fixture
def make(make_facts: Any, kernel: Any, folder: Path, places: Places) -> Any:
    """Lock for a notebook in `folder` whose kernel has `distributions`."""

    async def made(
        modules: tuple[str, ...],
        *distributions: str,
        service: tuple[str, ...] = (),
        installs: tuple[str, ...] = (),
        urls: Mapping[str, str] | None = None,
    ) -> tuple[Lock | None, tuple[Finding, ...]]:
        facts: KernelFacts = make_facts(*distributions, urls=urls, python=str(kernel.python))
        return await lock(LockRequest(facts, folder, modules, places, installs, service))

    return made


def codes(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(f.code, f.severity) for f in findings]


async def test_only_what_is_needed_hashed_at_the_kernels_versions(make: Any, index: Any) -> None:
    index.wheel("one", "1.0", requires=("two",))
    digest = index.wheel("one", "2.0", requires=("two",))
    index.wheel("one", "3.0")
    two = index.wheel("two", "5.0")
    index.wheel("two", "6.0")
    index.wheel("unneeded", "1.0")
    made, findings = await make(("one", "json"), "one==2.0", "two==5.0", "unneeded==1.0")
    origin = f"    # from {index.url}\n"
    text = f"one==2.0 \\\n    --hash={digest}\n{origin}two==5.0 \\\n    --hash={two}\n{origin}"
    assert made == Lock(
        text=text,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        python="3.11",
        packages=(("one", "2.0"), ("two", "5.0")),
        source="kernel",
    )
    assert findings == ()


async def test_the_same_question_asks_nobody(
    make: Any, index: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.wheel("one", "1.0")
    first = await make(("one",), "one==1.0")
    index.asked.clear()
    monkeypatch.setattr(process, "run", None)
    assert await make(("one",), "one==1.0") == first
    assert index.asked == []


async def test_a_password_of_an_index_is_in_no_lock_and_no_cache(
    make: Any, index: Any, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.password = "hunter2"
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
    index.wheel("one", "1.0")
    made, _ = await make(("one",), "one==1.0")
    assert f"# from http://127.0.0.1:{index.port}/simple\n" in made.text
    kept = [path.read_text() for path in places.cache.rglob("*.json")]
    assert len(kept) == 1
    assert "hunter2" not in "".join([made.text, *kept])


async def test_a_refused_password_is_not_shown(
    make: Any, index: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://ship:hunter2@127.0.0.1:{index.port}/simple")
    index.password = "another"
    with pytest.raises(StageFailed, match="wants a login, or does not know") as raised:
        await make(("one",), "one==1.0")
    assert "hunter2" not in raised.value.message + raised.value.detail


async def test_no_index_is_a_failed_stage_with_a_remedy(
    make: Any, index: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    with pytest.raises(StageFailed, match=r"index 127\.0\.0\.1:9 cannot be reached") as raised:
        await make(("one",), "one==1.0")
    assert "UV_DEFAULT_INDEX" in raised.value.remedy


async def test_an_unknown_module_blocks(make: Any, index: Any) -> None:
    made, findings = await make(("lost",))
    assert made is not None
    assert codes(findings) == [("module-unknown", "block")]


async def test_a_local_install_that_is_needed_blocks(make: Any, index: Any) -> None:
    index.wheel("mine", "1.0")
    made, findings = await make(("mine",), "mine==1.0", urls={"mine": "file:///src/mine"})
    assert made.packages == ()
    assert codes(findings) == [("not-on-index", "block")]
    assert "file:///src/mine" in findings[0].message


async def test_a_local_install_that_another_needs_blocks_too(make: Any, index: Any) -> None:
    index.wheel("one", "1.0", requires=("mine",))
    index.wheel("mine", "9.0")
    _, findings = await make(("one",), "one==1.0", "mine==1.0", urls={"mine": "file:///src"})
    assert codes(findings) == [("not-on-index", "block")]


async def test_no_wheel_for_this_machine_names_the_distribution(make: Any, index: Any) -> None:
    index.wheel("one", "1.0", tag="cp311-cp311-win_amd64")
    made, findings = await make(("one",), "one==1.0")
    assert made is None
    assert codes(findings) == [("no-wheel", "block")]
    assert findings[0].message.startswith("one has no wheel for Python 3.11 on ")
    assert "built from source" in findings[0].remedy


async def test_a_source_distribution_is_not_built(make: Any, index: Any) -> None:
    index.wheel("one", "1.0", requires=("two",))
    made, findings = await make(("one",), "one==1.0")
    assert made is None
    assert codes(findings) == [("no-version", "block")]


@pytest.mark.parametrize("version", ["9.0", "1.0+cu12"])
async def test_a_version_that_no_index_has(make: Any, index: Any, version: str) -> None:
    index.wheel("one", "1.0")
    made, findings = await make(("one",), f"one=={version}")
    assert made is None
    assert codes(findings) == [("no-version", "block")]
    assert "does not have one " in findings[0].message
    assert ("`one==1.0` in a requirements.txt" in findings[0].remedy) == ("+" in version)


async def test_two_builds_of_one_release_do_not_block(make: Any, index: Any, folder: Path) -> None:
    index.wheel("one", "1.0")
    (folder / "requirements.txt").write_text("one==1.0\n")
    made, findings = await make(("one",), "one==1.0+cu12")
    assert made.packages == (("one", "1.0"),)
    assert codes(findings) == [("version-differs", "warn")]


async def test_the_service_and_the_kernel_disagree_on_what_nobody_imports(
    make: Any, index: Any
) -> None:
    index.wheel("server", "2.0", requires=("click>=8",))
    index.wheel("click", "8.0")
    index.wheel("click", "7.0")
    made, findings = await make((), "click==7.0", "server==1.0", service=("server==2.0",))
    assert made.packages == (("click", "8.0"), ("server", "2.0"))
    assert codes(findings) == [("kernel-version-dropped", "warn")] * 2
    assert "the kernel has click 7.0, the service gets 8.0" in {f.message for f in findings}


async def test_the_service_and_the_slice_disagree(make: Any, index: Any) -> None:
    index.wheel("server", "2.0", requires=("click>=8",))
    index.wheel("click", "8.0")
    index.wheel("click", "7.0")
    made, findings = await make(("click",), "click==7.0", service=("server==2.0",))
    assert made is None
    assert codes(findings) == [("service-conflict", "block")]
    assert "click>=8" in findings[0].message


async def test_pins_that_contradict_each_other(make: Any, index: Any) -> None:
    index.wheel("one", "1.0", requires=("two<2",))
    index.wheel("two", "1.0")
    index.wheel("two", "2.0")
    made, findings = await make(("one", "two"), "one==1.0", "two==2.0")
    assert made is None
    assert codes(findings) == [("lock-conflict", "block")]


async def test_an_index_that_tells_no_hashes_does_no_harm(make: Any, index: Any) -> None:
    index.hashes = False
    digest = index.wheel("one", "1.0")
    made, findings = await make(("one",), "one==1.0")
    origin = f"    # from {index.url}\n"
    assert (made.text, findings) == (f"one==1.0 \\\n    --hash={digest}\n{origin}", ())


async def test_requirements_beside_the_notebook_rule(make: Any, index: Any, folder: Path) -> None:
    for version in ("1.0", "2.0"):
        index.wheel("one", version, requires=("two",))
        index.wheel("two", version)
    (folder / "requirements.txt").write_text("one==1.0\ntwo==1.0\n")
    made, findings = await make(("one",), "one==2.0", "two==2.0")
    assert (made.packages, made.source) == (
        (("one", "1.0"), ("two", "1.0")),
        "requirements.txt",
    )
    assert codes(findings) == [("version-clashes", "block"), ("version-differs", "warn")]
    assert "one 1.0, the kernel has 2.0" in findings[0].message


async def test_hashes_of_the_requirements_rule(make: Any, index: Any, folder: Path) -> None:
    index.wheel("one", "1.0", tag="py2-none-any")
    digest = index.wheel("one", "1.0")
    line = "one==1.0 --hash={}\n"
    (folder / "requirements.txt").write_text(line.format(digest))
    made, findings = await make(("one",), "one==1.0")
    origin = f"    # from {index.url}\n"
    assert (made.text, findings) == (f"one==1.0 \\\n    --hash={digest}\n{origin}", ())
    (folder / "requirements.txt").write_text(line.format("sha256:" + "0" * 64))
    _, findings = await make(("one",), "one==1.0")
    assert codes(findings) == [("hash-differs", "block")]


@pytest.mark.parametrize("kernels", [True, False])
async def test_a_uv_lock_above_the_notebook_rules_for_kernels_of_its_project(
    make: Any, index: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, kernels: bool
) -> None:
    monkeypatch.setattr(uv_lock, "is_kernels", lambda path, facts: kernels)
    digest = index.wheel("one", "1.0")
    index.wheel("one", "2.0")
    index.wheel("unneeded", "1.0")
    package = (
        '[[package]]\nname = "{}"\nversion = "1.0"\nsource = {{ registry = "https://h" }}\n'
        'wheels = [{{ url = "https://h/w.whl", hash = "{}" }}]\n'
    )
    (folder.parent / "pyproject.toml").write_text("[project]\nname = 'p'\n")
    (folder.parent / "uv.lock").write_text(
        "version = 1\n" + package.format("one", digest) + package.format("unneeded", "sha256:00")
    )
    made, findings = await make(("one",), "one==1.0")
    assert made.text == f"one==1.0 \\\n    --hash={digest}\n    # from {index.url}\n"
    assert made.source == ("uv.lock" if kernels else "kernel")
    assert codes(findings) == ([] if kernels else [("lock-passed-over", "note")])
    if not kernels:
        assert f"{folder.parent / 'uv.lock'} does not rule" in findings[0].message


async def test_what_stands_beside_the_notebook_comes_before_what_stands_above(
    make: Any, index: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uv_lock, "is_kernels", lambda path, facts: True)
    index.wheel("one", "1.0")
    (folder.parent / "uv.lock").write_text("version = 1\npackage = []\n")
    (folder / "requirements.txt").write_text("one==1.0\n")
    made, findings = await make(("one",), "one==1.0")
    assert (made.source, findings) == ("requirements.txt", ())


async def test_a_lock_that_nobody_reads_is_said(make: Any, index: Any, folder: Path) -> None:
    (folder / "poetry.lock").touch()
    _, findings = await make(())
    assert codes(findings) == [("lock-unread", "note")]


async def test_local_modules_add_what_they_import(make: Any, index: Any, folder: Path) -> None:
    index.wheel("one", "1.0")
    (folder / "features.py").write_text("import one, lost\n")
    made, findings = await make(("features",), "one==1.0")
    assert made.packages == (("one", "1.0"),)
    assert codes(findings) == [("module-unknown", "block")]


async def test_an_old_python_blocks_at_once(make_facts: Any, folder: Path, places: Places) -> None:
    facts = make_facts("one==1", version="3.9.18")
    made, findings = await lock(LockRequest(facts, folder, ("one",), places))
    assert made is None
    assert codes(findings) == [("python-old", "block")]
