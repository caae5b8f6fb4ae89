"""Who deploys: a Hub's user, else the cluster's, else the machine's; by nobody's mere say-so."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from jupyter_modelship.bundle.release.wanted import Size
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.places import Places
from jupyter_modelship.plan.cluster import Cluster
from jupyter_modelship.targets.kubernetes import identity
from jupyter_modelship.targets.kubernetes.failures import ApiRefused, Refusal
from jupyter_modelship.targets.kubernetes.ground import Ground
from jupyter_modelship.targets.kubernetes.target import KubernetesTarget

TOKENS = {"hers": {"name": "ada", "kind": "user"}, "a-service": {"name": "x", "kind": "service"}}


class Reviews:
    """An API server that takes whoever asks for somebody, or refuses with a status."""

    def __init__(self, user: str | int) -> None:
        self.user = user
        self.asked: list[tuple[str, str, object]] = []

    async def call(self, method: str, path: str, _: str, *, body: object) -> Any:
        self.asked.append((method, path, body))
        if isinstance(self.user, int):
            raise ApiRefused(Refusal(self.user, "", "no"), "say who you are")
        return {"status": {"userInfo": {"username": self.user, "groups": ["any"]}}}


@pytest.fixture(autouse=True)
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JUPYTERHUB_API_URL", "JUPYTERHUB_API_TOKEN", "JUPYTERHUB_USER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def target(tmp_path: Path) -> KubernetesTarget:
    return KubernetesTarget(Places(tmp_path, tmp_path, tmp_path))


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | int], Reviews]:
    """Makes the cluster that is asked take us for somebody."""

    def made(user: str | int) -> Reviews:
        api = Reviews(user)

        @asynccontextmanager
        async def grounded() -> AsyncIterator[Ground]:
            yield Ground(api, "home", Cluster(), Size())  # type: ignore[arg-type] # it stands in

        monkeypatch.setattr(identity, "ground", grounded)
        return api

    return made


@pytest.fixture
async def hub(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A Hub that knows whose each token is: its URL, which the environment names."""

    async def user(asking: web.Request) -> web.Response:
        kind, _, token = asking.headers.get("Authorization", "").partition(" ")
        if kind != "token" or token not in TOKENS:
            return web.json_response({"message": "no"}, status=403)
        return web.json_response(TOKENS[token])

    made = web.Application()
    made.router.add_get("/hub/api/user", user)
    runner = web.AppRunner(made)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port: int = runner.addresses[0][1]
    monkeypatch.setenv("JUPYTERHUB_API_URL", f"http://127.0.0.1:{port}/hub/api")
    yield f"http://127.0.0.1:{port}/hub/api"
    await runner.cleanup()


async def test_somebody_is_called_as_the_cluster_calls_them(
    target: KubernetesTarget, cluster: Callable[[str | int], Reviews]
) -> None:
    api = cluster("ada@corp.example")
    assert await target.identity("jovyan") == "ada@corp.example"
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    assert api.asked == [("POST", path, review)]


@pytest.mark.parametrize("status", [403, 404])
async def test_where_the_cluster_does_not_say_it_is_the_machines_user(
    target: KubernetesTarget, cluster: Callable[[str | int], Reviews], status: int
) -> None:
    cluster(status)
    assert await target.identity("ada") == "ada"


async def test_a_cluster_in_trouble_is_no_reason_to_be_somebody_else(
    target: KubernetesTarget, cluster: Callable[[str | int], Reviews]
) -> None:
    cluster(500)
    with pytest.raises(ApiRefused):
        await target.identity("ada")


async def test_who_has_logged_in_to_a_hub_is_called_so_and_nobody_is_asked(
    target: KubernetesTarget, cluster: Callable[[str | int], Reviews]
) -> None:
    api = cluster("system:serviceaccount:hub:default")
    assert await target.identity("ada", vouched=True) == "ada"
    assert api.asked == []


async def test_in_a_terminal_of_a_hub_it_is_the_hub_that_says_who_it_is(
    target: KubernetesTarget,
    cluster: Callable[[str | int], Reviews],
    hub: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Everybody there may have one account of the cluster; and what a variable says is no proof."""
    assert hub
    cluster("system:serviceaccount:hub:default")
    monkeypatch.setenv("JUPYTERHUB_USER", "bob")
    assert await target.identity("jovyan") == "system:serviceaccount:hub:default", "no token"
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "hers")
    assert await target.identity("jovyan") == "ada"
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "a-service")
    assert await target.identity("jovyan") == "system:serviceaccount:hub:default", "no person"


@pytest.mark.parametrize("trouble", ["another token", "nobody there", "not a Hub"])
async def test_a_hub_that_does_not_say_it_is_an_error_with_a_remedy(
    target: KubernetesTarget,
    cluster: Callable[[str | int], Reviews],
    hub: str,
    monkeypatch: pytest.MonkeyPatch,
    trouble: str,
) -> None:
    cluster("system:serviceaccount:hub:default")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "stolen" if trouble == "another token" else "hers")
    if trouble == "nobody there":
        monkeypatch.setenv("JUPYTERHUB_API_URL", "http://127.0.0.1:1/hub/api")
    if trouble == "not a Hub":
        monkeypatch.setenv("JUPYTERHUB_API_URL", f"{hub}/elsewhere")
    with pytest.raises(StageFailed, match=r"^the Hub at .* does not say who you are: ") as caught:
        await target.identity("jovyan")
    assert "restart your server" in caught.value.remedy
