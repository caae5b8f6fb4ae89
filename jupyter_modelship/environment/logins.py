"""Passwords of package indexes, wherever the user keeps them: to look for them, and to mask them.

Nothing here is handed on: uv gets what the user gave, and reads netrc and its own store itself.
Source: uv documentation, "Authentication"; the format of netrc as Python's standard library has it.
"""

from __future__ import annotations

import netrc
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .indexes import Indexes, inherited
from .uv_settings import read_toml

_OF_INDEX = re.compile(r"UV_INDEX_(\w+)_PASSWORD")
_SHORTEST = 4
"""Characters; what is shorter is found anywhere by accident."""
MASK = "***"


def passwords(indexes: Indexes, environ: Mapping[str, str]) -> dict[str, str]:
    """What may stand nowhere, by the name that a finding gives it."""
    found: dict[str, str] = {}
    hosts = set()
    keyring = dict(indexes.reach).get("UV_KEYRING_PROVIDER") or environ.get("UV_KEYRING_PROVIDER")
    for url in (*indexes.addresses, *indexes.links):
        parts = _parts(url)
        if parts is None:
            continue
        host, user, password = parts
        hosts.add(host)
        # A name alone is a token, but where a keyring is asked for the password.
        for secret in _spellings(password or ("" if keyring else user)):
            _add(found, f"the password of the index {host}", secret)
    for name, value in environ.items():
        if matched := _OF_INDEX.fullmatch(name):
            _add(found, f"the password of the index {matched[1]}", value)
    for host, password in (*_netrc(environ), *_store(environ)):
        if host in hosts:
            _add(found, f"the password of the index {host}", password)
    return found


def known_hosts(environ: Mapping[str, str]) -> frozenset[str]:
    """Hosts of the indexes that the user's own settings name or have a login for."""
    indexes = inherited(environ)
    named = (host_of(url) for url in (*indexes.addresses, *indexes.links))
    kept = (host for host, _ in (*_netrc(environ), *_store(environ)))
    return frozenset(filter(None, (*named, *kept)))


def host_of(url: str) -> str:
    """Without port and login; empty where there is none, and for what browsers and uv read
    otherwise than RFC 3986 (`https://a\\@b` goes to a)."""
    parts = _parts(url) if re.fullmatch(r"[!-\[\]-~]+", url) else None
    return parts[0] if parts else ""


def masked(text: str, secrets: Mapping[str, str]) -> str:
    """`text` without the values."""
    for value in secrets.values():
        if len(value) >= _SHORTEST:
            text = text.replace(value, MASK)
    return text


def _parts(url: str) -> tuple[str, str, str] | None:
    """Host, name and password as they are written in the URL."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    return (host, parts.username or "", parts.password or "") if host else None


def _spellings(written: str) -> Iterator[str]:
    yield written
    yield unquote(written)


def _add(found: dict[str, str], name: str, value: str) -> None:
    """A second value of the same name is numbered; an empty one is none."""
    if not value or value in found.values():
        return
    number = 2
    told = name
    while told in found:
        told, number = f"{name} ({number})", number + 1
    found[told] = value


def _netrc(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    home = Path(environ.get("HOME") or Path.home())
    try:
        hosts = netrc.netrc(environ.get("NETRC") or str(home / ".netrc")).hosts
    except (OSError, netrc.NetrcParseError, UnicodeDecodeError):
        return
    for host, (_, _, password) in hosts.items():
        yield host, password or ""


def _store(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What `uv auth login` has kept as text."""
    home = Path(environ.get("HOME") or Path.home())
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local/share", "uv/credentials")
    folder = Path(environ.get("UV_CREDENTIALS_DIR") or data)
    for one in read_toml(folder / "credentials.toml").get("credential") or ():
        if isinstance(one, dict) and isinstance(one.get("password"), str):
            parts = _parts(str(one.get("service", "")))
            if parts is not None:
                yield parts[0], os.fspath(one["password"])
