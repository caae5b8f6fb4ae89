"""Tar headers, byte for byte as the tools of the container world write them.

buildah, podman and docker write layers with Go's `archive/tar`: USTAR (POSIX.1-1988), and a PAX
record (POSIX.1-2001) for what does not fit. A layer's identity is the hash of its bytes, so the
same content has to get the same headers: Python's `tarfile` leaves out the file type in the mode,
names PAX headers its own way and pads archives to 10 KiB.
"""

from __future__ import annotations

import stat

from .recipe import EPOCH

BLOCK = 512
TRAILER = bytes(2 * BLOCK)
_NAME, _PREFIX = 100, 155
_SIZE_LIMIT = 1 << 33
"""Eleven octal digits; a larger file's size is in a PAX record."""
_REGULAR, _FOLDER, _PAX = b"0", b"5", b"x"


def header(path: str, mode: int, size: int) -> bytes:
    """All blocks before the content of a member that belongs to root, at `EPOCH`.

    `path` has no slash at its start, and one at its end where it is a folder's; `mode` is its
    st_mode with the type; `size` in bytes. `path` is valid UTF-8 without NUL.
    """
    kind = _FOLDER if stat.S_ISDIR(mode) else _REGULAR
    prefix, name = _split(path)
    long, records = not path.isascii() or len(path) > _NAME, b""
    if (long and not prefix) or size >= _SIZE_LIMIT:
        prefix, name = "", _ascii(path)
        records += _record("path", path) if long else b""
    if size >= _SIZE_LIMIT:
        records += _record("size", str(size))
        size = 0
    before = _pax(path, records) if records else b""
    return before + _block(name, mode, size, kind, prefix=prefix)


def padding(size: int) -> bytes:
    """What fills a content of `size` bytes up to whole blocks."""
    return bytes(-size % BLOCK)


def _split(path: str) -> tuple[str, str]:
    """(prefix, name), the prefix as long as may be; ("", path) where none is needed or fits."""
    if len(path) <= _NAME or not path.isascii():
        return "", path
    cut = path[: min(len(path), _PREFIX + 1)] if len(path) > _PREFIX + 1 else path.rstrip("/")
    prefix, slash, _ = cut.rpartition("/")
    name = path[len(prefix) + 1 :]
    fits = slash and prefix and 0 < len(name) <= _NAME and len(prefix) <= _PREFIX
    return (prefix, name) if fits else ("", path)


def _pax(path: str, records: bytes) -> bytes:
    """An extended header: its own block, and its records."""
    folder, _, name = path.rpartition("/")
    title = "/".join(filter(None, (folder, "PaxHeaders.0", name)))
    title = _ascii(title)[:_NAME].rstrip("/")
    return _block(title, 0, len(records), _PAX, device=bytes(8)) + records + padding(len(records))


def _record(key: str, value: str) -> bytes:
    """`<length> <key>=<value>\\n`, the length counting itself."""
    rest = f" {key}={value}\n".encode()
    length = len(rest)
    while len(str(length)) + len(rest) != length:
        length = len(str(length)) + len(rest)
    return str(length).encode() + rest


def _block(
    name: str, mode: int, size: int, kind: bytes, *, prefix: str = "", device: bytes = b"0000000\0"
) -> bytes:
    fields = (
        _text(name, _NAME),
        _octal(mode, 8),
        _octal(0, 8),  # owner and group: root
        _octal(0, 8),
        _octal(size, 12),
        _octal(EPOCH, 12),
        b" " * 8,  # the checksum counts as blanks in itself
        kind,
        bytes(_NAME),  # target of a link
        b"ustar\x0000",
        bytes(32),  # names of owner and group: the numbers count
        bytes(32),
        device,
        device,
        _text(prefix, _PREFIX),
        bytes(12),
    )
    block = b"".join(fields)
    checksum = f"{sum(block):06o}\0 ".encode()
    return block[:148] + checksum + block[156:]


def _text(text: str, width: int) -> bytes:
    """Cut to the field; one that would end in a slash there ends before it: some readers take a
    file for a folder by the slash (the whole name is in the PAX record)."""
    raw = text.encode()
    if len(raw) > width and raw[width - 1 : width] == b"/":
        return raw[: width - 1].rstrip(b"/").ljust(width, b"\0")
    return raw[:width].ljust(width, b"\0")


def _octal(number: int, width: int) -> bytes:
    return f"{number:0{width - 1}o}\0".encode()


def _ascii(text: str) -> str:
    return "".join(character for character in text if character.isascii())
