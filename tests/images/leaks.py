"""Where a value is found, however it was written: in folders, in what is packed in their files, and
in texts. It shares nothing with the search that the product makes."""

from __future__ import annotations

import base64
import gzip
import io
import itertools
import json
import os
import subprocess
import tarfile
import tempfile
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_GZIP, _ZIP, _ZLIB = b"\x1f\x8b", b"PK\x03\x04", (b"\x78\x01", b"\x78\x9c", b"\x78\xda")
_DEEPEST = 3
"""Of archives in archives."""


@dataclass
class Leaks:
    """Secrets by name, in every usual spelling."""

    secrets: Mapping[str, str]
    forms: dict[bytes, str] = field(init=False)
    """Spelling -> the secret's name."""

    def __post_init__(self) -> None:
        self.forms = {
            form: name for name, value in self.secrets.items() for form in spellings(value)
        }

    def in_bytes(self, data: bytes) -> set[str]:
        """Names of the secrets in the data, and in what is packed in it."""
        return {
            name for piece in unpacked(data) for form, name in self.forms.items() if form in piece
        }

    def in_text(self, text: str) -> set[str]:
        return self.in_bytes(text.encode("utf-8", "surrogateescape"))

    def in_folder(self, *folders: Path, known: frozenset[str] = frozenset()) -> dict[str, set[str]]:
        """Paths of all files below the folders that hold one, and which; archives are looked into,
        but those of a name in `known` (which others have made)."""
        found: dict[str, set[str]] = {}
        for path in self._hits(folders):
            found[str(path)] = self._plainly(path.read_bytes())
        with tempfile.TemporaryDirectory() as scratch:
            origin = dict(_unfolded(folders, Path(scratch), known))
            for path in self._hits([Path(scratch)]):
                names = found.setdefault(str(origin[path.name]), set())
                names |= self._plainly(path.read_bytes())
        return found

    def _plainly(self, data: bytes) -> set[str]:
        return {name for form, name in self.forms.items() if form in data}

    def _hits(self, folders: Iterable[Path]) -> list[Path]:
        """By grep, which looks for all of them at once in hundreds of megabytes a second."""
        with tempfile.NamedTemporaryFile() as patterns:
            patterns.write(b"\n".join(self.forms))
            patterns.flush()
            there = [str(folder) for folder in folders if folder.exists()]
            done = subprocess.run(
                ["grep", "-raFlZ", "-D", "skip", "-f", patterns.name, "--", *there],
                env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
                capture_output=True,
                check=False,
            )
        return [Path(os.fsdecode(name)) for name in done.stdout.split(b"\0") if name]


def spellings(value: str) -> set[bytes]:
    """As it is, in JSON, in Python, in URLs, in base 64 wherever it begins, in hexadecimal digits,
    in UTF-16."""
    told = value.encode()
    found = {
        told,
        json.dumps(value)[1:-1].encode(),
        json.dumps(value, ensure_ascii=False)[1:-1].encode(),
        repr(value)[1:-1].encode(),
        urllib.parse.quote(value, safe="").encode(),
        urllib.parse.quote(value).encode(),
        urllib.parse.quote_plus(value).encode(),
        told.hex().encode(),
        told.hex().upper().encode(),
        value.encode("utf-16-le"),
    }
    for shift in range(3):
        # The first and the last group of four digits may have a part of something else in them.
        whole = told[(3 - shift) % 3 :]
        digits = base64.b64encode(whole[: len(whole) // 3 * 3])
        found |= {digits, digits.translate(bytes.maketrans(b"+/", b"-_"))}
    assert all(len(form) >= 8 and b"\n" not in form for form in found), "too short to be told apart"
    return found


def unpacked(data: bytes, depth: int = 0) -> Iterator[bytes]:
    """The data, and all that it is an archive or a compressed form of."""
    yield data
    if depth == _DEEPEST:
        return
    for inner in _inner(data):
        yield from unpacked(inner, depth + 1)


def _inner(data: bytes) -> Iterator[bytes]:
    try:
        if data[:2] == _GZIP:
            yield gzip.decompress(data)
        elif data[:4] == _ZIP:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for name in archive.namelist():
                    yield archive.read(name)
        elif data[:2] in _ZLIB:
            yield zlib.decompress(data)
        elif data[257:262] == b"ustar":  # its files lie in it as they are: only archives matter
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                for member in tar:
                    start = data[member.offset_data : member.offset_data + 4]
                    if member.isfile() and _is_packed(start):
                        end = member.offset_data + member.size
                        yield data[member.offset_data : end]
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError):
        return


def _unfolded(
    folders: Iterable[Path], scratch: Path, known: frozenset[str]
) -> Iterator[tuple[str, Path]]:
    """What is packed in files below the folders, as files of numbers in `scratch`; (name there,
    where it was)."""
    numbers = itertools.count()
    for path in _packed(folders):
        if path.name in known:
            continue
        for piece in itertools.islice(unpacked(path.read_bytes()), 1, None):
            name = str(next(numbers))
            (scratch / name).write_bytes(piece)
            yield name, path


def _packed(folders: Iterable[Path]) -> Iterator[Path]:
    """Files that grep cannot look into."""
    for folder in folders:
        for base, _, names in os.walk(folder):
            for name in names:
                path = Path(base, name)
                if not path.is_symlink() and path.is_file() and _begins_packed(path):
                    yield path


def _begins_packed(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError:
        return False
    return _is_packed(head)


def _is_packed(head: bytes) -> bool:
    return head[:2] == _GZIP or head[:4] == _ZIP or head[:2] in _ZLIB
