"""Who does something to a service that others share: who logged in, else whom the target knows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.auth.identity import IdentityProvider, User
from tornado.web import RequestHandler
from traitlets.config import Config

from jupyter_modelship.runs import services
from jupyter_modelship.targets.fake import FakeTarget

from .conftest import Ask
from .upstream import ship


class Hub(IdentityProvider):
    """Knows by name who has logged in, as that of a JupyterHub does."""

    async def get_user(self, handler: RequestHandler) -> User | None:
        found: Any = super().get_user(handler)
        return User("bob") if await found is not None else None


@pytest.fixture(params=["a Hub", "no Hub"])
def hub(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "a Hub")


@pytest.fixture
def jp_server_config(home: Path, hub: bool) -> Config:
    server: dict[str, Any] = {"jpserver_extensions": {"jupyter_modelship": True}}
    if hub:
        server["identity_provider_class"] = Hub
    return Config({"ServerApp": server})


async def test_it_is_the_hubs_user_else_the_targets(
    ask: Ask, hub: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = FakeTarget("kubernetes", known_as="bob@corp.example")
    monkeypatch.setattr(services, "open_targets", lambda places: {"kubernetes": shared})
    for _ in range(2):
        await ship(shared, Path("/n.ipynb"))
    assert (await ask("POST", "/services/iris/stop", {})).code == 200
    assert (await ask("POST", "/services/iris/start", {})).code == 200
    back = json.loads((await ask("POST", "/services/iris/rollback", {})).body)
    assert (await ask("DELETE", "/services/iris")).code == 204
    who = "bob" if hub else "bob@corp.example"
    assert back["revisions"][-1]["who"] == who
    done = [(line.deed, line.who) for line in await shared.audit("iris")][2:]
    assert done == [("stop", who), ("start", who), ("rollback", who), ("delete", who)]


async def test_no_member_of_a_request_says_who_it_is(
    ask: Ask, iris: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = FakeTarget("kubernetes")
    monkeypatch.setattr(services, "open_targets", lambda places: {"kubernetes": shared})
    await ship(shared, Path("/n.ipynb"))
    forged = await ask("POST", "/services/iris/rollback", {"revision": 1, "who": "ada"})
    assert forged.code == 400
    assert "member that nobody reads" in json.loads(forged.body)["message"]
