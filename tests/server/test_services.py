"""Services over REST, on the fake target: what is told of them, and what is done to them."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.bundle.served import Served
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.places import places
from jupyter_modelship.runs import services
from jupyter_modelship.runs.failure import describe
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import Request, new_id
from jupyter_modelship.server.app import Modelship
from jupyter_modelship.targets.fake import FakeTarget
from jupyter_modelship.targets.port import Observation

from .conftest import Ask
from .upstream import ship


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> FakeTarget:
    """The only target that there is."""
    fake = FakeTarget()
    monkeypatch.setattr(services, "open_targets", lambda places: {"fake": fake})
    return fake


def run(state: str, *, service: str = "iris", notebook: Path = Path("/n.ipynb")) -> str:
    """A run of the journal, moved to that state."""
    request = Request(
        id=new_id(),
        service=service,
        target="fake",
        notebook=str(notebook),
        notebook_digest="a" * 64,
        plan_digest="b" * 64,
        body={"who": "ada"},
    )
    with Journal.open(places()) as journal:
        journal.submit(request)
        if state != "queued":
            journal.transition(request.id, "queued", "running")
        if state == "failed":
            error = describe(StageFailed("cell 2: no", cell="c2", line=3))
            journal.transition(request.id, "running", "failed", error=error)
        if state == "succeeded":
            result = {"service": service, "target": "fake", "url": None, "revision": 1}
            journal.transition(request.id, "running", "succeeded", result=result)
    return request.id


async def test_without_services_the_list_is_empty(ask: Ask, target: FakeTarget) -> None:
    reply = await ask("GET", "/services")
    assert (reply.code, json.loads(reply.body)) == (200, [])
    assert reply.headers["Content-Type"] == "application/json"


async def test_a_service_is_told_whole(
    ask: Ask, target: FakeTarget, iris: str, jp_root_dir: Path
) -> None:
    await ship(target, jp_root_dir / iris)
    made = run("succeeded")
    reply = await ask("GET", "/services/iris")
    told = json.loads(reply.body)
    assert json.loads((await ask("GET", "/services")).body) == [told]
    (revision,) = told.pop("revisions")
    assert (revision["number"], revision["who"], revision["origin"]) == (1, "ada", None)
    assert told.pop("since") == revision["when"]
    assert told.pop("run")["id"] == made
    assert told == {
        "service": "iris",
        "target": "fake",
        "state": "running",
        "path": iris,
        "revision": 1,
        "plan_digest": "plan-0",
        "proxy": "/modelship/services/iris/",
        "url": "http://iris.invalid",
        "url_from": "machine",
        "token_file": None,
        "replicas": None,
        "restarts": 0,
        "reason": "",
        "remedy": "",
        "cell": None,
        "line": None,
        "endpoints": [],
        "metrics": None,
        "silent": None,
    }


async def test_a_target_that_does_not_answer_keeps_its_services_and_stops_no_other(
    ask: Ask, extension: Modelship, monkeypatch: pytest.MonkeyPatch
) -> None:
    near, far = FakeTarget(name="near"), FakeTarget(name="far")
    monkeypatch.setattr(services, "open_targets", lambda places: {"near": near, "far": far})
    await ship(far, Path("/iris.ipynb"))

    async def told() -> dict[str, Any]:
        listed = json.loads((await ask("GET", "/services")).body)
        return {each["service"]: each for each in listed}

    before = await told()
    answer = far.list

    async def away() -> tuple[Observation, ...]:
        raise StageFailed("the cluster does not answer", remedy="are you on its network?")

    monkeypatch.setattr(far, "list", away)
    await ship(near, Path("/cities.ipynb"), service="cities")
    first, second = await told(), await told()
    assert first == second, "since the first look, not the newest one"
    silent = first["iris"].pop("silent")
    assert first["iris"] == {k: v for k, v in before["iris"].items() if k != "silent"}
    assert (silent["reason"], silent["remedy"]) == (
        "the cluster does not answer",
        "are you on its network?",
    )
    assert 0 <= time.time() - silent["since"] < 600
    assert (first["cities"]["state"], first["cities"]["silent"]) == ("running", None)
    monkeypatch.setattr(far, "list", answer)
    assert (await told())["iris"] == before["iris"]


async def test_a_notebook_outside_the_root_has_no_path(
    ask: Ask, target: FakeTarget, extension: Modelship
) -> None:
    await ship(target, Path("/elsewhere/iris.ipynb"))
    assert json.loads((await ask("GET", "/services/iris")).body)["path"] is None


async def test_a_service_that_is_being_made_is_listed(
    ask: Ask, target: FakeTarget, extension: Modelship
) -> None:
    made = run("running")
    (told,) = json.loads((await ask("GET", "/services")).body)
    assert (told["state"], told["revision"], told["run"]["id"]) == ("starting", 0, made)
    assert told["run"]["state"] == "interrupted", "nobody works on it"
    assert json.loads((await ask("GET", "/services/iris")).body) == told


async def test_a_service_whose_first_run_ends_during_a_look_is_in_that_look(
    ask: Ask, target: FakeTarget, extension: Modelship, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = run("running")
    listed, found = target.list, target.observe

    def ends() -> None:
        with Journal.open(places()) as journal:
            if journal.get(made).active:
                result = {"service": "iris", "target": "fake", "url": None, "revision": 1}
                journal.transition(made, "running", "succeeded", result=result)

    async def late_list() -> tuple[Observation, ...]:
        seen = await listed()
        ends()
        return seen

    async def late_observe(service: str) -> Observation | None:
        seen = await found(service)
        ends()
        return seen

    monkeypatch.setattr(target, "observe", late_observe)
    assert json.loads((await ask("GET", "/services/iris")).body)["run"]["id"] == made
    made = run("running")
    monkeypatch.setattr(target, "list", late_list)
    (told,) = json.loads((await ask("GET", "/services")).body)
    assert (told["service"], told["run"]["id"]) == ("iris", made)


async def test_a_colleagues_service_has_the_endpoints_that_its_target_knows(
    ask: Ask, target: FakeTarget, extension: Modelship, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ship(target, Path("/n.ipynb"))
    found = target.observe
    known = Served("predict", "POST", "/predict", "c8", 1, "Name the species.")

    async def observe(service: str) -> Observation | None:
        seen = await found(service)
        return replace(seen, url_from="cluster", endpoints=(known,)) if seen else None

    monkeypatch.setattr(target, "observe", observe)
    told = json.loads((await ask("GET", "/services/iris")).body)
    assert (told["url_from"], told["endpoints"]) == ("cluster", [asdict(known)])


async def test_a_first_deployment_that_failed_is_listed_with_its_cause(
    ask: Ask, target: FakeTarget, extension: Modelship
) -> None:
    run("failed")
    (told,) = json.loads((await ask("GET", "/services")).body)
    assert (told["state"], told["revision"]) == ("failed", 0)
    assert (told["reason"], told["cell"], told["line"]) == ("cell 2: no", "c2", 3)


async def test_a_service_that_was_deleted_is_not_listed_for_its_failed_run(
    ask: Ask, target: FakeTarget, extension: Modelship
) -> None:
    run("succeeded")
    run("failed")
    assert json.loads((await ask("GET", "/services")).body) == []
    assert (await ask("GET", "/services/iris")).code == 404


async def test_stop_and_start(ask: Ask, target: FakeTarget, extension: Modelship) -> None:
    await ship(target, Path("/n.ipynb"))
    for verb, state in (("stop", "stopped"), ("start", "running")):
        reply = await ask("POST", f"/services/iris/{verb}", {})
        assert (reply.code, json.loads(reply.body)["state"]) == (200, state)


async def test_roll_back_brings_a_revision_back_under_a_new_number(
    ask: Ask, target: FakeTarget, extension: Modelship
) -> None:
    for _ in range(3):
        await ship(target, Path("/n.ipynb"))
    one = json.loads((await ask("POST", "/services/iris/rollback", {"revision": 1})).body)
    assert (one["revision"], one["revisions"][-1]["origin"]) == (4, 1)
    back = json.loads((await ask("POST", "/services/iris/rollback", {})).body)
    assert back["revisions"][-1]["origin"] == 3, "the one before the live one"
    assert back["revisions"][-1]["who"]


async def test_a_roll_back_to_what_is_not_kept_says_what_is(
    ask: Ask, target: FakeTarget, extension: Modelship
) -> None:
    await ship(target, Path("/n.ipynb"))
    reply = await ask("POST", "/services/iris/rollback", {"revision": 9})
    assert (reply.code, json.loads(reply.body)["remedy"]) == (404, "it has: 1")
    for bad in ({"revision": "1"}, {"revision": True}, {"to": 1}):
        assert (await ask("POST", "/services/iris/rollback", bad)).code == 400


async def test_delete(ask: Ask, target: FakeTarget, extension: Modelship) -> None:
    await ship(target, Path("/n.ipynb"))
    reply = await ask("DELETE", "/services/iris")
    assert (reply.code, reply.body) == (204, b"")
    assert (await ask("GET", "/services/iris")).code == 404


async def test_a_service_under_deployment_is_not_deleted(
    ask: Ask, target: FakeTarget, extension: Modelship
) -> None:
    await ship(target, Path("/n.ipynb"))
    at_work = run("running")
    reply = await ask("DELETE", "/services/iris")
    told = json.loads(reply.body)
    assert (reply.code, told["code"], told["detail"]) == (409, "run-active", at_work)


async def test_what_the_target_refuses_is_said_with_its_remedy(
    ask: Ask, target: FakeTarget, extension: Modelship
) -> None:
    await ship(target, Path("/n.ipynb"))
    target.failures["stop"] = StageFailed("it hangs", remedy="wait")
    told = json.loads((await ask("POST", "/services/iris/stop", {})).body)
    assert (told["code"], told["message"], told["remedy"]) == ("stage-failed", "it hangs", "wait")


@pytest.mark.parametrize("name", ["none", "%2e%2e", "a%2Fb", "%00", "x" * 300, "Iris", "<img>"])
async def test_names_that_name_nothing(ask: Ask, extension: Modelship, name: str) -> None:
    for verb, path in (("GET", ""), ("DELETE", ""), ("POST", "/stop"), ("POST", "/rollback")):
        reply = await ask(verb, f"/services/{name}{path}", {})
        assert reply.code in (400, 404), (verb, path)
        assert set(json.loads(reply.body)) >= {"code", "message", "remedy"}
