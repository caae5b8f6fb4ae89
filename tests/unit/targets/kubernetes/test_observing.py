"""Revisions as the cluster keeps them, and what is told of a service."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.bundle.release import phases
from jupyter_modelship.bundle.release.objects import objects
from jupyter_modelship.bundle.release.wanted import Measured, Size, Wanted
from jupyter_modelship.bundle.served import Served
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.plan.cluster import Cluster, Route
from jupyter_modelship.targets.kubernetes import history
from jupyter_modelship.targets.kubernetes.history import Kept
from jupyter_modelship.targets.kubernetes.observing import Contents, Facts, all_observed, observed
from jupyter_modelship.targets.kubernetes.wanting import Circumstances, wanted
from jupyter_modelship.targets.owner import Owner
from jupyter_modelship.targets.port import Observation, Release, Replicas, RevisionRecord

WANTED = Wanted(
    service="iris",
    namespace="team-a",
    image=f"registry.example/iris@sha256:{'1' * 64}",
    bundle_digest="bundle",
    plan_digest="plan",
    run="run-1",
    notebook="/books/iris.ipynb",
    token=False,
)
RECORD = RevisionRecord(1, "plan", "bundle", "run-1", "ada", "2026-11-28T12:00:00.000+00:00")
ENDPOINTS = (Served("predict", "POST", "/predict", "c8", 1, "Name the species."),)
ONE = Kept(RECORD, "/books/iris.ipynb", objects(WANTED), keep=5, uid="u1", endpoints=ENDPOINTS)
TWO = dataclasses.replace(
    ONE,
    record=dataclasses.replace(RECORD, number=2, run="run-2"),
    objects=phases.rerun(objects(WANTED), "run-2"),
)
SEEN = Observation(
    service="iris",
    target="kubernetes",
    state="running",
    notebook="/books/iris.ipynb",
    revision=1,
    plan_digest="plan",
    bundle_digest="bundle",
    url="http://iris.team-a.svc",
    since="2026-11-28T12:00:00.000+00:00",
    revisions=(RECORD,),
    replicas=Replicas(ready=1, wanted=1),
    url_from="cluster",
    endpoints=ENDPOINTS,
)
DEPLOYMENT: dict[str, Any] = {
    "metadata": {"name": "iris"},
    "spec": {"replicas": 1},
    "status": {},
}


def pod(of: Kept, *, ready: bool = True, **status: Any) -> dict[str, Any]:
    labels = {"modelship/run": phases.pods_run(of.objects)}
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    return {
        "metadata": {"name": "iris-1", "uid": "p1", "labels": labels},
        "status": {"conditions": conditions, **status},
    }


def facts(*kept: Kept, pods: Any = (), deployment: Any = DEPLOYMENT) -> Facts:
    return Facts("iris", "team-a", [each.brief for each in kept or (ONE,)], deployment, pods)


def test_a_revision_is_read_as_it_was_written() -> None:
    document = history.document("iris", "team-a", ONE)
    document["metadata"]["uid"] = "u1"
    assert history.kept(document) == dataclasses.replace(ONE, state="taking-over")
    document["metadata"]["labels"]["modelship/state"] = "live"
    assert history.kept(document) == ONE


def test_what_lists_say_of_a_revision_is_read_without_its_objects() -> None:
    kept = dataclasses.replace(ONE, measured=7 << 20)
    document = history.document("iris", "team-a", kept)
    del document["data"]
    document["metadata"]["labels"]["modelship/state"] = "stopped"
    assert history.brief(document) == dataclasses.replace(kept.brief, state="stopped")
    del document["metadata"]["annotations"]
    with pytest.raises(ModelshipError, match=r"revision iris.1 cannot be read: KeyError"):
        history.brief(document)


def test_a_revision_says_who_deployed_it_also_where_somebody_brings_it_back() -> None:
    hers = dataclasses.replace(ONE, owner="ada")
    back = history.again(hers, run="run-3", who="bob", why="", keep=5)
    assert (back.whose, back.record.who) == (Owner("/books/iris.ipynb", "ada"), "bob")
    seen = observed(facts(hers))
    assert seen is not None
    assert seen.owner == "ada"


@pytest.mark.parametrize(
    ("origin", "owner"), [(None, "ada"), (1, "")], ids=["deployed", "brought back"]
)
def test_a_revision_of_before_owners_were_kept_is_read(origin: int | None, owner: str) -> None:
    """It is whose who made it; nobody knows whose the deploy was that a rollback brought back."""
    old = dataclasses.replace(ONE, record=dataclasses.replace(RECORD, origin=origin))
    document = history.document("iris", "team-a", old)
    document["metadata"]["uid"] = "u1"
    brief = json.loads(document["metadata"]["annotations"][history.BRIEF])
    del brief["owner"], document["data"]["owner"]
    document["metadata"]["annotations"][history.BRIEF] = json.dumps(brief)
    assert history.kept(document).owner == history.brief(document).owner == owner


@pytest.mark.parametrize(
    ("owner", "notebook", "who", "theirs"),
    [
        ("ada", "/home/jovyan/iris.ipynb", "ada", True),
        ("ada", "/home/jovyan/iris.ipynb", "bob", False),
        ("ada", "/home/jovyan/iris.ipynb", "", False),
        ("ada", "/home/jovyan/other.ipynb", "ada", False),
        ("", "/home/jovyan/iris.ipynb", "bob", True),
        ("", "/home/jovyan/other.ipynb", "bob", False),
    ],
)
def test_a_service_is_somebodys_notebooks(
    owner: str, notebook: str, who: str, theirs: bool
) -> None:
    assert Owner("/home/jovyan/iris.ipynb", owner).includes(Owner(notebook, who)) is theirs


def test_a_revision_changed_by_hand_or_of_another_version_says_so() -> None:
    document = history.document("iris", "team-a", ONE)
    document["metadata"]["uid"] = "u1"
    with pytest.raises(ModelshipError, match=r"revision iris.1 has format 9"):
        history.kept({**document, "data": {**document["data"], "format": 9}})
    with pytest.raises(ModelshipError, match=r"revision iris.1 cannot be read"):
        history.kept({**document, "data": {"format": 1}})


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("{", "JSONDecodeError"),
        ("[]", "TypeError"),
        ('"text"', "TypeError"),
        ("null", "TypeError"),
        ('{"format": 1}', "KeyError"),
        ('{"format": 1, "record": {"number": 1}}', "TypeError"),
        ({"number": 7}, "ValueError"),
        ({"number": "1"}, "ValueError"),
        ({"origin": "2"}, "ValueError"),
        ({"when": {}}, "TypeError"),
    ],
)
def test_a_revision_whose_annotation_was_changed_is_told_in_place_of_the_service(
    told: str | dict[str, Any], why: str
) -> None:
    document = metadata("wine", ONE)
    notes = document["metadata"]["annotations"]
    if isinstance(told, dict):
        whole = json.loads(notes[history.BRIEF])
        told = json.dumps({**whole, "record": {**whole["record"], **told}})
    notes[history.BRIEF] = told
    iris, wine = listed(metadata("iris", ONE), document)
    assert iris == SEEN
    assert (wine.service, wine.state, wine.revision) == ("wine", "failed", 1)
    assert wine.reason.startswith(f"revision wine.1 cannot be read: {why}")
    assert wine.reason.endswith("; 1 of its pods answer")
    assert "jupyter modelship start wine writes it anew" in wine.remedy


def test_one_of_a_later_version_asks_for_it_and_hides_no_other() -> None:
    later = metadata("wine", ONE)
    notes = later["metadata"]["annotations"]
    notes[history.BRIEF] = json.dumps({**json.loads(notes[history.BRIEF]), "format": 9})
    iris, wine = listed(metadata("iris", ONE), later)
    assert iris == SEEN
    assert wine == dataclasses.replace(
        SEEN,
        service="wine",
        state="failed",
        notebook="",
        plan_digest="",
        bundle_digest="",
        url="",
        since="2026-11-28T11:00:00Z",
        revisions=(),
        replicas=None,
        endpoints=(),
        reason="revision wine.1 has format 9; this version knows 1; 1 of its pods answer",
        remedy="upgrade jupyter_modelship",
    )


def test_an_older_revision_that_cannot_be_read_is_left_out() -> None:
    spoilt = metadata("iris", ONE)
    del spoilt["metadata"]["annotations"]
    (seen,) = listed(spoilt, metadata("iris", TWO), answers=TWO)
    assert (seen.state, seen.revision, seen.reason) == ("running", 2, "")
    assert [each.number for each in seen.revisions] == [2]


def test_a_revision_knows_that_lists_cannot_tell_of_it() -> None:
    document = history.document("iris", "team-a", ONE)
    document["metadata"]["uid"] = "u1"
    assert not history.kept(document).spoilt
    document["metadata"]["annotations"][history.BRIEF] = history.written(TWO)
    assert history.kept(document) == dataclasses.replace(ONE, state="taking-over", spoilt=True)


def metadata(service: str, kept: Kept) -> dict[str, Any]:
    """Of a live revision, as the API shows it to who asks for no more."""
    made = history.document(service, "team-a", kept)["metadata"]
    labels = {**made["labels"], history.STATE: "live"}
    return {"metadata": {**made, "labels": labels, "creationTimestamp": "2026-11-28T11:00:00Z"}}


def listed(*revisions: dict[str, Any], answers: Kept = ONE) -> tuple[Observation, ...]:
    """The services of a namespace, of which each has a pod that answers."""
    names = sorted({each["metadata"]["labels"]["modelship/service"] for each in revisions})
    pods = []
    for name in names:
        made = pod(answers)
        made["metadata"]["labels"]["modelship/service"] = name
        pods.append(made)
    deployments = [{**DEPLOYMENT, "metadata": {"name": name}} for name in names]
    contents = Contents("team-a", revisions, deployments, pods)
    return all_observed(contents, lambda *named: Path(*named))


def test_revisions_are_told_apart_by_service_and_of_others_nothing_is_read() -> None:
    found = []
    for service, kept in (("iris", TWO), ("wine", ONE), ("iris", ONE)):
        document = history.document(service, "team-a", kept)
        document["metadata"]["uid"] = "u1"
        found.append(document)
    found.append({"metadata": {"name": "a-statefulset-1"}, "data": {}})
    numbers = {name: [k.number for k in kept] for name, kept in history.by_service(found).items()}
    assert numbers == {"iris": [1, 2], "wine": [1]}


def test_a_service_that_answers_is_running() -> None:
    assert observed(facts(pods=[pod(ONE)])) == SEEN


def test_what_only_takes_over_is_no_service_yet() -> None:
    assert observed(facts(dataclasses.replace(ONE, state="taking-over"))) is None
    half = dataclasses.replace(TWO, state="taking-over")
    assert observed(facts(ONE, half, pods=[pod(ONE)])) == SEEN


def test_replicas_are_those_of_the_live_revision_that_answer_and_those_that_are_wanted() -> None:
    pods = [pod(TWO), pod(TWO), pod(TWO, ready=False), pod(ONE)]
    three = {**DEPLOYMENT, "spec": {"replicas": 3}}
    seen = observed(facts(ONE, TWO, pods=pods, deployment=three))
    assert seen is not None
    assert (seen.state, seen.replicas) == ("running", Replicas(ready=2, wanted=3))


def test_restarts_are_those_of_the_live_revision() -> None:
    again = pod(TWO, containerStatuses=[{"restartCount": 2, "ready": True}])
    other = pod(ONE, containerStatuses=[{"restartCount": 7, "ready": True}])
    seen = observed(facts(ONE, TWO, pods=[again, other]))
    assert seen is not None
    assert (seen.revision, seen.restarts) == (2, 2)


def test_a_stopped_service_says_so_and_no_cause() -> None:
    seen = observed(facts(dataclasses.replace(ONE, state="stopped")))
    assert seen == dataclasses.replace(SEEN, state="stopped", replicas=None)


def test_a_service_whose_deployment_was_deleted_is_gone() -> None:
    seen = observed(facts(deployment=None))
    assert seen == dataclasses.replace(
        SEEN,
        state="gone",
        replicas=None,
        reason="somebody has deleted its Deployment",
        remedy="make it again: jupyter modelship start iris",
    )


def test_a_service_that_cannot_start_has_failed_with_the_cause() -> None:
    waiting = {"waiting": {"reason": "CreateContainerConfigError", "message": "secret x not found"}}
    seen = observed(facts(pods=[pod(ONE, ready=False, containerStatuses=[{"state": waiting}])]))
    assert seen is not None
    assert (seen.state, seen.reason) == (
        "failed",
        "a Secret is missing, or a key in it: secret x not found",
    )
    assert "kubectl create secret generic iris.secrets" in seen.remedy


@pytest.mark.parametrize(
    ("route", "url"),
    [
        (Route(ingress_class="nginx"), "http://iris.models.example"),
        (Route(ingress_class="nginx", tls_secret="models"), "https://iris.models.example"),
        (Route(gateway="gateways/public"), "https://iris.models.example"),
    ],
)
def test_a_routed_service_is_called_by_its_host_name(route: Route, url: str) -> None:
    routed = dataclasses.replace(WANTED, host="iris.models.example", route=route)
    seen = observed(facts(dataclasses.replace(ONE, objects=objects(routed)), pods=[pod(ONE)]))
    assert seen is not None
    assert seen.url == url


def test_a_release_becomes_what_the_cluster_is_to_run(tmp_path: Path) -> None:
    lines = tmp_path / "map.json"
    lines.write_bytes(b"{}")
    release = Release(
        service="iris",
        plan_digest="plan",
        bundle_digest="bundle",
        bundle_folder=tmp_path,
        python=tmp_path,
        notebook="/books/iris.ipynb",
        run="run-1",
        options={
            "replicas": 2,
            "max_replicas": 0,
            "memory": 1 << 30,
            "cpu": 0.5,
            "token": False,
            "drain": 3.5,
            "env": ["REGION"],
            "secrets": ["KEY"],
            "host": "",
        },
        source_map=lines,
        image=WANTED.image,
    )
    found = wanted(
        release,
        namespace="team-a",
        cluster=Cluster(callers=("hub",)),
        values={"REGION": "north", "KEY": "not for the cluster"},
        found=Circumstances(Size(memory=1 << 31), Measured(1 << 28), user_namespaces=True),
    )
    assert found == dataclasses.replace(
        WANTED,
        replicas=2,
        most=Size(memory=1 << 31),
        measured=Measured(1 << 28),
        user_namespace=True,
        size=dataclasses.replace(WANTED.size, memory=1 << 30, cpu=0.5),
        finish=3.5,
        env={"REGION": "north"},
        secrets=("KEY",),
        source_map=b"{}",
        callers=("hub",),
    )
