"""A package index on loopback that wants a login: PEP 503 pages or PEP 691 documents, with TLS
where a test asks for it, and a memory of who asked for what with which login."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

from tests.unit.environment.conftest import Index

USER = "ship"
_JSON = "application/vnd.pypi.simple.v1+json"


@dataclass(frozen=True)
class Call:
    """A request, as the index saw it."""

    path: str
    authorization: str


@dataclass(frozen=True)
class Reply:
    """What a test wants said instead of what the index has."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class PrivateIndex:
    """Wheels by project; `password` empty: open to everybody."""

    folder: Path
    password: str = ""
    scheme: str = "http"
    host: str = ""
    """`ADDRESS:PORT`."""
    documents: bool = False
    """PEP 691 documents instead of PEP 503 pages."""
    files_at: str = ""
    """`http://HOST:PORT` of another server that has the files; empty: this one."""
    script: Callable[[Call], Reply | None] = lambda call: None
    asked: list[Call] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Without the login."""
        return f"{self.scheme}://{self.host}/simple"

    @property
    def with_login(self) -> str:
        return self.url.replace("://", f"://{USER}:{quote(self.password, safe='')}@", 1)

    @property
    def basic(self) -> str:
        return "Basic " + base64.b64encode(f"{USER}:{self.password}".encode()).decode()

    def wheel(self, name: str, version: str, *, body: str = "") -> str:
        """Put a wheel on the index; its hash."""
        return Index(self.folder).wheel(name, version, body=body)

    def served(self) -> set[str]:
        """The names of the projects whose files were fetched."""
        files = (call.path for call in self.asked if call.path.startswith("/files/"))
        return {path.split("/")[2].split("-")[0].replace("_", "-") for path in files}


class _Handler(BaseHTTPRequestHandler):
    index: PrivateIndex

    def log_message(self, *_: object) -> None:
        """Silence: the tests look at `asked`."""

    def do_GET(self) -> None:
        index = self.index
        call = Call(self.path, self.headers.get("Authorization", ""))
        index.asked.append(call)
        said = index.script(call)
        if said is not None:
            self._answer(said.status, b"", headers=said.headers)
        elif index.password and call.authorization != index.basic:
            self._answer(401, b"", headers={"WWW-Authenticate": 'Basic realm="index"'})
        elif self.path.startswith("/files/"):
            path = index.folder / self.path.rpartition("/")[2]
            self._answer(200, path.read_bytes()) if path.is_file() else self._answer(404, b"")
        else:
            self._page(self.path.strip("/").split("/")[-1])

    do_HEAD = do_GET

    def _page(self, name: str) -> None:
        found = sorted(self.index.folder.glob(f"{name.replace('-', '_')}-*.whl"))
        files = [(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in found]
        at = f"{self.index.files_at}/files/"
        if self.index.documents:
            told = {
                "meta": {"api-version": "1.0"},
                "name": name,
                "files": [
                    {"filename": n, "url": at + n, "hashes": {"sha256": h}} for n, h in files
                ],
            }
            body, kind = json.dumps(told).encode(), _JSON
        else:
            links = "".join(f'<a href="{at}{n}#sha256={h}">{n}</a>' for n, h in files)
            body, kind = f"<html>{links}</html>".encode(), "text/html"
        self._answer(200 if files else 404, body, kind=kind)

    def _answer(
        self, status: int, body: bytes, *, kind: str = "application/octet-stream",
        headers: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.send_response(status)
        about = {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}
        for name, value in about.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Who does not trust us goes away in the middle."""


@contextmanager
def serving(
    folder: Path, *, password: str = "", address: str = "127.0.0.1", tls: Certificates | None = None
) -> Iterator[PrivateIndex]:
    """An index until the block ends, its wheels in `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    made = PrivateIndex(folder, password)
    handler = type("Handler", (_Handler,), {"index": made})
    with _Server((address, 0), handler) as server:
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls.certificate, tls.key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            made.scheme = "https"
        made.host = f"{address}:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Certificates:
    """An authority that nobody knows, and what it signed for 127.0.0.1. PEM files."""

    authority: Path
    authority_key: Path
    certificate: Path
    key: Path


def certificates(folder: Path) -> Certificates:
    """Made anew by openssl; `folder` is made."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificates(*(folder / name for name in ("ca.pem", "ca.key", "host.pem", "host.key")))
    request, more = folder / "host.csr", folder / "host.ext"
    more.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n", encoding="ascii")
    ec = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _openssl("req", "-x509", *ec, "-keyout", made.authority_key, "-out", made.authority,
             "-subj", "/CN=tests", "-days", "30", "-addext", "basicConstraints=critical,CA:TRUE",
             "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    _openssl("req", *ec, "-keyout", made.key, "-out", request, "-subj", "/CN=127.0.0.1")
    _openssl("x509", "-req", "-in", request, "-CA", made.authority,
             "-CAkey", made.authority_key, "-CAcreateserial", "-out", made.certificate,
             "-days", "30", "-extfile", more)  # fmt: skip
    return made


def _openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
