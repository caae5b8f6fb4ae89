"""A real Jupyter server with the extension, its own home, and a folder of notebooks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPResponse
from traitlets.config import Config

from jupyter_modelship.server.app import Modelship

from .jupyter import *  # noqa: F403 - fixtures
from .recorded import compare
from .upstream import Ask as Ask
from .upstream import call, raw, upstream  # noqa: F401 - fixtures
from .wire import check_reply

IRIS = Path(__file__).parents[2] / "docs" / "examples" / "iris.ipynb"


@pytest.fixture
def jp_asyncio_loop(_function_scoped_runner: Any) -> asyncio.AbstractEventLoop:
    """The loop that the test runs on."""
    loop: asyncio.AbstractEventLoop = _function_scoped_runner.get_loop()
    return loop


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the extension keeps its state."""
    monkeypatch.setenv("MODELSHIP_HOME", str(tmp_path / "modelship"))
    return tmp_path / "modelship"


@pytest.fixture
def jp_server_config(home: Path) -> Config:
    return Config({"ServerApp": {"jpserver_extensions": {"jupyter_modelship": True}}})


@pytest.fixture
def extension(jp_serverapp: Any) -> Modelship:
    """The extension of the running server."""
    (found,) = jp_serverapp.extension_manager.extension_apps["jupyter_modelship"]
    assert isinstance(found, Modelship)
    return found


@pytest.fixture
def ask(jp_fetch: Ask, extension: Modelship) -> Ask:
    """A request below /modelship/api/v1, a dict as its body; the reply is one that openapi.yaml
    promises."""

    async def asked(
        verb: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> HTTPResponse:
        data = body if isinstance(body, bytes) else json.dumps(body)
        path, _, query = path.partition("?")
        reply = await jp_fetch(
            *("modelship", "api", "v1", *path.strip("/").split("/")),
            method=verb,
            body=None if verb in ("GET", "DELETE") else data,
            headers=dict(headers or {}),
            params=dict(pair.split("=") for pair in query.split("&") if pair),
            raise_error=False,
        )
        check_reply(verb, f"/{path.strip('/')}", reply)
        return reply

    return asked


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-wire", action="store_true", help="write tests/contract/wire anew")


@pytest.fixture
def record(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str, object], None]:
    """Compare a reply with the one that is recorded under a name; see recorded.py."""
    update = bool(request.config.getoption("--update-wire", default=False))
    return lambda name, value: compare(name, value, folder=tmp_path, update=update)


@pytest.fixture
def iris(jp_root_dir: Path) -> str:
    """A copy of the iris notebook, by its path in the contents API."""
    (jp_root_dir / "demo").mkdir()
    (jp_root_dir / "demo" / "iris.ipynb").write_bytes(IRIS.read_bytes())
    return "demo/iris.ipynb"
