"""Rights, Roles and room: what is asked of a cluster before anything is made."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_modelship.targets.kubernetes.kinds import HTTP_ROUTE, INGRESS
from jupyter_modelship.targets.kubernetes.quantities import (
    Copies,
    Lack,
    out_of_range,
    over_quota,
    quantity,
    shown,
)
from jupyter_modelship.targets.kubernetes.rights import (
    Right,
    needed,
    review,
    role,
    routed_by,
)
from jupyter_modelship.targets.kubernetes.room import quota_commands

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


def pod(cpu: str = "100m", beside: str = "") -> dict[str, Any]:
    """A pod of the service, with a container that somebody else put beside ours."""
    both = [cpu, *([beside] if beside else [])]
    return {"spec": {"containers": [{"resources": {"requests": {"cpu": one}}} for one in both]}}


def test_all_replicas_and_one_beside_have_to_fit() -> None:
    full = quota({"requests.cpu": "1", "pods": "10"}, {"requests.cpu": "800m", "pods": "3"})
    assert list(over_quota([full], Copies(POD, 1))) == []
    assert list(over_quota([full], Copies(POD, 2))) == [
        Lack(
            "team",
            "requests.cpu",
            "1100m",
            "quota team allows 1 of requests.cpu, 800m are taken, and 300m more are needed: "
            "2 replicas of 100m, and one beside while a revision takes over",
        )
    ]
    foreign = quota({"services.loadbalancers": "0"}, {})
    assert list(over_quota([foreign], Copies(POD, 1))) == []


@pytest.mark.parametrize(
    ("there", "wanted", "more"),
    [
        ([], 2, "300m"),
        ([pod(), pod()], 2, "100m"),
        ([pod(), pod()], 4, "300m"),
        ([pod(cpu="20m"), pod(cpu="20m")], 2, "260m"),
        ([pod(cpu="500m"), pod(cpu="500m")], 2, "100m"),
        ([pod(cpu="500m")], 3, "300m"),
        ([pod(cpu="50m", beside="50m")], 1, "100m"),
    ],
)
def test_what_a_change_takes_beside_what_is_there(
    there: list[dict[str, Any]], wanted: int, more: str
) -> None:
    """At its height: old pods stay until new ones are there."""
    needed = Copies(POD, wanted, there).more("requests.cpu")
    assert shown("requests.cpu", needed) == more


def test_quotas_that_count_other_pods_are_passed_over() -> None:
    none = quota({"pods": "0"}, {})
    assert [lack.resource for lack in over_quota([none], Copies(POD, 1))] == ["pods"]
    for spec in (
        {"scopes": ["BestEffort"]},
        {"scopes": ["NotBestEffort", "Terminating"]},
        {"scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass"}]}},
    ):
        assert list(over_quota([{**none, "spec": spec}], Copies(POD, 1))) == []
    assert list(over_quota([{**none, "spec": {"scopes": ["NotBestEffort"]}}], Copies(POD, 1)))


def test_what_a_quota_lacks_is_a_command_for_its_administrator() -> None:
    full = quota({"pods": "1", "requests.memory": "1Gi"}, {"pods": "1", "requests.memory": "1Gi"})
    lacks = list(over_quota([full], Copies(POD, 1)))
    (command,) = quota_commands(lacks, "team-a")
    assert command == (
        "kubectl -n team-a patch resourcequota team --type merge -p "
        '\'{"spec": {"hard": {"pods": "3", "requests.memory": "2048Mi"}}}\''
    )


def test_what_a_limit_range_does_not_allow_is_said() -> None:
    assert list(out_of_range([limits(max={"memory": "1Gi"}, min={"cpu": "50m"})], POD)) == []
    assert list(out_of_range([limits(max={"memory": "256Mi"})], POD)) == [
        "limit range sizes allows 256Mi of memory at most, and 512Mi is asked"
    ]
    assert list(out_of_range([limits(min={"cpu": "1"})], POD)) == [
        "limit range sizes allows no less than 1 of cpu, not 100m"
    ]
    assert list(out_of_range([limits(maxLimitRequestRatio={"cpu": "4"})], POD)) == [
        "limit range sizes allows a limit of 4 times the request of cpu, not 1 for 100m"
    ]
    assert list(out_of_range([limits(maxLimitRequestRatio={"cpu": "10"})], POD)) == []
