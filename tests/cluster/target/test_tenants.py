"""What a tenant may do with the Role of the documentation: all of theirs, nothing of others'."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.targets.kubernetes.kinds import HTTP_ROUTE, INGRESS
from jupyter_modelship.targets.kubernetes.rights import needed, role

from .dock import Dock

RBAC = Path(__file__).parents[3] / "docs" / "cluster" / "rbac.yaml"
OPTIONS: dict[str, object] = {"memory": 128 << 20, "cpu": 0.1}


@dataclass
class Tenant:
    """An account that has the documented Role in one namespace, and nothing elsewhere."""

    dock: Dock

    def bind(self, rules: list[Any] | None = None) -> None:
        namespace = self.dock.namespace
        account = {"name": "ada", "namespace": namespace}
        given, binding = yaml.safe_load_all(RBAC.read_text())
        given["metadata"]["namespace"] = binding["metadata"]["namespace"] = namespace
        binding["subjects"] = [{"kind": "ServiceAccount", **account}]
        if rules is not None:
            given["rules"] = rules
        there = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account}
        self.dock.images.cluster.apply(there, given, binding)

    def log_in(self) -> None:
        """From now on the target acts as the tenant."""
        token = self.dock.kubectl("create", "token", "ada").strip()
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


async def test_a_tenant_does_all_of_it_with_the_documented_role(tenant: Tenant) -> None:
    target, dock = tenant.dock.target, tenant.dock
    lines = await target.permitted({**OPTIONS, "token": True})
    assert lines[0].startswith(f"namespace {dock.namespace}: all ")
    await dock.ship(dock.release("one", token=True, replicas=2))
    seen = await dock.ship(dock.release("two", token=True, replicas=2, max_replicas=3))
    assert await dock.ask(seen) == {"answer": "two", "region": None}
    assert [line async for line in target.logs("iris", last=1)]
    assert (await target.rollback("iris")).revision == 3
    await target.stop("iris")
    await target.start("iris")
    assert [each.service for each in await target.list()] == ["iris"]
    await target.delete("iris")
    assert await target.list() == ()


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


async def test_a_tenant_touches_nothing_of_anothers(
    tenant: Tenant, cluster: Any, tmp_path: Path
) -> None:
    dock = tenant.dock
    with pytest.raises(StageFailed, match="you may not do all that deploying to namespace default"):
        await dock.target.permitted({**OPTIONS, "namespace": "default"})
    with pytest.raises(StageFailed, match="the cluster refuses to"):
        await dock.ship(dock.release("one", namespace="default"))
    assert "iris" not in cluster.kubectl("get", "deployments", "-n", "default", "-o", "name")
