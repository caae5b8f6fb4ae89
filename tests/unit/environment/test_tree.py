"""The packages of a lock as the folder that an image's dependency layer is made of."""

from __future__ import annotations

import asyncio
import csv
import importlib.util
import marshal
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from platform import machine
from typing import Any

import pytest

from jupyter_modelship import failpoints
from jupyter_modelship.environment import LockRequest, Tree, lock, probe, resolve_kernel, tree
from jupyter_modelship.environment.normalise import normalise, seal
from jupyter_modelship.environment.wheels import MACHINES
from jupyter_modelship.errors import ModelshipError, StageFailed
from jupyter_modelship.image.recipe import Platform
from jupyter_modelship.model import KernelFacts, Lock
from jupyter_modelship.places import Places, private

BOOKWORM: dict[str, Any] = {"platform": Platform(), "glibc": (2, 36)}
MACHINES_OF = {theirs: ours for ours, theirs in MACHINES.items()}
TAG = f"cpython-{sys.version_info[0]}{sys.version_info[1]}"


@pytest.fixture
async def facts(
    kernel: Any, places: Places, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> KernelFacts:
    monkeypatch.setenv("JUPYTER_PATH", str(kernel.jupyter))
    return await probe(resolve_kernel("own", folder=folder), places)


@pytest.fixture
def stocked(index: Any) -> Any:
    """Two distributions with all that an installer leaves traces of."""
    index.wheel(
        "one",
        "1.0",
        body="WORDS = {'a', 'b'}\ndef there(x):\n    return x in {'p', 'q'}\n",
        more={
            "one/template.py": "{% not python %}",
            "one/tests/test_one.py": "assert True\n",
            "one/__pycache__/old.cpython-38.pyc": "?",
            "one.pth": "import sys\n",
            "INFO/entry_points.txt": "[console_scripts]\none-say = one:there\n",
            "INFO/direct_url.json": '{"url": "file:///home/somebody/one"}',
        },
    )
    index.wheel("two", "2.0", requires=("one",), body="import one\n")
    return index


async def made_lock(facts: KernelFacts, folder: Path, places: Places, *wanted: str) -> Lock:
    (folder / "requirements.txt").write_text("".join(f"{text}\n" for text in wanted))
    request = LockRequest(facts, folder, (), places, service_requirements=wanted)
    made, findings = await lock(request)
    assert findings == ()
    assert made is not None
    return made


@pytest.fixture
async def both(facts: KernelFacts, folder: Path, places: Places, stocked: Any) -> Lock:
    return await made_lock(facts, folder, places, "one==1.0", "two==2.0")


def listing(folder: Path) -> dict[str, tuple[int, float, bytes]]:
    """Path -> mode, modification time, content."""
    found = {}
    for path in sorted([folder, *folder.rglob("*")]):
        facts = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        found[path.relative_to(folder).as_posix()] = (facts.st_mode & 0o7777, facts.st_mtime,
                                                      content)  # fmt: skip
    return found


async def test_it_holds_what_the_wheels_bring_and_byte_code_and_nothing_else(
    facts: KernelFacts, both: Lock, places: Places
) -> None:
    made = await tree(both, facts, places, **BOOKWORM)
    found = listing(made.folder)
    files = sorted(path for path, (mode, _, _) in found.items() if mode == 0o644)
    assert files == [
        "one-1.0.dist-info/INSTALLER", "one-1.0.dist-info/METADATA", "one-1.0.dist-info/RECORD",
        "one-1.0.dist-info/WHEEL", "one-1.0.dist-info/entry_points.txt", "one.pth",
        "one/__init__.py", f"one/__pycache__/__init__.{TAG}.pyc", "one/template.py",
        "one/tests/test_one.py",
        "two-2.0.dist-info/INSTALLER", "two-2.0.dist-info/METADATA", "two-2.0.dist-info/RECORD",
        "two-2.0.dist-info/WHEEL", "two/__init__.py", f"two/__pycache__/__init__.{TAG}.pyc",
    ]  # fmt: skip
    assert {(mode, time) for mode, time, _ in found.values()} == {(0o644, 0.0), (0o755, 0.0)}
    sizes = [len(content) for _, _, content in found.values()]
    compiled = [len(content) for path, (_, _, content) in found.items() if path.endswith(".pyc")]
    assert (made.size, made.wheels) == (sum(sizes), sum(sizes) - sum(compiled))
    assert made.python == both.python


async def test_its_records_list_what_is_there(
    facts: KernelFacts, both: Lock, places: Places
) -> None:
    made = await tree(both, facts, places, **BOOKWORM)
    rows = list(csv.reader((made.folder / "one-1.0.dist-info" / "RECORD").read_text().split("\n")))
    assert [row[0] for row in rows if row] == [
        "one-1.0.dist-info/INSTALLER", "one-1.0.dist-info/METADATA", "one-1.0.dist-info/RECORD",
        "one-1.0.dist-info/WHEEL", "one-1.0.dist-info/entry_points.txt", "one.pth",
        "one/__init__.py", "one/template.py", "one/tests/test_one.py",
    ]  # fmt: skip


async def test_byte_code_is_believed_without_a_look_at_the_source(
    facts: KernelFacts, both: Lock, places: Places
) -> None:
    made = await tree(both, facts, places, **BOOKWORM)
    source = made.folder / "one" / "__init__.py"
    data = (source.parent / "__pycache__" / f"__init__.{TAG}.pyc").read_bytes()
    assert data[:4] == importlib.util.MAGIC_NUMBER
    assert int.from_bytes(data[4:8], "little") == 0b01  # PEP 552: hash-based, unchecked
    assert data[8:16] == importlib.util.source_hash(source.read_bytes())
    assert marshal.loads(data[16:]).co_filename == "/service/packages/one/__init__.py"


MAKE = """
import asyncio, os, pickle, sys
os.umask(int(sys.argv[3], 8))
from jupyter_modelship.environment import tree
from jupyter_modelship.places import places
with open(sys.argv[1], "rb") as file: told, more = pickle.load(file)
made = asyncio.run(tree(*told, places(), **more))
with open(sys.argv[2], "wb") as file: pickle.dump(made, file)
"""


def made_elsewhere(folder: Path, values: Path, umask: str, **surroundings: str) -> Tree:
    """The tree that another process makes, with other surroundings."""
    environment = {**os.environ, "MODELSHIP_HOME": str(folder / "home"), **surroundings}
    answer = folder / "answer"
    subprocess.run([sys.executable, "-c", MAKE, values, answer, umask], env=environment, check=True)
    made = pickle.loads(answer.read_bytes())
    assert isinstance(made, Tree)
    return made


async def test_the_same_bytes_in_other_folders_for_other_users_on_other_days(
    facts: KernelFacts, both: Lock, tmp_path: Path
) -> None:
    values = tmp_path / "values"
    values.write_bytes(pickle.dumps(((both, facts), BOOKWORM)))
    (tmp_path / "a").mkdir()
    (tmp_path / "far" / "away" / "b").mkdir(parents=True)
    first = made_elsewhere(tmp_path / "a", values, "022", TZ="UTC", PYTHONHASHSEED="1")
    second = made_elsewhere(
        tmp_path / "far" / "away" / "b", values, "077", TZ="Asia/Tokyo", HOME=str(tmp_path),
        USER="somebody", PYTHONHASHSEED="2", LANG="C", SOURCE_DATE_EPOCH="1",
        PYTHONOPTIMIZE="2", UV_LINK_MODE="symlink",
    )  # fmt: skip
    assert first.folder != second.folder
    assert (first.key, first.size) == (second.key, second.size)
    assert listing(first.folder) == listing(second.folder)
    told = b"".join(content for _, _, content in listing(first.folder).values())
    assert str(tmp_path).encode() not in told


def test_the_order_in_which_a_disk_lists_files_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("b/z.py", "b/m.py", "c/a.py", "a/q.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    first, listed = seal(tmp_path), os.scandir

    @contextmanager
    def backwards(path: Path) -> Iterator[Iterator[os.DirEntry[str]]]:
        with listed(path) as entries:
            yield iter([*entries][::-1])

    monkeypatch.setattr(os, "scandir", backwards)
    assert seal(tmp_path) == first


@pytest.mark.parametrize("change", ["content", "name", "mode"])
def test_what_differs_has_another_key(tmp_path: Path, change: str) -> None:
    file = tmp_path / "tree" / "a.py"
    file.parent.mkdir()
    file.write_text("1")
    before = seal(file.parent)
    if change == "content":
        file.write_text("2")
    elif change == "name":
        file.rename(file.with_name("b.py"))
    else:
        file.chmod(0o700)
    assert before != seal(file.parent)
    assert before[1] == seal(file.parent)[1] == 1


async def test_nothing_is_shared_with_uvs_cache(
    facts: KernelFacts, both: Lock, places: Places, tmp_path: Path
) -> None:
    made = await tree(both, facts, places, **BOOKWORM)
    assert {path.stat().st_nlink for path in made.folder.rglob("*") if path.is_file()} == {1}
    cached = list((tmp_path / "uv-cache").rglob("__init__.py"))
    assert cached
    assert 0.0 not in {path.stat().st_mtime for path in cached}


async def test_the_second_time_starts_nothing(
    facts: KernelFacts, both: Lock, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await tree(both, facts, places, **BOOKWORM)
    monkeypatch.setattr("jupyter_modelship.process.run", None)
    assert await tree(both, facts, places, **BOOKWORM) == first


async def test_a_new_home_needs_no_index(
    facts: KernelFacts, both: Lock, places: Places, stocked: Any, tmp_path: Path
) -> None:
    first = await tree(both, facts, places, **BOOKWORM)
    stocked.asked.clear()
    other = Places(places.state, private(tmp_path / "other"), places.runtime)
    assert (await tree(both, facts, other, **BOOKWORM)).key == first.key
    assert stocked.asked == []


def entries(places: Places) -> int:
    return len([path for path in (places.cache / "trees").iterdir() if path.is_dir()])


async def test_two_makers_at_once_make_one(facts: KernelFacts, both: Lock, places: Places) -> None:
    lines: list[str] = []
    many = [tree(both, facts, places, lines.append, **BOOKWORM) for _ in range(3)]
    assert len(set(await asyncio.gather(*many))) == 1
    assert len([line for line in lines if "one==1.0" in line]) == 1
    assert entries(places) == 1


POINTS = ("tree.installed", "tree.rename.before", "tree.rename.after")


@pytest.mark.parametrize("point", POINTS)
async def test_a_maker_killed_anywhere_leaves_none_or_a_whole_one(
    facts: KernelFacts, both: Lock, places: Places, point: str, tmp_path: Path
) -> None:
    values = tmp_path / "values"
    values.write_bytes(pickle.dumps(((both, facts), BOOKWORM)))
    environment = {
        **os.environ, failpoints.VARIABLE: f"{point}=kill", "MODELSHIP_HOME": str(tmp_path / "h"),
    }  # fmt: skip
    ran = subprocess.run(
        [sys.executable, "-c", MAKE, values, tmp_path / "none", "022"], env=environment, check=False
    )
    assert ran.returncode == -9
    cut = Places(tmp_path / "h" / "state", tmp_path / "h" / "cache", tmp_path / "h" / "run")
    made = await tree(both, facts, cut, **BOOKWORM)
    assert made.key == (await tree(both, facts, places, **BOOKWORM)).key
    assert entries(cut) == 1


async def test_wheels_are_the_images_not_this_machines(
    facts: KernelFacts, folder: Path, places: Places, index: Any
) -> None:
    for tag in ("manylinux_2_17_x86_64", "manylinux_2_17_aarch64", "manylinux_2_39_x86_64"):
        index.wheel("native", "1.0", tag=f"py3-none-{tag}", body=f"TAG = '{tag}'\n")
    wanted = await made_lock(facts, folder, places, "native==1.0")

    async def body(platform: Platform, glibc: tuple[int, int]) -> str:
        made = await tree(wanted, facts, places, platform=platform, glibc=glibc)
        return (made.folder / "native" / "__init__.py").read_text()

    assert await body(Platform(), (2, 36)) == "TAG = 'manylinux_2_17_x86_64'\n"
    assert await body(Platform(), (2, 41)) == "TAG = 'manylinux_2_39_x86_64'\n"
    assert await body(Platform(architecture="arm64"), (2, 36)) == "TAG = 'manylinux_2_17_aarch64'\n"
    assert entries(places) == 3


async def test_a_wheel_that_the_image_cannot_run_is_named(
    facts: KernelFacts, folder: Path, places: Places, index: Any
) -> None:
    index.wheel("native", "1.0", tag="py3-none-manylinux_2_17_x86_64")
    wanted = await made_lock(facts, folder, places, "native==1.0")
    with pytest.raises(StageFailed, match=r"native has no wheel for .* aarch64-manylinux_2_36"):
        await tree(wanted, facts, places, platform=Platform(architecture="arm64"), glibc=(2, 36))
    assert entries(places) == 0


async def test_what_only_the_images_platform_needs_is_told(
    facts: KernelFacts, folder: Path, places: Places, index: Any
) -> None:
    """The lock is resolved here; a marker asks for more there."""
    needs = (
        f"extra-there; platform_machine != '{machine()}'",
        "extra-win; sys_platform == 'win32'",
        "extra-test; extra == 'test'",
        "extra-old; python_version < '3'",
    )
    index.wheel("one", "1.0", requires=needs)
    wanted = await made_lock(facts, folder, places, "one==1.0")
    here = MACHINES_OF[machine()]
    other = "arm64" if here == "amd64" else "amd64"
    await tree(wanted, facts, places, platform=Platform(architecture=here), glibc=(2, 36))
    with pytest.raises(StageFailed, match="one needs extra-there") as raised:
        await tree(wanted, facts, places, platform=Platform(architecture=other), glibc=(2, 36))
    assert "%pip install extra-there" in raised.value.remedy
    assert entries(places) == 1


@pytest.mark.parametrize(
    ("platform", "glibc", "says"),
    [
        (Platform("windows"), (2, 36), "windows/amd64"),
        (Platform(architecture="s390x"), (2, 36), "linux/s390x"),
        (Platform(), (2, 5), "glibc 2.5"),
    ],
)
async def test_what_wheels_are_not_made_for_is_refused(
    facts: KernelFacts, both: Lock, places: Places, platform: Platform, glibc: Any, says: str
) -> None:
    with pytest.raises(StageFailed, match=says) as raised:
        await tree(both, facts, places, platform=platform, glibc=glibc)
    assert raised.value.remedy


async def test_a_file_of_another_hash_is_no_file(
    facts: KernelFacts, both: Lock, places: Places
) -> None:
    text = re.sub("sha256:.{4}", "sha256:0000", both.text, count=1)
    wrong = Lock(text, "0" * 64, both.python, both.packages, both.source)
    with pytest.raises(StageFailed, match="cannot be installed") as raised:
        await tree(wrong, facts, places, **BOOKWORM)
    assert "Hash mismatch for `one==1.0`" in raised.value.detail
    assert entries(places) == 0


async def test_an_interpreter_that_is_gone(facts: KernelFacts, both: Lock, places: Places) -> None:
    lost = KernelFacts("own", facts.python, facts.version, "/gone/python3", {}, {}, frozenset())
    with pytest.raises(ModelshipError):
        await tree(both, lost, places, **BOOKWORM)
    assert entries(places) == 0


@pytest.fixture
def links(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    (folder / "one").mkdir(parents=True)
    return folder


def test_a_link_in_a_wheel_is_refused(links: Path) -> None:
    (links / "one" / "key").symlink_to("/etc/passwd")
    with pytest.raises(StageFailed, match=r"one/key"):
        normalise(links)


def test_a_record_cannot_name_what_lies_outside(links: Path) -> None:
    (links / "one" / "a.py").touch()
    info = links / "one-1.0.dist-info"
    info.mkdir()
    (links.parent / "outside").touch()
    rows = "one/a.py,,\n../outside,,\n/etc/passwd,,\none/b.py,,\n\none-1.0.dist-info/RECORD,,\n"
    (info / "RECORD").write_text(rows)
    normalise(links)
    assert (info / "RECORD").read_text() == "one-1.0.dist-info/RECORD,,\none/a.py,,\n"
