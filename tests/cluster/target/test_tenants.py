"""What a tenant may do with the Role of the documentation: all of theirs, nothing of others'."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from jupyter_modelship.errors import StageFailed, UsageError
from jupyter_modelship.plan.cluster import Cluster, Route
from jupyter_modelship.targets.kubernetes import ground, known
from jupyter_modelship.targets.kubernetes.kinds import HTTP_ROUTE, INGRESS
from jupyter_modelship.targets.kubernetes.rights import Right, needed, role
from jupyter_modelship.targets.port import Release

from .dock import Dock, Images
from .rights_used import Used
from .test_autoscaled import scaled

RBAC = Path(__file__).parents[3] / "docs" / "cluster" / "rbac.yaml"
OPTIONS: dict[str, object] = {"memory": 128 << 20, "cpu": 0.1}


@dataclass
class Tenant:
    """An account that has the documented Role in one namespace, and nothing elsewhere."""

    dock: Dock
    name: str = "ada"

    def bind(self, rules: list[Any] | None = None) -> None:
        namespace = self.dock.namespace
        account = {"name": self.name, "namespace": namespace}
        given, binding = yaml.safe_load_all(RBAC.read_text())
        given["metadata"]["namespace"] = binding["metadata"]["namespace"] = namespace
        binding["metadata"]["name"] += f"-{self.name}"
        binding["subjects"] = [{"kind": "ServiceAccount", **account}]
        if rules is not None:
            given["rules"] = rules
        there = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account}
        self.dock.images.cluster.apply(there, given, binding)

    async def refused(self, options: Mapping[str, object]) -> list[Right]:
        """What is said to be missing, once the API server has seen the Role that was just bound."""
        for _ in range(50):
            try:
                await self.dock.target.permitted(options)
            except StageFailed as error:
                rules = json.loads(error.detail)["rules"]
                found = [
                    Right(group, resource, verb)
                    for rule in rules
                    for group in rule["apiGroups"]
                    for resource in rule["resources"]
                    for verb in rule["verbs"]
                ]
                if len(found) == 1:
                    return found
        return []

    def log_in(self) -> None:
        """From now on the target acts as the tenant."""
        token = self.dock.kubectl("create", "token", self.name).strip()
        document = yaml.safe_load(self.dock.kubeconfig.read_text())
        for user in document["users"]:
            user["user"] = {"token": token}
        self.dock.kubeconfig.write_text(yaml.safe_dump(document))


@pytest.fixture
def tenant(dock: Dock) -> Tenant:
    made = Tenant(dock)
    made.bind()
    made.log_in()
    return made


def test_the_documented_role_is_what_is_needed() -> None:
    documented, _ = yaml.safe_load_all(RBAC.read_text())
    rights = {*needed(routed=INGRESS), *needed(routed=HTTP_ROUTE)}
    assert documented == role(rights, "team-a")


async def test_a_tenant_does_all_of_it_with_the_documented_role_and_uses_all_of_that(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is missing, or a step would be refused; nothing is there that no step uses."""
    target, dock, used = tenant.dock.target, tenant.dock, Used()
    monkeypatch.setattr(ground, "told", lambda: Cluster(route=Route(ingress_class="internal")))
    used.record(monkeypatch)
    watches = {each for each in needed(routed=INGRESS) if each.verb == "watch"}
    host = f"{dock.namespace}.models.example"
    lines = await target.permitted({**OPTIONS, "token": True, "host": host})
    assert lines[0].startswith(f"namespace {dock.namespace}: all ")
    await target.configure("iris", {"REGION": "north"})
    await dock.ship(dock.release("one", token=True, replicas=2, env=["REGION"], host=host))
    seen = await dock.ship(dock.release("two", token=True, replicas=2, max_replicas=3))
    assert await dock.ask(seen) == {"answer": "two", "region": None}
    assert [line async for line in target.logs("iris", last=1)]
    scaled(dock, 3)
    await target.stop("iris")
    assert (await target.rollback("iris")).revision == 3
    async with target.followed():
        assert [each.service for each in await target.list()] == ["iris"]
        while not watches <= used.rights:  # of each kind, once its list is read
            await asyncio.sleep(0)
    await target.delete("iris")
    assert [line.deed for line in await target.audit("iris")] == ["delete"]
    assert dock.names() == set()

    not_here = {  # asked for beside `get` from Kubernetes 1.35 on
        Right("", "pods/portforward", "create"),
    }
    without = {  # looked at where we may, passed over where we may not
        Right("", "resourcequotas", "list"),
        Right("", "limitranges", "list"),
        Right("gateway.networking.k8s.io", "httproutes", "list"),
    }
    assert used.rights - without | not_here == set(needed(routed=INGRESS))


@pytest.mark.campaign
@pytest.mark.timeout(900)
async def test_each_right_that_is_missing_is_named_alone(tenant: Tenant) -> None:
    rights = needed(routed=INGRESS)
    options = {**OPTIONS, "token": True, "host": "iris.models.example"}
    for right in rights:
        tenant.bind(role([each for each in rights if each != right], "any")["rules"])
        told = await tenant.refused(options)
        assert told == [right]


async def test_what_is_missing_is_printed_as_a_role_before_anything_is_made(
    tenant: Tenant,
) -> None:
    given, _ = yaml.safe_load_all(RBAC.read_text())
    less = [rule for rule in given["rules"] if "pods/portforward" not in rule["resources"]]
    tenant.bind(less)
    with pytest.raises(
        StageFailed, match="create pods/portforward, get pods/portforward"
    ) as caught:
        await tenant.dock.target.permitted(OPTIONS)
    assert json.loads(caught.value.detail)["rules"] == [
        {"apiGroups": [""], "resources": ["pods/portforward"], "verbs": ["create", "get"]}
    ]


async def test_what_does_not_fit_is_said_before_anything_is_made(tenant: Tenant) -> None:
    dock = tenant.dock
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "small", "namespace": dock.namespace},
        "spec": {"hard": {"requests.memory": "64Mi"}},
    }
    reading = {"apiGroups": [""], "resources": ["resourcequotas", "limitranges"], "verbs": ["list"]}
    given, _ = yaml.safe_load_all(RBAC.read_text())
    tenant.bind([*given["rules"], reading])
    dock.images.cluster.apply(quota)
    dock.kubectl("wait", "resourcequota/small", "--for=jsonpath={.status.hard}", "--timeout=30s")
    with pytest.raises(StageFailed, match=r"quota small allows 64Mi of requests\.memory"):
        await dock.target.permitted(OPTIONS)


@pytest.fixture
def bob(
    tenant: Tenant, stubs: Images, fresh_namespaces: Callable[[], str], tmp_path: Path
) -> Tenant:
    """Another one, with the same Role in another namespace."""
    home = tmp_path / "bob"
    home.mkdir()
    made = Tenant(Dock(stubs, fresh_namespaces(), home))
    made.bind()
    made.log_in()
    return made


async def test_a_tenant_touches_nothing_of_anothers(
    tenant: Tenant, bob: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = tenant.dock
    await ada.ship(ada.release("hers"))
    before = ada.state()
    monkeypatch.setenv("KUBECONFIG", str(bob.dock.kubeconfig))
    target = bob.dock.target

    with pytest.raises(StageFailed, match=f"deploying to namespace {ada.namespace} needs"):
        await target.permitted({**OPTIONS, "namespace": ada.namespace})
    with pytest.raises(StageFailed, match="the cluster refuses to"):
        await bob.dock.ship(bob.dock.release("his", namespace=ada.namespace))
    known.remember(bob.dock.places, ada.namespace)  # he is told where hers are
    for asked in (
        target.list(),
        target.audit(),
        target.observe("iris"),
        target.rollback("iris", who="bob"),
        target.stop("iris", who="bob"),
        target.start("iris", who="bob"),
        target.delete("iris", who="bob"),
        anext(target.logs("iris")),
    ):
        with pytest.raises(StageFailed, match=f'in the namespace "{ada.namespace}"'):
            await asked

    shutil.rmtree(known.folder(bob.dock.places))
    seen = await bob.dock.ship(bob.dock.release("his"))  # the same name, and no matter
    assert await bob.dock.ask(seen) == {"answer": "his", "region": None}
    assert [each.service for each in await target.list()] == ["iris"]
    await target.delete("iris", who="bob")
    assert bob.dock.names() == set()
    assert ada.state() == before


async def test_of_two_who_share_a_namespace_neither_replaces_what_the_other_deployed(
    tenant: Tenant, stubs: Images, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their notebooks have one path, and the machine calls both by one name, as on a Hub."""
    ada, space = tenant.dock, tenant.dock.namespace

    def somebody(name: str, machine: str) -> Dock:
        home = tmp_path / machine
        home.mkdir()
        made = Tenant(Dock(stubs, space, home), name)
        made.bind()
        made.log_in()
        return made.dock

    async def release(who: Dock, answer: str, **more: Any) -> Release:
        monkeypatch.setenv("KUBECONFIG", str(who.kubeconfig))
        called = await who.target.identity("jovyan")
        return replace(who.release(answer, **more), who=called)

    hers = await ada.ship(await release(ada, "hers"))
    assert hers.owner == f"system:serviceaccount:{space}:ada"
    before = ada.state()

    bob = somebody("bob", "bobs")
    his = await release(bob, "his")
    with pytest.raises(UsageError, match=rf"/books/iris\.ipynb of {hers.owner}$") as caught:
        await bob.ship(his)
    assert "--take-over" in caught.value.remedy
    assert ada.state() == before, "nothing of it was touched"

    elsewhere = somebody("ada", "her other machine")
    assert (await elsewhere.ship(await release(elsewhere, "hers too"))).revision == 2
    monkeypatch.setenv("KUBECONFIG", str(bob.kubeconfig))
    taken = await bob.ship(replace(his, takes_over=f"{hers.notebook} of {hers.owner}"))
    assert (taken.revision, taken.owner) == (3, f"system:serviceaccount:{space}:bob")
    with pytest.raises(UsageError, match=f"of {taken.owner}$"):
        await ada.ship(await release(ada, "hers again"))
    deeds = [(line.deed, line.who) for line in await ada.target.audit("iris")]
    assert deeds == [
        ("deploy", hers.owner),
        ("deploy", hers.owner),
        ("take-over", taken.owner),
    ]
