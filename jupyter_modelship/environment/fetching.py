"""A source archive brought from its index, and checked by its hash.

Beside `archives`, since a client of HTTP takes longer to import than most reviews: it is for those
who build.
"""

from __future__ import annotations

import asyncio
import hashlib
import netrc
import os
import shutil
import ssl
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.model import Source

from .indexes import Indexes

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)


async def fetch(source: Source, path: Path, indexes: Indexes) -> None:
    """Put the archive into `path`; its hash is the pin's. Raises StageFailed."""
    parts = urlsplit(source.reference)
    try:
        if parts.scheme == "file":
            await asyncio.to_thread(shutil.copyfile, unquote(parts.path), path)
        else:
            await _download(source.reference, path, _login(source.reference, indexes))
    except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
        raise StageFailed(
            f"{source.name} {source.version} cannot be fetched from {source.reference}: {error}",
            remedy="check the network and the login of the package index (its URL, .netrc)",
        ) from error
    digest = await asyncio.to_thread(_sha256, path)
    if f"sha256:{digest}" != source.pin:
        raise StageFailed(
            f"the index has other bytes for {source.name} {source.version} than the lock says",
            remedy="make the lock again if the file was replaced on purpose; if not, somebody "
            "may have tampered with it: do not go on",
        )


async def _download(url: str, path: Path, login: httpx.Auth | None) -> None:
    """httpx sends a login to the host of the URL alone, also where that redirects elsewhere."""
    async with (
        httpx.AsyncClient(verify=_trust(), timeout=_TIMEOUT, follow_redirects=True) as client,
        client.stream("GET", url, auth=login) as reply,
    ):
        reply.raise_for_status()
        with path.open("wb") as file:
            async for piece in reply.aiter_raw():
                file.write(piece)


def _trust() -> ssl.SSLContext:
    named = os.environ.get("SSL_CERT_FILE") or os.environ.get("PIP_CERT")
    return ssl.create_default_context(cafile=named or None)


def _login(url: str, indexes: Indexes) -> httpx.Auth | None:
    """What the URL of an index on the very same host says, else .netrc."""
    wanted = urlsplit(url)
    for told in (*indexes.addresses, *indexes.links):
        index = urlsplit(told)
        if index.username and (index.scheme, index.netloc.rpartition("@")[2]) == (
            wanted.scheme,
            wanted.netloc,
        ):
            return httpx.BasicAuth(unquote(index.username), unquote(index.password or ""))
    try:
        return httpx.NetRCAuth(os.environ.get("NETRC"))
    except (OSError, netrc.NetrcParseError):
        return None


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
