"""A JupyterLab of its own: port, token, folder, home and settings that nobody else has."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from tests.line.conftest import Source, write_book
from tests.processes import ended

REPOSITORY = Path(__file__).parents[2]
EXAMPLES = REPOSITORY / "docs" / "examples"
_QUIET = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": False}
"""Settings of a JupyterLab that asks for nothing: no news, no announcement."""
_OWN_FLAGS = {
    "jupyterlab": (
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=None",
        # Else each window has a Node.js asked whether JupyterLab's own files are to be built.
        "--ServerApp.tornado_settings={'page_config_data': {'buildCheck': False}}",
    ),
    "notebook": (),
}
_SECONDS = 120.0
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Lab:
    """A JupyterLab that runs; `root` is what its file browser shows, `home` its MODELSHIP_HOME."""

    url: str
    token: str
    folder: Path
    environment: Mapping[str, str]

    @property
    def root(self) -> Path:
        return self.folder / "notebooks"

    @property
    def home(self) -> Path:
        return self.folder / "modelship"

    @property
    def log(self) -> str:
        """What the server has said so far."""
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")

    def copy(self, demo: str, *, to: str) -> Path:
        """A copy of a demo notebook at a path below the root, folders made."""
        path = self.root / to
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(EXAMPLES / f"{demo}.ipynb", path)
        return path

    def book(self, path: str, *cells: Source, options: Mapping[str, object] | None = None) -> Path:
        """A notebook of these cells at a path below the root: source, or (source, tag, …)."""
        made = self.root / path
        made.parent.mkdir(parents=True, exist_ok=True)
        write_book(made, *cells, options=options)
        return made

    def modelship(self, *words: str) -> Any:
        """`modelship WORDS --json` as the same user, in the root: what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "jupyter_modelship.cli", *words, "--json"],
            env=dict(self.environment),
            cwd=self.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        if done.returncode != 0:
            raise AssertionError(
                f"modelship {words}: {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return json.loads(done.stdout) if done.stdout else None

    def request(self, path: str, *, method: str = "GET", timeout: float = 60.0) -> Any:
        """What the server answers below its base URL, with the token; JSON or None."""
        asked = urllib.request.Request(
            f"{self.url}{path}", method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(asked, timeout=timeout) as reply:
            text = reply.read()
        return json.loads(text) if text else None

    def processes(self) -> list[psutil.Process]:
        """All processes that work for this JupyterLab: kernels, keepers, services."""
        return [one for one in psutil.process_iter() if self._owns(one)]

    def _owns(self, process: psutil.Process) -> bool:
        try:
            return any(str(self.folder) in word for word in process.cmdline())
        except psutil.Error:
            return False


def chromium() -> str:
    """The browser of this machine: CHROMIUM, or the first that is on PATH."""
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, _BROWSERS)), None)
    assert found, "no Chromium: install it (apt-get install chromium), or set CHROMIUM to one"
    return found


def build() -> None:
    """The extension as the sources are now; nothing to do where it is built already."""
    stamp = "jupyter_modelship/labextension/.built"
    done = subprocess.run(
        ["make", "--no-print-directory", stamp],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise AssertionError(f"the extension does not build:\n{done.stdout}{done.stderr}")


@contextmanager
def running(folder: Path, *, app: str = "jupyterlab", flags: Sequence[str] = ()) -> Iterator[Lab]:
    """JupyterLab (or `notebook`, version 7) in a folder with the demo notebooks, until it is left.

    Whatever was deployed is deleted, and no process outlives it.
    """
    with Server(prepared(folder), app=app, flags=flags) as server:
        yield server.start()


class Server:
    """The process of a JupyterLab. Killed, it can be started again at the address that it had."""

    def __init__(self, lab: Lab, *, app: str = "jupyterlab", flags: Sequence[str] = ()) -> None:
        self.lab = lab
        """It has its address from `start` on."""
        self._command = [sys.executable, "-m", app, *_flags(lab), *_OWN_FLAGS[app], *flags]
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def start(self) -> Lab:
        """The JupyterLab with its address, as soon as it answers."""
        with (self.lab.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command, f"--ServerApp.port={self._port}"],
                env=dict(self.lab.environment),
                cwd=self.lab.root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.lab = _answering(self.lab, self._process)
        self._port = urllib.parse.urlsplit(self.lab.url).port or 0
        return self.lab

    def kill(self) -> None:
        """No farewell, as when its machine's memory is full."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(60)

    def _stop(self) -> None:
        lab, process = self.lab, self._process
        if process is None:
            return
        for seen in lab.modelship("list"):
            lab.modelship("delete", seen["service"], "--yes")
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
        left = [one for one in lab.processes() if not ended(one.pid)]
        for one in left:
            one.kill()
        assert left == [], f"outlived JupyterLab: {left}"


def prepared(folder: Path) -> Lab:
    """A folder for a JupyterLab that does not run yet: it has no address."""
    places = {
        "HOME": "home",
        "MODELSHIP_HOME": "modelship",
        "JUPYTER_CONFIG_DIR": "home/.jupyter",
        "JUPYTER_RUNTIME_DIR": "home/run",
        "JUPYTER_DATA_DIR": "home/data",
        "IPYTHONDIR": "home/.ipython",
    }
    for place in ("notebooks", *places.values()):
        (folder / place).mkdir(parents=True, exist_ok=True)
    (folder / "modelship").chmod(0o700)
    environment = {
        **{name: value for name, value in os.environ.items() if not _foreign(name)},
        **{name: str(folder / place) for name, place in places.items()},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        # What is downloaded already need not be downloaded for each home again.
        "UV_CACHE_DIR": _uv_cache(),
        "LANG": "C.UTF-8",
    }
    _settings(folder / "home/.jupyter/lab/user-settings")
    for notebook in EXAMPLES.glob("*.ipynb"):
        shutil.copy(notebook, folder / "notebooks")
    return Lab("", secrets.token_hex(16), folder, environment)


def _foreign(name: str) -> bool:
    return name.startswith(("JUPYTER_", "JPY_", "XDG_", "PYTEST_"))


def _uv_cache() -> str:
    uv = Path(sys.executable).with_name("uv")
    return subprocess.run(
        [uv, "cache", "dir"], capture_output=True, text=True, check=True
    ).stdout.strip()


def _settings(folder: Path) -> None:
    path = folder / "@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(_QUIET), encoding="utf-8")


def _flags(lab: Lab) -> list[str]:
    flags = [
        "--no-browser",
        "--ServerApp.ip=127.0.0.1",
        f"--IdentityProvider.token={lab.token}",
        f"--ServerApp.root_dir={lab.root}",
        "--ServerApp.allow_unauthenticated_access=False",
    ]
    return [*flags, "--allow-root"] if os.geteuid() == 0 else flags


def _answering(lab: Lab, server: subprocess.Popen[bytes]) -> Lab:
    info = lab.folder / "home" / "run" / f"jpserver-{server.pid}.json"
    until = time.monotonic() + _SECONDS
    while server.poll() is None and time.monotonic() < until:
        try:
            url = str(json.loads(info.read_text(encoding="utf-8"))["url"])
            found = replace(lab, url=url)
            found.request("api/status")
        except (OSError, ValueError):
            time.sleep(0.05)
        else:
            return found
    raise AssertionError(f"JupyterLab does not start:\n{lab.log}")
