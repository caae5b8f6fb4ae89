"""What stands in the way is said before a byte is built, with what would remove it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.plan.cluster import Cluster
from jupyter_modelship.targets.kubernetes import ground
from tests.images.registries import Registry, running, with_password

from .dock import Dock

PASSWORD = "a-b-c"
SIZE: dict[str, object] = {"memory": 128 << 20, "cpu": 0.1}


def wish(dock: Dock, repository: str = "", **options: object) -> dict[str, object]:
    named = repository or f"{dock.images.cluster.registry}/tests/iris"
    return {**SIZE, "name": "iris", "token": False, "repository": named, **options}


async def test_what_will_be_tried_is_told(dock: Dock) -> None:
    lines = await dock.target.permitted(wish(dock))
    assert lines == (
        lines[0],
        f"namespace {dock.namespace} enforces Pod Security restricted, to which the pods keep",
        f"namespace {dock.namespace}: it has no quota, it has no limit range",
        f"repository {dock.images.cluster.registry}/tests/iris: anybody may pull from it",
        lines[4],
        "all 3 objects tried: the cluster takes them",
    )
    assert lines[0].startswith(f"namespace {dock.namespace}: all ")
    assert dock.names() == set()


async def test_on_a_cluster_that_cannot_no_pod_asks_for_a_user_namespace(dock: Dock) -> None:
    lines = await dock.target.permitted(wish(dock))
    (node,) = dock.images.cluster.get("nodes")["items"]
    runtime = node["status"]["nodeInfo"]["containerRuntimeVersion"]
    assert lines[4] == (
        "user namespaces: pods get none of their own, for "
        f"node {node['metadata']['name']} does not say that it can ({runtime})"
    )
    await dock.ship(dock.release("one"))
    spec = json.loads(dock.kubectl("get", "deployment", "iris", "-o", "json"))["spec"]
    assert "hostUsers" not in spec["template"]["spec"]


async def test_all_that_is_in_the_way_is_said_at_once(dock: Dock) -> None:
    cluster = dock.images.cluster
    for kind, spec in {
        "ResourceQuota": {"hard": {"requests.memory": "256Mi", "pods": "3"}},
        "LimitRange": {"limits": [{"type": "Container", "max": {"memory": "100Mi"}}]},
    }.items():
        metadata = {"name": "small", "namespace": dock.namespace}
        cluster.apply({"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec})
    dock.kubectl("wait", "resourcequota/small", "--for=jsonpath={.status.hard}", "--timeout=30s")
    with pytest.raises(StageFailed, match="the pods would not fit") as caught:
        await dock.target.permitted(wish(dock, replicas=3))
    assert caught.value.detail.splitlines() == [
        "limit range small allows 100Mi of memory at most, and 128Mi is asked",
        (
            "quota small allows 3 of pods, 0 are taken, and 4 more are needed: 3 replicas of 1, "
            "and one beside while a revision takes over"
        ),
        (
            "quota small allows 256Mi of requests.memory, 0 are taken, and 512Mi more are needed: "
            "3 replicas of 128Mi, and one beside while a revision takes over"
        ),
        (
            f"kubectl -n {dock.namespace} patch resourcequota small --type merge -p "
            '\'{"spec": {"hard": {"pods": "4", "requests.memory": "512Mi"}}}\''
        ),
    ]
    command = caught.value.detail.splitlines()[-1].replace("kubectl ", "", 1)
    dock.kubectl("delete", "limitrange", "small")
    words = command.partition(" -p ")
    cluster.kubectl(*words[0].split(), "-p", words[2].strip("'"))
    dock.kubectl(
        *("wait", "resourcequota/small", "--for=jsonpath={.status.hard.pods}=4", "--timeout=30s")
    )
    lines = await dock.target.permitted(wish(dock, replicas=3, max_replicas=5))
    assert lines[2] == (
        f"namespace {dock.namespace}: its quotas have room, it has no limit range; for 5 "
        "replicas it has none: quota small allows 4 of pods, 0 are taken, and 6 more are needed: 5 "
        "replicas of 1, and one beside while a revision takes over"
    )


async def test_a_namespace_that_is_not_there_is_said_with_what_makes_it(dock: Dock) -> None:
    with pytest.raises(StageFailed, match="there is no namespace nowhere") as caught:
        await dock.target.permitted(wish(dock, namespace="nowhere"))
    assert "kubectl create namespace nowhere" in caught.value.detail


async def test_somebody_elses_object_of_that_name_is_found_before_the_build(dock: Dock) -> None:
    dock.kubectl("create", "deployment", "iris", "--image=example/x")
    with pytest.raises(StageFailed, match=r"there is a deployment iris .* somebody else's"):
        await dock.target.permitted(wish(dock))


@pytest.fixture
def rule(dock: Dock) -> Iterator[Callable[[str, str], None]]:
    """An administrator's rule for Deployments of the namespace: `rule(action, message)`."""
    cluster = dock.images.cluster
    made: list[str] = []

    def make(action: str, message: str) -> None:
        name = f"{dock.namespace}-{action.lower()}"
        rules = {
            "apiGroups": ["apps"],
            "apiVersions": ["v1"],
            "operations": ["CREATE", "UPDATE"],
            "resources": ["deployments"],
        }
        spec = {
            "matchConstraints": {"resourceRules": [rules]},
            "validations": [{"expression": "false", "message": message}],
        }
        here = {"matchLabels": {"kubernetes.io/metadata.name": dock.namespace}}
        bound = {
            "policyName": name,
            "validationActions": [action],
            "matchResources": {"namespaceSelector": here},
        }
        common = {"apiVersion": "admissionregistration.k8s.io/v1", "metadata": {"name": name}}
        cluster.apply(
            {**common, "kind": "ValidatingAdmissionPolicy", "spec": spec},
            {**common, "kind": "ValidatingAdmissionPolicyBinding", "spec": bound},
        )
        made.append(name)

    yield make
    for name in made:
        both = ("validatingadmissionpolicy", "validatingadmissionpolicybinding")
        for kind in both:
            cluster.kubectl("delete", kind, name)


async def test_what_the_cluster_has_against_the_objects_is_heard_before_the_build(
    dock: Dock, rule: Callable[[str, str], None]
) -> None:
    rule("Warn", "models are reviewed on Fridays")
    lines = await until(lambda lines: "warns" in lines[-1], dock)
    assert lines[-1].startswith("the cluster warns: ")
    assert lines[-1].endswith("models are reviewed on Fridays")
    rule("Deny", "no models today")
    with pytest.raises(StageFailed, match=r"refuses to apply deployment iris: .* no models today"):
        await until(lambda _: False, dock)
    assert dock.names() == set()


async def until(seen: Callable[[Sequence[str]], bool], dock: Dock) -> Sequence[str]:
    """What is told once the API server knows of a rule: it looks for new ones on its own."""
    lines: Sequence[str] = ()
    for _ in range(60):
        lines = await dock.target.permitted(wish(dock))
        if seen(lines):
            return lines
        await asyncio.sleep(0.25)  # nothing tells when a rule is in force
    raise AssertionError(lines)


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Registry]:
    """A registry with a password."""
    folder = tmp_path / "locked"
    folder.mkdir()
    with running(folder, settings=with_password(folder, password=PASSWORD)) as registry:
        yield registry


async def test_the_cluster_s_own_login_is_tried(
    dock: Dock, locked: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = f"{locked.host}/team/iris"
    lines = await dock.target.permitted(wish(dock, repository))
    assert f"kubectl -n {dock.namespace} create secret docker-registry registry" in lines[3]

    monkeypatch.setattr(ground, "told", lambda: Cluster(pull_secret="pulls"))
    with pytest.raises(StageFailed, match="there is no pull secret pulls") as caught:
        await dock.target.permitted(wish(dock, repository))
    assert caught.value.detail == (
        f"kubectl -n {dock.namespace} create secret docker-registry pulls "
        f"--docker-server={locked.host} --docker-username=… --docker-password=…"
    )
    dock.kubectl("create", "secret", "generic", "pulls", "--from-literal=a=b")
    with pytest.raises(StageFailed, match=r"the Secret pulls in .* is no pull secret"):
        await dock.target.permitted(wish(dock, repository))
    dock.kubectl("delete", "secret", "pulls")
    for password, good in (("wrong", False), (PASSWORD, True)):
        made = caught.value.detail.replace("kubectl ", "", 1)
        made = made.replace("username=…", "username=ada")
        dock.images.cluster.kubectl(*made.replace("password=…", f"password={password}").split())
        if good:
            told = await dock.target.permitted(wish(dock, repository))
            assert f"pull secret pulls: the registry of {repository} takes it" in told
        else:
            with pytest.raises(StageFailed, match="does not take the login of pull secret pulls"):
                await dock.target.permitted(wish(dock, repository))
        dock.kubectl("delete", "secret", "pulls")
