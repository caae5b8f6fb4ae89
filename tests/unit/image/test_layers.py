"""A folder as a layer: read back by others, equal everywhere, and nothing in it that may not be."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import os
import socket
import stat
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image import pack as packing
from jupyter_modelship.image.layers import archive, content_key
from jupyter_modelship.image.pack import pack
from jupyter_modelship.image.recipe import Layer
from jupyter_modelship.image.tarball import header

LETTERS = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="/")
NAMES = st.text(LETTERS, min_size=1, max_size=60).filter(
    lambda name: name not in (".", "..") and not name.startswith(".wh.")
)
LONG_NAMES = st.integers(90, 250).map(lambda length: "n" * length)
PATHS = st.lists(NAMES | LONG_NAMES, min_size=1, max_size=4).map("/".join)
TREES = st.dictionaries(PATHS, st.binary(max_size=1100), max_size=12)


def code(folder: Path, destination: str = "/service") -> Layer:
    return Layer("code", folder, destination, "")


def whole(layer: Layer) -> bytes:
    return b"".join(archive(layer))


def fill(folder: Path, tree: dict[str, bytes]) -> dict[str, bytes]:
    """Make the files that can be made, a path that is a folder already aside; what was made."""
    made: dict[str, bytes] = {}
    for path, content in sorted(tree.items(), key=lambda item: -len(item[0])):
        file = folder / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("xb") as new:
                new.write(content)
        except OSError:  # a folder, below a file, or longer than the file system takes
            continue
        made[path] = content
    return made


def read_back(archived: bytes) -> list[tuple[tarfile.TarInfo, bytes | None]]:
    """Each member, and a file's content."""
    with tarfile.open(fileobj=io.BytesIO(archived)) as found:
        files = [(one, found.extractfile(one)) for one in found]
        return [(one, None if file is None else file.read()) for one, file in files]


@settings(max_examples=80, deadline=None)
@given(TREES)
def test_python_reads_back_what_was_packed(tree: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as name:
        made = fill(Path(name), tree)
        found = read_back(whole(code(Path(name))))
        assert {
            one.name.removeprefix("service/"): content
            for one, content in found
            if content is not None
        } == made
        for one, _ in found:
            assert (one.uid, one.gid, one.uname, one.mtime) == (0, 0, "", 0)
            assert stat.S_IMODE(one.mode) == (0o755 if one.isdir() else 0o644)


@settings(max_examples=20, deadline=None)
@given(TREES)
def test_gnu_tar_lists_and_unpacks_it(tree: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as out:
        made = fill(Path(name), tree)
        command = ["tar", "--extract", "--directory", out]
        subprocess.run(command, input=whole(code(Path(name))), check=True, stderr=subprocess.PIPE)
        read = {
            os.fspath(path.relative_to(Path(out) / "service")): path.read_bytes()
            for path in Path(out).rglob("*")
            if path.is_file()
        }
        assert read == made


@settings(max_examples=100, deadline=None)
@given(PATHS.filter(lambda path: len(path) > 80), st.sampled_from([0, 511, (1 << 33) - 1, 1 << 33]))
def test_a_header_says_name_and_size_however_long_they_are(path: str, size: int) -> None:
    blocks = header(path, stat.S_IFREG | 0o644, size)
    assert len(blocks) % 512 == 0
    with tarfile.open(fileobj=io.BytesIO(blocks + bytes(1024))) as found:
        member = found.next()
    assert member is not None
    assert (member.name, member.size) == (path, size)


def test_the_destination_comes_with_its_parents_and_folders_before_what_is_in_them(
    tmp_path: Path,
) -> None:
    fill(tmp_path, {"b/inner": b"1", "b-c": b"2", "b.d": b"3", "a": b"4"})
    (tmp_path / "empty").mkdir()
    names = [
        line.decode()
        for line in subprocess.run(
            ["tar", "--list"],
            input=whole(code(tmp_path, "/service/x")),
            check=True,
            capture_output=True,
        ).stdout.splitlines()
    ]
    assert names == [
        "service/",
        "service/x/",
        *("service/x/a", "service/x/b/", "service/x/b/inner", "service/x/b-c", "service/x/b.d"),
        "service/x/empty/",
    ]


def test_where_when_and_by_whom_decides_nothing(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "some" / "other"
    fill(one, {"service.py": b"def f(): ...\n", "runtime/a.py": b""})
    before = os.umask(0o077)
    try:
        fill(other, {"runtime/a.py": b"", "service.py": b"def f(): ...\n"})
    finally:
        os.umask(before)
    os.utime(other / "service.py", (1, 1))
    (other / "runtime").chmod(0o700)
    assert content_key(one, "/service") == content_key(other, "/service")
    (other / "service.py").chmod(0o755)
    assert content_key(one, "/service") != content_key(other, "/service")


def _link(place: Path) -> None:
    place.symlink_to("elsewhere")


def _pipe(place: Path) -> None:
    os.mkfifo(place)


def _socket(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(os.path.relpath(place))


def _setuid(place: Path) -> None:
    place.touch()
    place.chmod(0o4755)


@pytest.mark.parametrize(
    ("name", "make", "why"),
    [
        ("link", _link, "is a symbolic link"),
        ("pipe", _pipe, "is no regular file"),
        ("socket", _socket, "is no regular file"),
        ("setuid", _setuid, "runs with the rights of its owner"),
        ("a\nb", Path.touch, "has a control character in its name"),
        ("a\x9bb", Path.touch, "has a control character in its name"),
        ("a\udcffb", Path.touch, "has a name that is not UTF-8"),
        (".wh.service.py", Path.touch, "deletes in an image"),
        (".wh..wh..opq", Path.mkdir, "deletes in an image"),
    ],
)
def test_what_may_not_be_in_an_image_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    make: Callable[[Path], None],
    why: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    make(tmp_path / "sub" / name)
    with pytest.raises(StageFailed) as caught:
        whole(code(tmp_path))
    assert why in caught.value.message
    assert ascii(name)[1:-1] in caught.value.message
    assert caught.value.remedy
    assert caught.value.message.isprintable()


def test_a_file_that_changes_while_it_is_packed_is_no_layer(tmp_path: Path) -> None:
    for change in (b"", b"longer than before"):
        (tmp_path / "log").write_bytes(b"12345")
        pieces = archive(code(tmp_path))
        next(pieces), next(pieces)  # the headers, with the size
        (tmp_path / "log").write_bytes(change)
        with pytest.raises(StageFailed, match="changed while it was packed"):
            list(pieces)


@pytest.mark.parametrize("wrong", ["service", "/", "/service/", "/a//b", "/a/../b", ""])
def test_a_destination_is_a_folder_of_the_image(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ValueError, match="not a folder"):
        whole(code(tmp_path, wrong))


@pytest.fixture
def big(tmp_path: Path) -> Layer:
    """A little over three blocks that cannot be compressed, and one that can."""
    folder = tmp_path / "big"
    fill(folder, {"noise": os.urandom(3 * packing.BLOCK + 17), "zeros": bytes(packing.BLOCK)})
    return code(folder)


async def test_the_blob_is_the_archive_compressed_under_its_digest(
    big: Layer, tmp_path: Path
) -> None:
    heard: list[int] = []
    packed = await pack(big, tmp_path, told=heard.append)
    blob, content = packed.file.read_bytes(), whole(big)
    assert gzip.decompress(blob) == content
    assert packed.diff_id == "sha256:" + hashlib.sha256(content).hexdigest()
    assert (
        packed.digest
        == "sha256:" + packed.file.name
        == "sha256:" + hashlib.sha256(blob).hexdigest()
    )
    assert (packed.size, packed.unpacked) == (len(blob), len(content))
    assert heard == sorted(heard)
    assert heard[-1] == len(content)


async def test_the_number_of_cores_and_the_date_decide_nothing(
    big: Layer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = await pack(big, tmp_path)
    monkeypatch.setattr(os, "cpu_count", lambda: 7)
    monkeypatch.setattr(time, "time", lambda: 1.0)
    assert await pack(big, tmp_path) == packed


async def test_who_cancels_leaves_nothing(big: Layer, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()

    def stop(count: int) -> None:
        packed.cancel()

    packed = asyncio.create_task(pack(big, out, told=stop))
    with pytest.raises(asyncio.CancelledError):
        await packed
    assert list(out.iterdir()) == []


async def test_a_layer_that_is_refused_leaves_nothing(tmp_path: Path) -> None:
    out, folder = tmp_path / "out", tmp_path / "folder"
    out.mkdir()
    folder.mkdir()
    _link(folder / "link")
    with pytest.raises(StageFailed):
        await pack(code(folder), out)
    assert list(out.iterdir()) == []


async def test_memory_stays_small_however_big_the_layer(tmp_path: Path) -> None:
    import tracemalloc

    folder = tmp_path / "big"
    folder.mkdir()
    with (folder / "hole").open("wb") as file:
        file.truncate(80 << 20)
    tracemalloc.start()
    try:
        await pack(code(folder), tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 30 << 20
    finally:
        tracemalloc.stop()
