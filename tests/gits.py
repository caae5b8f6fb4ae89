"""A git server over HTTP on loopback that wants a login, and projects to put on it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from jupyter_modelship.environment.uv import find_uv

NAME, TOKEN = "ship", "glpat-PlantedTokenOfTests0001"

PURE: Mapping[str, str] = {
    "pyproject.toml": (
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "team-maths"\nversion = "1.4"\ndependencies = ["six"]\n'
    ),
    "team_maths/__init__.py": "def thrice(x):\n    return 3 * x\n",
}
"""A small project in pure Python; it needs `six`."""

COMPILED: Mapping[str, str] = {
    "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\n',
    "setup.py": (
        "from setuptools import Extension, setup\n"
        "setup(name='team-fast', version='0.3', "
        "ext_modules=[Extension('team_fast', ['fast.c'])])\n"
    ),
    "fast.c": """\
#include <Python.h>
static PyObject *twice(PyObject *self, PyObject *number) {
    return PyNumber_Add(number, number);
}
static PyMethodDef methods[] = {{"twice", twice, METH_O, ""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "team_fast", NULL, -1, methods};
PyMODINIT_FUNC PyInit_team_fast(void) { return PyModule_Create(&module); }
""",
}
"""A project with an extension in C."""


@dataclass
class GitServer:
    """git's own HTTP backend behind a name and a password."""

    folder: Path
    port: int = 0
    status: int = 0
    """Answers with it to who has logged in; 0: serves."""
    asked: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def credentials(self) -> str:
        """As git-credential-store keeps them."""
        return f"http://{NAME}:{TOKEN}@{self.host}\n"

    def url(self, name: str) -> str:
        return f"http://{self.host}/team/{name}.git"

    def repository(self, name: str, files: Mapping[str, str], *, message: str = "first") -> str:
        """Put a commit with these files on the branch `main`; its id."""
        work, bare = self.folder / f"{name}-work", self.folder / "team" / f"{name}.git"
        if not bare.exists():
            _git("init", "--quiet", "--bare", "--initial-branch=main", str(bare))
            _git("init", "--quiet", "--initial-branch=main", str(work))
        for path, text in files.items():
            target = work / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        _git("-C", str(work), "add", "--all")
        _git("-C", str(work), "commit", "--quiet", "--message", message)
        _git("-C", str(work), "push", "--quiet", str(bare), "main")
        return _git("-C", str(work), "rev-parse", "HEAD").strip()


def _git(*words: str) -> str:
    who = {f"GIT_{role}_{what}": text
           for role in ("AUTHOR", "COMMITTER")
           for what, text in (("NAME", "t"), ("EMAIL", "t@example.org"))}  # fmt: skip
    env = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *words], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class _Handler(BaseHTTPRequestHandler):
    server_of: GitServer

    def log_message(self, *_: object) -> None:
        """Silence: the tests look at `asked`."""

    def do_GET(self) -> None:
        login = base64.b64encode(f"{NAME}:{TOKEN}".encode()).decode()
        self.server_of.asked.append(self.path)
        if self.headers.get("Authorization") != f"Basic {login}":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="team"')
            self.end_headers()
        elif self.server_of.status:
            self.send_error(self.server_of.status)
        else:
            self._serve()

    do_POST = do_GET

    def _serve(self) -> None:
        """One request through `git http-backend`, as a CGI program."""
        length = int(self.headers.get("Content-Length") or 0)
        parts = urlsplit(self.path)
        env = {
            "CONTENT_LENGTH": str(length),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROJECT_ROOT": str(self.server_of.folder),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "PATH": os.environ["PATH"],
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "REMOTE_USER": NAME,
            "REQUEST_METHOD": self.command,
        }
        body = self.rfile.read(length)
        done = subprocess.run(
            ["git", "http-backend"], env=env, input=body, capture_output=True, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        told = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(told.pop("Status", "200").split()[0]))
        for name, text in told.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def git_server(folder: Path) -> Iterator[GitServer]:
    """A server until the block ends, with nothing on it."""
    made = GitServer(folder)
    handler = type("Handler", (_Handler,), {"server_of": made})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def team_kernel(folder: Path, server: GitServer, commits: Mapping[str, str]) -> Path:
    """A kernel `team` that has installed them, as people do: with the token in the environment."""
    store = folder / "once"
    store.write_text(server.credentials)
    settings = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "credential.helper",
        "GIT_CONFIG_VALUE_0": f"store --file={store}",
    }
    places = [f"git+{server.url(name)}@{commit}" for name, commit in commits.items()]
    return kernel_with(folder, places, settings)


def kernel_with(folder: Path, places: Sequence[str], settings: Mapping[str, str]) -> Path:
    """A kernel `team` with packages of repositories, installed with these `settings` in the
    environment; its Python."""
    python = folder / "venv" / "bin" / "python"
    uv = find_uv()
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, folder / "venv"], check=True)
    subprocess.run([uv, "pip", "install", "-q", "--python", python, "ipykernel"], check=True)
    own = {"UV_CACHE_DIR": str(folder / "uv")}  # it holds the repositories afterwards
    subprocess.run(
        [uv, "pip", "install", "-q", "--python", python, *places],
        check=True,
        env={**os.environ, **settings, **own},
    )
    kernel = folder / "jupyter" / "kernels" / "team"
    kernel.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Team", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    return python
