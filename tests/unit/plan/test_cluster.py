"""What an administrator decides about the cluster, and what is left to choose."""

from __future__ import annotations

import pytest

from jupyter_modelship.plan.cluster import Cluster, Egress, Route, read_cluster
from jupyter_modelship.plan.kinds import Unfit
from jupyter_modelship.plan.options import Options
from jupyter_modelship.plan.placing import placed, placing_findings
from jupyter_modelship.plan.policy import Policy

WHOLE = {
    "context": "production",
    "namespace": "team-a",
    "host": "{service}.models.example",
    "repository": "registry.example:5000/team-a/{service}",
    "route": {"ingress_class": "internal", "tls_secret": "models"},
    "pull_secret": "registry",
    "callers": ["hub"],
    "scrapers": ["monitoring"],
    "egress": {"warehouse": {"cidr": "10.1.2.0/24", "ports": [5432]}},
    "user_namespaces": True,
}
READ = Cluster(
    context="production",
    namespace="team-a",
    host="{service}.models.example",
    repository="registry.example:5000/team-a/{service}",
    route=Route(ingress_class="internal", tls_secret="models"),
    pull_secret="registry",
    callers=("hub",),
    scrapers=("monitoring",),
    egress={"warehouse": Egress("warehouse", "10.1.2.0/24", (5432,))},
    user_namespaces=True,
)
ROUTED = Cluster(route=Route(gateway="gateways/public"))
IRIS = Options(target="kubernetes", repository="registry.example/a/iris")


def test_every_key_is_read() -> None:
    assert read_cluster("cluster", WHOLE) == READ
    assert read_cluster("cluster", {}) == Cluster()


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("hosts", "a", "cluster has no key 'hosts'"),
        ("context", "", "cluster.context must be a string"),
        ("namespace", "Team A", "cluster.namespace must be a name"),
        ("host", "models.example", "cluster.host must name {service} once"),
        ("host", "{service}.{service}.example", "cluster.host must name {service} once"),
        ("host", "{service}", "cluster.host must name {service} once"),
        ("host", "{service}.models.example\nevil", "cluster.host must be a string"),
        ("repository", "registry.example/{service}:1", "cluster.repository must name"),
        ("route", {}, "cluster.route must have ingress_class"),
        ("route", {"gateway": "a", "ingress_class": "b"}, "cluster.route must have"),
        ("route", {"gateway": "public"}, "cluster.route.gateway must be a name"),
        ("callers", "hub", "cluster.callers must be a list"),
        ("callers", ["*"], "cluster.callers must be a name"),
        ("egress", {"a": {"cidr": "10.1.2.3/24", "ports": [1]}}, "cluster.egress.a.cidr is no"),
        ("egress", {"a": {"cidr": "169.254.169.254/32", "ports": [80]}}, "is link-local"),
        ("egress", {"a": {"cidr": "10.0.0.0/8", "ports": []}}, "cluster.egress.a.ports must"),
        ("egress", {"a": {"cidr": "10.0.0.0/8", "ports": [True]}}, "cluster.egress.a.ports must"),
        ("user_namespaces", "yes", "cluster.user_namespaces must be true or false"),
        ("egress", {"a": {"cidr": "10.0.0.0/8"}}, "cluster.egress.a must have cidr and ports"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(key: str, value: object, says: str) -> None:
    with pytest.raises(Unfit) as caught:
        read_cluster("cluster", {**WHOLE, key: value})
    assert says in str(caught.value)


def test_a_host_name_needs_a_way_in() -> None:
    with pytest.raises(Unfit, match=r"cluster.host needs cluster.route"):
        read_cluster("cluster", {"host": "{service}.models.example"})


def test_a_service_goes_where_the_first_policy_with_an_opinion_says() -> None:
    policies = [Policy("/a"), Policy("/b", cluster=READ), Policy("/c", cluster=ROUTED)]
    there = placed(Options(target="kubernetes"), "iris", policies)
    assert (there.namespace, there.host, there.repository) == (
        "team-a",
        "iris.models.example",
        "registry.example:5000/team-a/iris",
    )
    assert placed(IRIS, "iris", policies).repository == IRIS.repository
    assert placed(Options(), "iris", policies) == Options()


@pytest.mark.parametrize(
    ("chosen", "policy", "says"),
    [
        ({"namespace": "b"}, Policy("/p"), "no policy says which namespaces may be chosen"),
        ({"host": "a.example"}, Policy("/p", cluster=ROUTED), "which host names may be chosen"),
        ({"host": "a.b"}, Policy("/p", allowed_hosts=("*",)), "no policy says how requests for"),
        ({"egress": ("lake",)}, Policy("/p", cluster=READ), "lake for option egress; it names: w"),
        ({"egress": ("lake",)}, Policy("/p"), "it names: none"),
        ({"replicas": 3, "max_replicas": 2}, Policy("/p"), "less than the 3 of option replicas"),
    ],
)
def test_what_only_an_administrator_decides_blocks(
    chosen: dict[str, object], policy: Policy, says: str
) -> None:
    options = Options(**{"target": "kubernetes", "repository": "r.example/a", **chosen})  # type: ignore[arg-type] # names and types of options
    (found,) = placing_findings(options, [policy])
    assert (found.code, found.severity) == ("cluster-undecided", "block")
    assert says in found.message
    local = Options(**{**chosen, "target": "local"})  # type: ignore[arg-type] # names and types of options
    assert placing_findings(local, [policy]) == ()


def test_what_the_policy_leaves_open_may_be_chosen() -> None:
    policy = Policy("/p", namespaces=("team-*",), allowed_hosts=("*.example",), cluster=READ)
    options = Options(
        target="kubernetes", namespace="team-b", host="iris.example", egress=("warehouse",)
    )
    assert placing_findings(options, [policy]) == ()
