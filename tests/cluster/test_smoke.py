"""What a Kubernetes promises, tried: so that a test that fails elsewhere says something of us."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from . import manifests
from .given import Cluster

NAME = "tiny"
WAIT = "--timeout=90s"
ASK = "import urllib.request as r; print(r.urlopen('http://{host}/', timeout=5).read().decode())"


@pytest.fixture(scope="module")
def serving(cluster: Cluster, namespace: str, tiny_image: str) -> str:
    """The name of the one pod behind the Service NAME."""
    cluster.apply(
        manifests.deployment(NAME, namespace, tiny_image), manifests.service(NAME, namespace)
    )
    cluster.kubectl("rollout", "status", f"deployment/{NAME}", "-n", namespace, WAIT)
    (pod,) = cluster.get("pods", "-n", namespace, "-l", f"app={NAME}")["items"]
    return str(pod["metadata"]["name"])


def test_a_deployment_becomes_ready_under_pod_security_restricted(
    cluster: Cluster, namespace: str, serving: str
) -> None:
    label = cluster.get("namespace", namespace)["metadata"]["labels"]
    assert label["pod-security.kubernetes.io/enforce"] == "restricted"
    status = cluster.get("deployment", NAME, "-n", namespace)["status"]
    assert (status["readyReplicas"], status["availableReplicas"]) == (1, 1)


def test_a_pod_finds_a_service_by_its_name(cluster: Cluster, namespace: str, serving: str) -> None:
    ask = ASK.format(host=f"{NAME}.{namespace}.svc.cluster.local")
    said = once_routed(
        lambda: cluster.kubectl("exec", "-n", namespace, serving, "--", "python", "-c", ask)
    )
    assert said.strip() == serving


def test_a_service_answers_from_the_host(cluster: Cluster, namespace: str, serving: str) -> None:
    """Through kube-proxy's rules; elsewhere than here the address leads nowhere."""
    address = cluster.get("service", NAME, "-n", namespace)["spec"]["clusterIP"]
    if cluster.place is None:
        with forwarded(cluster, namespace, f"service/{NAME}") as port:
            assert httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).text == serving
    else:
        asked = once_routed(lambda: httpx.get(f"http://{address}/", trust_env=False).text)
        assert asked == serving


def once_routed(ask: Callable[[], str]) -> str:
    """The first answer: kube-proxy follows a pod that became ready by itself, a moment later."""
    until = time.monotonic() + 30
    while True:
        try:
            return ask()
        except (httpx.HTTPError, AssertionError):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def test_a_privileged_pod_is_denied(cluster: Cluster, namespace: str, tiny_image: str) -> None:
    spec = manifests.pod_spec(tiny_image)
    spec["containers"][0]["securityContext"] = {"privileged": True}
    with pytest.raises(AssertionError, match='violates PodSecurity "restricted:latest"'):
        cluster.apply(manifests.pod("privileged", namespace, spec))


def test_a_quota_denies(cluster: Cluster, namespace: str, serving: str, tiny_image: str) -> None:
    cluster.apply(manifests.quota(namespace, pods="1"))
    try:
        with pytest.raises(AssertionError, match=r"exceeded quota: small.*pods=1"):
            cluster.apply(manifests.pod("one-more", namespace, manifests.pod_spec(tiny_image)))
    finally:
        cluster.kubectl("delete", "resourcequota", "small", "-n", namespace)


def test_a_pod_is_read_and_entered(cluster: Cluster, namespace: str, serving: str) -> None:
    assert cluster.kubectl("logs", "-n", namespace, serving).splitlines()[0] == "serving"
    said = cluster.kubectl("exec", "-n", namespace, serving, "--", "id", "-u")
    assert said.strip() == "10001"


@contextmanager
def forwarded(cluster: Cluster, namespace: str, what: str) -> Iterator[int]:
    """A port of ours that leads there."""
    words = ("port-forward", "-n", namespace, what, ":" + ("80" if "service" in what else "8000"))
    with subprocess.Popen(
        cluster.command(*words), env=cluster.environment(), stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        found = re.search(r"127\.0\.0\.1:(\d+)", child.stdout.readline())
        assert found
        try:
            yield int(found[1])
        finally:
            child.terminate()


def test_a_port_is_forwarded(cluster: Cluster, namespace: str, serving: str) -> None:
    with forwarded(cluster, namespace, f"pod/{serving}") as port:
        assert httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).text == serving


def test_who_applies_what_another_owns_is_told(
    cluster: Cluster, namespace: str, serving: str, tiny_image: str
) -> None:
    other = manifests.deployment(NAME, namespace, tiny_image, replicas=2)
    with pytest.raises(AssertionError, match=r'conflict.* "modelship-tests": .spec.replicas'):
        cluster.apply(other, manager="somebody-else")
    assert cluster.get("deployment", NAME, "-n", namespace)["spec"]["replicas"] == 1


def test_whether_a_network_policy_is_enforced_is_known(
    cluster: Cluster, namespace: str, serving: str
) -> None:
    """Our own network plugin, the bridge, does not: what relies on it must be tried elsewhere."""
    cluster.apply(manifests.nothing_comes_in(namespace))
    address = cluster.get("pod", serving, "-n", namespace)["status"]["podIP"]
    try:
        if cluster.place is not None:
            assert httpx.get(f"http://{address}:8000/", trust_env=False).text == serving
    finally:
        cluster.kubectl("delete", "networkpolicy", "nothing-comes-in", "-n", namespace)


def test_a_node_may_not_call_itself_what_only_others_may(cluster: Cluster) -> None:
    """Admission by NodeRestriction: a node that was broken into draws no pods to itself."""
    (node, *_) = (one["metadata"]["name"] for one in cluster.get("nodes")["items"])
    its_own = ("--as", f"system:node:{node}", "--as-group", "system:nodes")
    label = "node-restriction.kubernetes.io/trusted=yes"
    done = cluster.tried("label", "node", node, label, *its_own)
    assert "is not allowed to modify labels: node-restriction.kubernetes.io/trusted" in done.stderr


def test_a_service_account_may_do_nothing_unless_told(cluster: Cluster, namespace: str) -> None:
    account = f"system:serviceaccount:{namespace}:default"
    done = cluster.tried("auth", "can-i", "list", "pods", "-n", namespace, "--as", account)
    assert done.stdout.strip() == "no"
