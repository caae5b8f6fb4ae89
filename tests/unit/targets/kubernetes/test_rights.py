"""Rights, Roles and room: what is asked of a cluster before anything is made."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_modelship.targets.kubernetes.kinds import HTTP_ROUTE, INGRESS
from jupyter_modelship.targets.kubernetes.quantities import out_of_range, over_quota, quantity
from jupyter_modelship.targets.kubernetes.rights import (
    Right,
    needed,
    review,
    role,
    routed_by,
)

POD: dict[str, Any] = {
    "spec": {
        "containers": [
            {
                "resources": {
                    "requests": {"cpu": "100m", "memory": "512Mi"},
                    "limits": {"cpu": "1", "memory": "512Mi"},
                }
            }
        ]
    }
}


def quota(hard: dict[str, str], used: dict[str, str]) -> dict[str, Any]:
    return {"metadata": {"name": "team"}, "status": {"hard": hard, "used": used}}


def limits(**limit: Any) -> dict[str, Any]:
    return {"metadata": {"name": "sizes"}, "spec": {"limits": [{"type": "Container", **limit}]}}


def test_a_role_has_one_rule_for_what_goes_by_the_same_verbs() -> None:
    rights = [
        Right("", "pods", "watch"),
        Right("apps", "deployments", "get"),
        Right("", "services", "get"),
        Right("", "pods", "list"),
        Right("", "configmaps", "get"),
    ]
    assert role(rights, "team-a") == {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "modelship-deployer", "namespace": "team-a"},
        "rules": [
            {"apiGroups": [""], "resources": ["configmaps", "services"], "verbs": ["get"]},
            {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]},
            {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]},
        ],
    }


def test_what_is_needed_is_named_kind_by_kind_and_never_by_a_wildcard() -> None:
    rights = needed(routed=INGRESS)
    assert len(set(rights)) == len(rights)
    assert not [right for right in rights if "*" in (right.group, right.resource, right.verb)]
    named = {right.resource for right in rights}
    assert not named & {"nodes", "namespaces", "roles", "rolebindings", "pods/exec"}
    assert {right.verb for right in rights if right.resource == "pods"} == {"list", "watch"}


def test_secrets_and_routes_are_asked_for_where_they_are_made() -> None:
    assert not [right for right in needed(token=False) if right.resource == "secrets"]
    assert [str(right) for right in needed() if right.resource == "secrets"] == [
        "create secrets",
        "delete secrets",
        "get secrets",
    ]
    assert routed_by("", "a.example") is INGRESS
    assert routed_by("gateways/public", "a.example") is HTTP_ROUTE
    assert routed_by("gateways/public", "") is None


def test_a_part_of_an_object_is_asked_for_by_its_own_name() -> None:
    spec = review(Right("", "pods/log", "get"), "team-a")["spec"]["resourceAttributes"]
    assert spec == {
        "namespace": "team-a",
        "group": "",
        "resource": "pods",
        "subresource": "log",
        "verb": "get",
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "1"),
        ("500m", "0.5"),
        ("1.5", "1.5"),
        ("1Gi", "1073741824"),
        ("1G", "1000000000"),
        ("128974848", "128974848"),
        ("129e6", "129000000"),
        ("1k", "1000"),
        ("100u", "0.0001"),
    ],
)
def test_quantities_are_read_as_kubernetes_reads_them(text: str, value: str) -> None:
    assert quantity(text) == Decimal(value)


@given(st.text(max_size=20))
def test_what_is_no_quantity_is_none_of_them(text: str) -> None:
    found = quantity(text)
    assert found is None or isinstance(found, Decimal)


def test_what_a_quota_has_no_room_for_is_said() -> None:
    full = quota({"requests.cpu": "1", "pods": "10"}, {"requests.cpu": "850m", "pods": "3"})
    assert list(over_quota([full], POD, 1)) == []
    assert list(over_quota([full], POD, 2)) == [
        "quota team allows 1 of requests.cpu, 850m are taken, and 2 x 100m are needed"
    ]
    foreign = quota({"services.loadbalancers": "0"}, {})
    assert list(over_quota([foreign], POD, 1)) == []


def test_what_a_limit_range_does_not_allow_is_said() -> None:
    assert list(out_of_range([limits(max={"memory": "1Gi"}, min={"cpu": "50m"})], POD)) == []
    assert list(out_of_range([limits(max={"memory": "256Mi"})], POD)) == [
        "limit range sizes allows 256Mi of memory at most, and 512Mi is asked"
    ]
    assert list(out_of_range([limits(min={"cpu": "1"})], POD)) == [
        "limit range sizes allows no less than 1 of cpu, not 100m"
    ]
