"""Debian's docker-registry on loopback: a real one, on a free port, in a folder of its own."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from jupyter_modelship.engines.port import Access

PROGRAM = "docker-registry"
START_SECONDS = 30.0
PORTS = 3
"""To try, one after the other."""


@dataclass(frozen=True)
class Registry:
    """A running docker-registry."""

    host: str
    """`127.0.0.1:PORT`."""
    folder: Path
    """Its configuration, its storage and its log."""
    access: Access
    """How a client reaches it; with the credentials, where it wants some."""
    scheme: str = "http"

    @property
    def log(self) -> str:
        """What it has written so far, a JSON object a line."""
        return (self.folder / "log").read_text(encoding="utf-8")

    @property
    def stored(self) -> set[str]:
        """The digests of all the blobs that it holds."""
        blobs = self.folder / "storage" / "docker" / "registry" / "v2" / "blobs"
        return {f"sha256:{path.parent.name}" for path in blobs.glob("sha256/*/*/data")}

    def with_login(self, file: Path) -> Registry:
        return replace(self, access=replace(self.access, auth_file=file))


@contextmanager
def running(
    folder: Path, *, settings: Mapping[str, object] | None = None, access: Access | None = None
) -> Iterator[Registry]:
    """A registry until the block ends; `settings` are sections of its configuration.

    `folder` must be there; it keeps what was pushed.
    """
    settings = dict(settings or {})
    http = {"secret": "of-no-worth", **_section(settings.pop("http", {}))}
    document = {
        "version": "0.1",
        "log": {"level": "info", "formatter": "json"},
        "storage": {
            "filesystem": {"rootdirectory": str(folder / "storage")},
            "delete": {"enabled": True},
        },
        "http": http,
        **settings,
    }
    scheme = "https" if "tls" in http else "http"
    child, host = _started(folder, document)
    try:
        yield Registry(host, folder, access or Access(insecure=scheme == "http"), scheme)
    finally:
        child.terminate()
        child.wait()


def _started(folder: Path, document: dict[str, object]) -> tuple[subprocess.Popen[bytes], str]:
    """A registry that answers, and where. A port that was free may be somebody's a moment later:
    then another one."""
    config = folder / "config.json"  # every JSON document is a YAML document
    for _ in range(PORTS):
        host = f"127.0.0.1:{_free_port()}"
        http = {**_section(document["http"]), "addr": host}
        config.write_text(json.dumps({**document, "http": http}), encoding="utf-8")
        with (folder / "log").open("ab") as log:
            child = subprocess.Popen([PROGRAM, "serve", config], stdout=log, stderr=log)
        if _answers(host, child):
            return child, host
        child.terminate()
        child.wait()
    raise AssertionError(f"{PROGRAM} does not answer:\n{(folder / 'log').read_text()}")


def _section(value: object) -> Mapping[str, object]:
    assert isinstance(value, Mapping)
    return value


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _answers(host: str, child: subprocess.Popen[bytes]) -> bool:
    address, port = host.split(":")
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        with suppress(OSError), socket.create_connection((address, int(port)), timeout=1):
            return child.poll() is None  # else somebody else does
        time.sleep(0.02)  # nothing tells when another program listens
    return False


def with_password(
    folder: Path, *, user: str = "ada", password: str = "correct horse"
) -> Mapping[str, object]:
    """Settings of a registry that wants a name and a password (bcrypt, as htpasswd writes it)."""
    made = subprocess.run(
        ["htpasswd", "-nbBC", "5", user, password], check=True, capture_output=True, text=True
    )
    path = folder / "htpasswd"
    path.write_text(made.stdout, encoding="utf-8")
    return {"auth": {"htpasswd": {"realm": "tests", "path": str(path)}}}


def auth_file(path: Path, host: str, *, user: str = "ada", password: str = "correct horse") -> Path:
    """A containers-auth.json(5) with one login."""
    login = base64.b64encode(f"{user}:{password}".encode()).decode()
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123 - made private, not changed later
        json.dump({"auths": {host: {"auth": login}}}, file)
    return path


def upload(registry: Registry, place: str, manifest: bytes, media_type: str, *blobs: Path) -> None:
    """Blobs named by their digest, and the manifest that names them, the plainest way.

    `place`: `repository:tag`.
    """
    repository, tag = place.split(":")
    url = f"{registry.scheme}://{registry.host}/v2/{repository}"
    with httpx.Client(timeout=60) as client:
        for blob in blobs:
            begun = client.post(f"{url}/blobs/uploads/").raise_for_status()
            location = httpx.URL(begun.headers["location"])
            with blob.open("rb") as content:
                client.put(
                    location.copy_merge_params({"digest": f"sha256:{blob.name}"}),
                    content=content,
                    headers={"Content-Length": str(blob.stat().st_size)},
                ).raise_for_status()
        client.put(
            f"{url}/manifests/{tag}", content=manifest, headers={"Content-Type": media_type}
        ).raise_for_status()
