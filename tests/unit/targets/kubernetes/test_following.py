"""The services of a namespace as watches tell them, whatever becomes of the connection."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.places import Places
from jupyter_modelship.targets.kubernetes import following, history
from jupyter_modelship.targets.kubernetes.history import Kept
from jupyter_modelship.targets.kubernetes.target import KubernetesTarget
from jupyter_modelship.targets.kubernetes.watching import Watch

from .stub_api import Fault, StubApi
from .test_observing import ONE, TWO, pod

ALL = ["controllerrevisions", "deployments", "pods"]
BRIEF = "application/json;as=PartialObjectMetadata{};g=meta.k8s.io;v=v1"


def revision(service: str, kept: Kept, state: str = "live") -> dict[str, Any]:
    """As the API shows it to who asks for its metadata."""
    document = history.document(service, "team-a", kept)
    document["metadata"]["labels"]["modelship/state"] = state
    return {"metadata": document["metadata"]}


def deployment(service: str) -> dict[str, Any]:
    metadata = {"name": service, "labels": {"modelship/service": service}}
    return {"metadata": metadata, "spec": {"replicas": 1}, "status": {}}


def ready(service: str, kept: Kept) -> dict[str, Any]:
    made = pod(kept)
    labels = {**made["metadata"]["labels"], "modelship/service": service}
    return {**made, "metadata": {"name": f"{service}-1", "uid": service, "labels": labels}}


@pytest.fixture
async def api() -> StubApi:
    made = StubApi()
    made.put("controllerrevisions", revision("iris", ONE))
    made.put("deployments", deployment("iris"))
    made.put("pods", ready("iris", ONE))
    return made


@pytest.fixture
def begin() -> float:
    """Seconds for an answer to begin: on a busy machine it takes longer than one thinks."""
    return 20.0


@pytest.fixture
async def target(
    api: StubApi, begin: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[KubernetesTarget]:
    """Whose watches try again at once."""
    quick = functools.partial(Watch, pause=lambda _: asyncio.sleep(0), begin=begin)
    monkeypatch.setattr(following, "Watch", quick)
    runner = web.AppRunner(api.application(), handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    (address,) = runner.addresses
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump(written(f"http://127.0.0.1:{address[1]}")))
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    places = Places(tmp_path / "state", tmp_path / "cache", tmp_path / "run")
    yield KubernetesTarget(places)
    api.end()
    await runner.cleanup()


def written(host: str) -> dict[str, Any]:
    context = {"cluster": "here", "user": "ada", "namespace": "team-a"}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "clusters": [{"name": "here", "cluster": {"server": host}}],
        "users": [{"name": "ada", "user": {}}],
        "contexts": [{"name": "here", "context": context}],
    }


async def told(target: KubernetesTarget, *services: str) -> None:
    """Return when it lists these; the suite's time-out ends what never comes."""
    await until(lambda seen: seen == list(services), target)


async def until(good: Callable[[list[str]], bool], target: KubernetesTarget) -> None:
    while not good([each.service for each in await target.list()]):
        await asyncio.sleep(0)


async def followed(api: StubApi) -> None:
    while api.watching != ALL:
        await asyncio.sleep(0)


async def recovered(target: KubernetesTarget) -> None:
    """Return when it knows again what is there."""
    known = False
    while not known:
        await asyncio.sleep(0)
        with contextlib.suppress(StageFailed):
            known = await target.list() != ()


async def test_many_looks_are_three_watches(api: StubApi, target: KubernetesTarget) -> None:
    for number in range(260):
        api.put("controllerrevisions", revision(f"s{number:03}", ONE))
    asked = await target.list()
    async with target.followed():
        await followed(api)
        lists = api.count("list")
        assert await target.list() == asked
        for _ in range(3):
            assert await target.observe("s123") == asked[124]
        assert api.count("list") == lists
        assert api.watching == ALL
    assert len(asked) == 261
    assert api.accepted >= {
        ("list controllerrevisions", BRIEF.format("List")),
        ("watch controllerrevisions", BRIEF.format("")),
    }


async def test_what_changes_is_told(api: StubApi, target: KubernetesTarget) -> None:
    async with target.followed():
        await followed(api)
        api.put("controllerrevisions", revision("wine", TWO))
        await told(target, "iris", "wine")
        api.delete("controllerrevisions", "iris.1")
        await told(target, "wine")
        api.put("controllerrevisions", revision("wine", TWO, "stopped"))
        while (await target.list())[0].state != "stopped":
            await asyncio.sleep(0)
        assert api.count("watch") == 3


async def test_a_service_of_which_watches_cannot_tell_is_asked_for(
    api: StubApi, target: KubernetesTarget
) -> None:
    document = history.document("iris", "team-a", ONE)
    document["metadata"]["labels"]["modelship/state"] = "live"
    del document["metadata"]["annotations"]
    document["metadata"]["uid"] = "u1"
    async with target.followed():
        await followed(api)
        api.put("controllerrevisions", document)
        while (await target.list())[0].state != "failed":
            await asyncio.sleep(0)
        seen = await target.observe("iris")
        assert seen is not None
        assert (seen.notebook, seen.endpoints) == (ONE.notebook, ONE.endpoints)


async def test_nobody_is_asked_any_more_when_nobody_follows(
    api: StubApi, target: KubernetesTarget
) -> None:
    async with target.followed():
        await followed(api)
    while api.watching:
        await asyncio.sleep(0)
    lists = api.count("list")
    assert [each.service for each in await target.list()] == ["iris"]
    assert api.count("list") == lists + 3, "asked anew"


@pytest.mark.parametrize("fault", ["expired", "expired in the stream"])
async def test_a_version_that_is_too_old_is_listed_again(
    api: StubApi, target: KubernetesTarget, fault: Fault
) -> None:
    async with target.followed():
        await followed(api)
        api.faults["watch controllerrevisions"] = [fault]
        api.cut("controllerrevisions")
        await followed(api)
        while api.count("list controllerrevisions") < 2 or api.watching != ALL:
            assert [each.service for each in await target.list()] == ["iris"], "meanwhile as well"
            await asyncio.sleep(0)
        assert api.count("list") == 4
        api.put("controllerrevisions", revision("wine", ONE))
        await told(target, "iris", "wine")


async def test_a_watch_that_broke_goes_on_from_its_last_bookmark(
    api: StubApi, target: KubernetesTarget
) -> None:
    async with target.followed():
        await followed(api)
        api.bookmark("pods")
        last = api.version
        api.cut("pods")
        while f"watch pods {last}" not in api.asked:
            assert [each.state for each in await target.list()] == ["running"], "meanwhile as well"
            await asyncio.sleep(0)
        assert api.count("list pods") == 1


@pytest.mark.parametrize(("fault", "begin"), [("silent", 0.5), ("cut", 20.0), ("busy", 20.0)])
async def test_an_api_that_stumbles_is_asked_again(
    api: StubApi, target: KubernetesTarget, fault: Fault
) -> None:
    api.faults["watch deployments"] = [fault, fault]
    async with target.followed():
        await followed(api)
        await recovered(target)
        assert [each.service for each in await target.list()] == ["iris"]
    assert api.count("list deployments") == 1
    assert api.count("watch deployments") >= 3


async def test_a_cluster_that_is_lost_is_no_cluster_as_it_was(
    api: StubApi, target: KubernetesTarget
) -> None:
    async with target.followed():
        await followed(api)
        api.down = True
        for plural in ALL:
            api.cut(plural)
        with pytest.raises(StageFailed, match="answer, asked to watch"):
            await told(target)
        api.put("controllerrevisions", revision("wine", ONE))
        api.down = False
        await followed(api)
        await recovered(target)
        await told(target, "iris", "wine")
        assert api.count("list") == 3, "each went on from where it was"


async def test_where_watching_is_refused_each_look_asks(
    api: StubApi, target: KubernetesTarget
) -> None:
    api.faults["watch pods"] = ["forbidden"]
    async with target.followed():
        # Those of the watches are three, too, but once; and the refusal may still be on its way.
        while [await asked_by_a_look(api, target) for _ in range(2)] != [3, 3]:
            await asyncio.sleep(0)


async def asked_by_a_look(api: StubApi, target: KubernetesTarget) -> int:
    """How many lists one look makes."""
    lists = api.count("list")
    assert [each.service for each in await target.list()] == ["iris"]
    return api.count("list") - lists


async def test_another_cluster_is_followed_from_when_the_kubeconfig_names_it(
    api: StubApi, target: KubernetesTarget, tmp_path: Path
) -> None:
    async with target.followed():
        await followed(api)
        kubeconfig = tmp_path / "kubeconfig"
        text = kubeconfig.read_text()
        kubeconfig.write_text(text.replace("127.0.0.1", "localhost") + "\n")
        while api.count("watch") < 6:
            assert [each.service for each in await target.list()] == ["iris"]
            await asyncio.sleep(0)
        await followed(api)
