"""Which indexes uv's own files name. uv reads them itself; we have to know of them.

Source: uv reference, "Settings", and concepts, "Configuration files".
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:  # the standard library has no reader yet
    import tomli as tomllib


@dataclass(frozen=True, slots=True)
class Told:
    """URLs may hold credentials: never print one."""

    urls: tuple[str, ...] = ()
    default: bool = False
    """One of them takes the place of PyPI."""


def told_indexes(environ: Mapping[str, str]) -> Told:
    """The indexes of uv.toml: of the file that the environment names, else of user and system.
    A file that cannot be read says nothing; uv will say so."""
    urls: list[str] = []
    default = False
    for path in _files(environ):
        document = read_toml(path)
        for table in (document, _table(document.get("pip"))):
            for one in table.get("index") or ():
                urls += [str(_table(one).get("url", ""))]
                default = default or bool(_table(one).get("default"))
            extra = table.get("extra-index-url") or ()
            urls += [str(each) for each in ([extra] if isinstance(extra, str) else extra)]
            if table.get("index-url"):
                urls.append(str(table["index-url"]))
                default = True
    return Told(tuple(dict.fromkeys(filter(None, urls))), default)


def _files(environ: Mapping[str, str]) -> Iterator[Path]:
    if environ.get("UV_CONFIG_FILE"):
        yield Path(environ["UV_CONFIG_FILE"])
        return
    if environ.get("UV_NO_CONFIG", "").lower() in ("1", "true", "yes", "on"):
        return
    home = Path(environ.get("HOME") or Path.home())
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config", "uv/uv.toml")
    for folder in (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(os.pathsep):
        yield Path(folder, "uv/uv.toml")
    yield Path("/etc/uv/uv.toml")


def read_toml(path: Path) -> Mapping[str, Any]:
    """An empty document where there is none that can be read."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):  # both kinds of a broken file are ValueErrors
        return {}


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
