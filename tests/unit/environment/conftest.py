"""A kernel of its own, an index of its own: what the environment package is tested against."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from jupyter_modelship.environment.uv import find_uv
from jupyter_modelship.model import Distribution, KernelFacts
from jupyter_modelship.places import Places, private

_UNWANTED = ("VIRTUAL_ENV", "CONDA_PREFIX", "JUPYTER_PATH", "PIP_INDEX_URL", "PIP_FIND_LINKS")


@pytest.fixture(autouse=True)
def _quiet_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's own Jupyter and pip settings decide nothing here."""
    for name in _UNWANTED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "no-data"))


@pytest.fixture
def places(tmp_path: Path) -> Places:
    root = private(tmp_path / "places")
    return Places(private(root / "s"), private(root / "c"), private(root / "r"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The notebook's folder, with a project root above it so that no search leaves it."""
    made = tmp_path / "project" / "notebooks"
    made.mkdir(parents=True)
    return made


MakeFacts = Callable[..., KernelFacts]


@pytest.fixture
def make_facts() -> MakeFacts:
    return partial(_facts)


def _facts(
    *distributions: str,
    owners: Mapping[str, tuple[str, ...]] | None = None,
    urls: Mapping[str, str] | None = None,
    requires: Mapping[str, tuple[str, ...]] | None = None,
    version: str = "3.11.7",
    python: str = "/env/bin/python",
) -> KernelFacts:
    """Facts of a kernel with `name==version` distributions, each owning the module of its name."""
    pairs = [text.split("==") for text in distributions]
    urls, needs = urls or {}, requires or {}
    return KernelFacts(
        kernel="test",
        python=python,
        version=version,
        base="/usr/bin/python3",
        distributions={
            n: Distribution(
                n, v, urls.get(n), urls.get(n, "").startswith("file:"), needs.get(n, ())
            )
            for n, v in pairs
        },
        owners={**{n.replace("-", "_"): (n,) for n, _ in pairs}, **(owners or {})},
        standard=frozenset({"json", "os", "sys"}),
    )


@dataclass
class Index:
    """A package index on loopback: wheels by project, and what was asked of it."""

    folder: Path
    password: str = ""
    hashes: bool = True
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        login = f"ship:{self.password}@" if self.password else ""
        return f"http://{login}127.0.0.1:{self.port}/simple"

    def wheel(
        self,
        name: str,
        version: str,
        *,
        requires: tuple[str, ...] = (),
        tag: str = "py3-none-any",
        body: str = "",
        more: Mapping[str, str] | None = None,
    ) -> str:
        """Put a wheel on the index, with `more` files by path; answers its hash."""
        module = name.replace("-", "_")
        path = self.folder / f"{module}-{version}-{tag}.whl"
        info = f"{module}-{version}.dist-info"
        needs = "".join(f"Requires-Dist: {text}\n" for text in requires)
        files = {
            f"{module}/__init__.py": body,
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
            **{file.replace("INFO", info): text for file, text in (more or {}).items()},
        }
        rows = [f"{file},{_record(text)},{len(text.encode())}" for file, text in files.items()]
        files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""])
        with zipfile.ZipFile(path, "w") as archive:
            for file, text in files.items():
                archive.writestr(zipfile.ZipInfo(file, (2020, 1, 1, 0, 0, 0)), text)
        return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()

    def archive(self, name: str, version: str, files: Mapping[str, str]) -> str:
        """Put a source archive on the index, its files by path; answers its hash."""
        stem = f"{name.replace('-', '_')}-{version}"
        path = self.folder / f"{stem}.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            for inside, text in files.items():
                info = tarfile.TarInfo(f"{stem}/{inside}")
                info.size = len(text.encode())
                archive.addfile(info, io.BytesIO(text.encode()))
        return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def _record(text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    return "sha256=" + digest.rstrip(b"=").decode()


class _Handler(BaseHTTPRequestHandler):
    index: Index

    def log_message(self, *_: object) -> None:
        """Silence: the tests look at `asked`."""

    def do_GET(self) -> None:
        index = self.index
        index.asked.append(self.path)
        login = base64.b64encode(f"ship:{index.password}".encode()).decode()
        if index.password and self.headers.get("Authorization") != f"Basic {login}":
            self._answer(401, b"", "text/plain")
            return
        name = self.path.strip("/").split("/")[-1]
        if self.path.startswith("/files/") and (index.folder / name).is_file():
            self._answer(200, (index.folder / name).read_bytes(), "application/octet-stream")
            return
        found = sorted(index.folder.glob(f"{name.replace('-', '_')}-*"))
        links = "".join(f'<a href="/files/{p.name}{self._hash(p)}">{p.name}</a>' for p in found)
        self._answer(200 if found else 404, f"<html>{links}</html>".encode(), "text/html")

    do_HEAD = do_GET

    def _hash(self, path: Path) -> str:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return f"#sha256={digest}" if self.index.hashes else ""

    def _answer(self, code: int, body: bytes, kind: str) -> None:
        self.send_response(code)
        if code == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="index"')
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """The only index that uv knows, with a cache of its own."""
    made = Index(tmp_path / "wheels")
    made.folder.mkdir()
    handler = type("Handler", (_Handler,), {"index": made})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        made.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        monkeypatch.setenv("UV_DEFAULT_INDEX", made.url)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")
        yield made
        server.shutdown()
        thread.join()


@dataclass(frozen=True)
class Kernel:
    """An environment without jupyter_modelship, and the Jupyter path of its kernelspec."""

    prefix: Path
    jupyter: Path

    @property
    def python(self) -> Path:
        return self.prefix / "bin" / "python"

    @property
    def packages(self) -> Path:
        return next(self.prefix.glob("lib/python3*/site-packages"))


@pytest.fixture(scope="session")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Kernel:
    """six and packaging from the real index, in an environment made by uv."""
    root = tmp_path_factory.mktemp("kernel")
    made = Kernel(root / "env", root / "jupyter")
    uv = find_uv()
    subprocess.run([uv, "venv", "-q", made.prefix], check=True)
    install = [uv, "pip", "install", "-q", "--python", str(made.python)]
    subprocess.run([*install, "six==1.16.0", "packaging==24.2"], check=True)
    spec = made.jupyter / "kernels" / "own"
    spec.mkdir(parents=True)
    described = {
        "argv": [str(made.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Own",
        "language": "python",
    }
    (spec / "kernel.json").write_text(json.dumps(described))
    return made
