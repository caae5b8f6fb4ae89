"""From a source to a wheel with a hash: locked without running it, built after the review."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.environment import (
    LockRequest,
    OnThisMachine,
    Unbuilt,
    lock,
    realise,
    with_built,
)
from jupyter_modelship.environment.build_causes import CAUSES, explained
from jupyter_modelship.environment.repack import repack
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.model import Finding, KernelFacts, Lock
from jupyter_modelship.places import Places
from jupyter_modelship.steps import Step

from .projects import project


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """Holds a line for each time that something of a project has run."""
    return tmp_path / "ran"


@pytest.fixture
def shop(make_facts: Any, kernel: Any, folder: Path, places: Places) -> Any:
    """A kernel with `arch`, which needs `six`; `locked()` locks a notebook that imports it."""
    urls: Mapping[str, str] = {}

    class Shop:
        facts: KernelFacts = replace(
            make_facts(
                "arch==1.0", "six==1.16", urls=urls, requires={"arch": ("six",)},
                python=str(kernel.python),
            ),
            base=str(kernel.python),
        )  # fmt: skip

        async def locked(self) -> tuple[Lock | None, tuple[Finding, ...]]:
            return await lock(LockRequest(self.facts, folder, ("arch",), places, (), ()))

        async def built(
            self, made: Lock, *, pure: bool = False, unbuilt: Callable[[Unbuilt], None] = print
        ) -> Lock:
            told: list[str] = []
            builder = OnThisMachine(self.facts.base, pure=pure)
            return await with_built(made, self.facts, places, builder, told.append, unbuilt)

    return Shop()


def codes(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(f.code, f.severity) for f in findings]


async def test_an_archive_is_locked_by_its_hash_and_nothing_of_it_runs(
    shop: Any, index: Any, mark: Path
) -> None:
    six = index.wheel("six", "1.16")
    digest = index.archive("arch", "1.0", project("arch", "1.0", mark))
    made, findings = await shop.locked()
    assert codes(findings) == [("source-built", "warn")]
    assert made.text == (
        f"six==1.16 \\\n    --hash={six}\n    # from {index.url}\n"
        "# built from source after the review: building it runs its code\n"
        f"arch==1.0 \\\n    --hash={digest}\n"
    )
    assert made.packages == (("arch", "1.0"), ("six", "1.16"))
    assert [(one.name, one.pin, one.kind) for one in made.sources] == [("arch", digest, "archive")]
    assert not mark.exists()
    assert await shop.locked() == (made, findings), "kept, and the same"


async def test_it_is_built_once_and_installed_by_the_wheels_hash(
    shop: Any, index: Any, mark: Path, places: Places
) -> None:
    index.wheel("six", "1.16")
    index.archive("arch", "1.0", project("arch", "1.0", mark))
    made, _ = await shop.locked()
    built = await shop.built(made)
    (wheel,) = built.wheels
    digest = hashlib.sha256(Path(wheel).read_bytes()).hexdigest()
    assert f"arch==1.0 \\\n    --hash=sha256:{digest}\n" in built.text
    assert "# built" not in built.text
    ran = mark.read_text()
    assert await shop.built(made) == built
    assert mark.read_text() == ran
    assert await shop.built(built) == built
    python = await realise(built, shop.facts, places)
    done = subprocess.run(
        [python, "-c", "import arch; print(arch.ANSWER)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "42\n"


async def test_where_a_version_has_a_wheel_too_nothing_is_built(
    shop: Any, index: Any, mark: Path
) -> None:
    index.wheel("six", "1.16")
    index.wheel("arch", "1.0", requires=("six",))
    index.archive("arch", "1.0", project("arch", "1.0", mark))
    made, findings = await shop.locked()
    assert (made.sources, findings) == ((), ())


async def test_a_version_that_the_kernel_does_not_have_is_not_built(
    shop: Any, index: Any, folder: Path, mark: Path
) -> None:
    index.wheel("six", "1.16")
    index.archive("arch", "2.0", project("arch", "2.0", mark))
    (folder / "requirements.txt").write_text("arch==2.0\n")
    made, findings = await shop.locked()
    assert made is None
    assert codes(findings) == [("no-wheel", "block")]
    assert not mark.exists()


async def test_another_archive_than_the_requirements_hash_blocks(
    shop: Any, index: Any, folder: Path, mark: Path
) -> None:
    index.wheel("six", "1.16")
    index.archive("arch", "1.0", project("arch", "1.0", mark))
    (folder / "requirements.txt").write_text(f"arch==1.0 --hash=sha256:{'0' * 64}\n")
    _, findings = await shop.locked()
    assert ("hash-differs", "block") in codes(findings)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"built": "1.1"}, "its build gave arch 1.1, where the kernel has arch 1.0"),
        ({"needs": ("nowhere-to-be-found",)}, "what its build needs .* cannot be installed"),
        ({"tag": "cp311-cp311-linux_x86_64"}, "arch 1.0 has compiled parts"),
    ],
)
async def test_a_build_that_cannot_be_used_fails_with_the_reason(
    shop: Any, index: Any, mark: Path, places: Places, changed: dict[str, Any], said: str
) -> None:
    index.wheel("six", "1.16")
    index.archive("arch", "1.0", project("arch", "1.0", mark, **changed))
    made, _ = await shop.locked()
    with pytest.raises(StageFailed, match=said) as raised:
        await shop.built(made, pure=True)
    assert raised.value.remedy
    assert list((places.cache / "wheels").glob("*.part")) == []


async def test_a_build_that_fails_can_be_tried_again_in_its_folder(
    shop: Any, index: Any, mark: Path, tmp_path: Path
) -> None:
    index.wheel("six", "1.16")
    files = project("arch", "1.0", mark)
    files["backend.py"] = files["backend.py"].replace('"ANSWER = 42"', "MISSING")
    index.archive("arch", "1.0", files)
    made, _ = await shop.locked()
    aside, steps = tmp_path / "aside", list[Step]()

    def take(failed: Unbuilt) -> None:
        failed.place.rename(aside)
        steps.append(failed.step(aside))

    with pytest.raises(StageFailed, match=r"arch 1\.0 cannot be built from source"):
        await shop.built(made, unbuilt=take)
    (step,) = steps
    assert step.what == "build arch 1.0 from source"
    assert "NameError" in _ended(step, code=1)
    backend = aside / "project" / "backend.py"
    backend.write_text(backend.read_text().replace("MISSING", "''"))
    assert "arch-1.0-py3-none-any.whl" in _ended(step, code=0)
    assert [path.name for path in (aside / "out").iterdir()] == ["arch-1.0-py3-none-any.whl"]


async def test_tools_that_cannot_be_installed_can_be_asked_for_again_and_no_login_is_told(
    shop: Any, index: Any, mark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.password = "hunter2"
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
    index.wheel("six", "1.16")
    index.archive("arch", "1.0", project("arch", "1.0", mark, needs=("tool>=2",)))
    made, _ = await shop.locked()
    aside, steps = tmp_path / "aside", list[Step]()

    def take(failed: Unbuilt) -> None:
        failed.place.rename(aside)
        steps.append(failed.step(aside))

    with pytest.raises(StageFailed, match=r"needs \(tool>=2\) cannot be installed"):
        await shop.built(made, unbuilt=take)
    (step,) = steps
    assert step.what == "install what the build of arch 1.0 needs"
    assert (step.folder, step.names) == (str(aside), ("UV_DEFAULT_INDEX",))
    assert (aside / "project" / "backend.py").is_file()
    assert "hunter2" not in repr(step)
    index.wheel("tool", "2.0")
    again = replace(step, env={**step.env, "UV_DEFAULT_INDEX": index.url, "HOME": str(tmp_path)})
    _ended(again, code=0)
    assert (aside / "tools" / "tool" / "__init__.py").is_file()


def _ended(step: Step, *, code: int) -> str:
    done = subprocess.run(
        step.argv, cwd=step.folder, env=step.env, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


async def test_an_archive_that_was_replaced_since_is_not_built(
    shop: Any, index: Any, mark: Path
) -> None:
    index.wheel("six", "1.16")
    index.archive("arch", "1.0", project("arch", "1.0", mark))
    made, _ = await shop.locked()
    index.archive("arch", "1.0", project("arch", "1.0", mark, needs=("x",)))
    with pytest.raises(StageFailed, match=r"other bytes for arch 1\.0 than the lock says"):
        await shop.built(made)
    assert not mark.exists()


async def test_a_build_sees_no_login_of_the_index_and_nothing_of_the_users_environment(
    shop: Any, index: Any, mark: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.password = "hunter2"
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)
    monkeypatch.setenv("GITHUB_TOKEN", "planted")
    index.wheel("six", "1.16")
    files = project("arch", "1.0", mark)
    files["backend.py"] += f"import os; open({str(mark)!r}, 'a').write(repr(dict(os.environ)))\n"
    index.archive("arch", "1.0", files)
    made, _ = await shop.locked()
    await shop.built(made)
    assert "SOURCE_DATE_EPOCH" in mark.read_text()
    assert "hunter2" not in mark.read_text()
    assert "planted" not in mark.read_text()


def test_a_wheel_packed_anew_has_the_same_bytes_whenever_it_was_made(tmp_path: Path) -> None:
    made = []
    for files in ({"b/x.py": 2001, "a.py": 2002}, {"a.py": 2003, "b/x.py": 2004}):
        path, target = tmp_path / "old.whl", tmp_path / "new.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            for name, year in files.items():
                wheel.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), f"# {name}")
        repack(path, target)
        made.append(target.read_bytes())
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("error: command 'gcc' failed: No such file or directory", "there is no C compiler"),
        ("error: [Errno 2] No such file or directory: 'gcc'", "there is no C compiler"),
        ("../meson.build:1:0: ERROR: Unknown compiler(s): [['cc'], ['gcc']]", "no C compiler"),
        ("fast.c:1:10: fatal error: Python.h: No such file or directory", "Python's own headers"),
        ("x.c:3:10: fatal error: pg_config.h: No such file or directory", "pg_config.h"),
        ("/usr/bin/ld: cannot find -lssl: No such file or directory", "a library to link .*: ssl"),
        ("error: can't find Rust compiler", "there is no Rust compiler"),
        ("ModuleNotFoundError: No module named 'numpy'", "imports numpy"),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
    ],
)
def test_why_a_build_fails_is_told_with_a_remedy(written: str, said: str) -> None:
    error = explained("x 1 cannot be built from source", f"running build\n{written}\nend")
    with pytest.raises(StageFailed, match=said):
        raise error
    assert error.remedy
    assert written in error.detail


def test_what_is_not_recognised_is_shown_as_it_is() -> None:
    error = explained("x 1 cannot be built from source", "something else")
    assert (error.message, error.detail) == ("x 1 cannot be built from source", "something else")
    assert all(cause and remedy for _, cause, remedy in CAUSES)
