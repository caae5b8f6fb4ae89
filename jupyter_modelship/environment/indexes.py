"""Package indexes, as the user's pip and uv are told of them.

They reach uv by environment variables only: argument lists are visible to every process of the
machine, and index URLs carry passwords. uv's own files (uv.toml of user and system, keyring,
netrc) are read by uv itself.
Source: pip documentation, "Configuration"; uv reference, "Environment variables".
"""

from __future__ import annotations

import configparser
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from .uv_settings import told_indexes

_SECTIONS = ("global", "install", "download")
_NAME = re.compile(r"[A-Za-z0-9_.-]+=(?=\S)")
"""Of an index, before its address, as uv has it."""
_LOGIN = re.compile(r"//[^/\s]*@")


def without_login(text: str) -> str:
    """A URL, or text with URLs in it, without names and passwords."""
    return _LOGIN.sub("//", text)


@dataclass(frozen=True, slots=True)
class Indexes:
    """Where distributions come from. URLs may hold credentials: never print one."""

    default: str | None = None
    extra: tuple[str, ...] = ()
    """`URL` or `NAME=URL`, the first that has a package before the others and the default."""
    links: tuple[str, ...] = ()
    """URLs or absolute folders with wheels (`--find-links`)."""
    none: bool = False
    """Only `links`, no index (`--no-index`)."""
    uvs: tuple[str, ...] = ()
    """Addresses in uv's own files: it reads them by itself."""
    uvs_default: bool = False
    """One of `uvs` takes the place of PyPI."""
    reach: tuple[tuple[str, str], ...] = ()
    """How pip was told to reach them, as uv's variables: certificates, keyring, hosts."""

    def over(self, other: Indexes) -> Indexes:
        """Ours first, then what `other` adds."""
        return Indexes(
            self.default or other.default,
            tuple(dict.fromkeys([*self.extra, *other.extra])),
            tuple(dict.fromkeys([*self.links, *other.links])),
            self.none or other.none,
            tuple(dict.fromkeys([*self.uvs, *other.uvs])),
            self.uvs_default or other.uvs_default,
            tuple({**dict(other.reach), **dict(self.reach)}.items()),
        )

    @property
    def addresses(self) -> tuple[str, ...]:
        """URLs of all indexes that are named, with their credentials."""
        named = [*self.extra, *self.uvs, *filter(None, [self.default])]
        return tuple(dict.fromkeys(_NAME.sub("", entry, count=1) for entry in named))

    @property
    def several(self) -> bool:
        """Whether a package could come from one index or another."""
        asked = {without_login(url) for url in self.addresses}
        pypi = self.default is None and not self.uvs_default
        return len(asked) + pypi > 1 and not self.none

    def with_wheels(self, wheels: tuple[str, ...]) -> Indexes:
        """And the folders of wheels on this machine, before all others."""
        folders = tuple(str(Path(wheel).parent) for wheel in wheels)
        return Indexes(links=folders).over(self)

    def variables(self) -> dict[str, str]:
        """uv's environment variables that say the same; for `none` there is only its option."""
        said = {
            "UV_DEFAULT_INDEX": self.default or "",
            "UV_INDEX": " ".join(self.extra),
            "UV_FIND_LINKS": ",".join(self.links),
        }
        return {name: value for name, value in said.items() if value}


def inherited(environ: Mapping[str, str], *, prefix: Path | None = None) -> Indexes:
    """What the user's environment, uv.toml and pip.conf files say: uv's variables go before its
    files, and both before pip's."""
    uv = Indexes(
        environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL") or None,
        tuple(
            f"{environ.get('UV_INDEX', '')} {environ.get('UV_EXTRA_INDEX_URL', '')}".split(),
        ),
        tuple(filter(None, environ.get("UV_FIND_LINKS", "").split(","))),
    )
    files = told_indexes(environ)
    pip = _pip(environ, prefix)
    if files.default:
        pip = replace(pip, default=None)
    return replace(uv.over(pip), uvs=files.urls, uvs_default=files.default)


def _pip(environ: Mapping[str, str], prefix: Path | None) -> Indexes:
    said: dict[str, str] = {}
    for path in _pip_files(environ, prefix):
        said.update(_settings(path))
    for key in (*_ADDRESSES, *_REACH):
        value = environ.get(f"PIP_{key.replace('-', '_').upper()}")
        if value is not None:
            said[key] = value
    return Indexes(
        said.get("index-url") or None,
        tuple(said.get("extra-index-url", "").split()),
        tuple(os.path.expanduser(link) for link in said.get("find-links", "").split()),  # noqa: PTH111 - may be a URL
        said.get("no-index", "").lower() in ("1", "true", "yes", "on"),
        reach=tuple(_reach(said)),
    )


def _reach(said: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key, name in _REACH.items():
        value = " ".join(said.get(key, "").split())
        if value and (key != "keyring-provider" or value == "subprocess"):  # uv has no other
            yield name, value


_ADDRESSES = ("index-url", "extra-index-url", "find-links", "no-index")
_REACH = {
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "keyring-provider": "UV_KEYRING_PROVIDER",
    "trusted-host": "UV_INSECURE_HOST",
}
"""What pip calls it, and uv."""


def _pip_files(environ: Mapping[str, str], prefix: Path | None) -> Iterator[Path]:
    """Weakest first: system, user, environment, then the file named by the variable."""
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    home = Path(environ.get("HOME") or Path.home())
    if sys.platform == "darwin":
        yield Path("/Library/Application Support/pip/pip.conf")
        yield home / "Library/Application Support/pip/pip.conf"
    for folder in reversed((environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")):
        yield Path(folder, "pip/pip.conf")
    yield Path("/etc/pip.conf")
    yield home / ".pip/pip.conf"
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config", "pip/pip.conf")
    if prefix is not None:
        yield prefix / "pip.conf"
    if named:
        yield Path(named)


def _settings(path: Path) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, "utf-8")
    except (configparser.Error, OSError, UnicodeDecodeError):
        return {}
    found: dict[str, str] = {}
    for section in _SECTIONS:
        if parser.has_section(section):
            found.update({k.replace("_", "-"): v for k, v in parser.items(section)})
    return found
