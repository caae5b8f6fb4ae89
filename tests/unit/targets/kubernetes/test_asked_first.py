"""What a cluster is asked before anything is made, in the words in which it is told."""

from __future__ import annotations

from typing import Any

import pytest

from jupyter_modelship.targets.kubernetes.measuring import told
from jupyter_modelship.targets.kubernetes.sandboxes import decided, numbers
from jupyter_modelship.targets.kubernetes.security import in_words

ABLE = {"name": "", "features": {"userNamespaces": True}}


def node(*handlers: dict[str, Any], linux: str = "6.12.4-amd64") -> dict[str, Any]:
    info = {"kernelVersion": linux, "containerRuntimeVersion": "containerd://1.6.20"}
    return {
        "metadata": {"name": "one"},
        "status": {"nodeInfo": info, "runtimeHandlers": list(handlers)},
    }


@pytest.mark.parametrize(
    ("wish", "version", "nodes", "told"),
    [
        (None, (1, 34), [node(ABLE)], ""),
        (True, (1, 34), [node(ABLE)], ""),
        (True, (1, 34), None, ""),
        (False, (1, 34), [node(ABLE)], "the policy says so (cluster.user_namespaces)"),
        (True, (1, 32), None, "Kubernetes 1.32 has them switched off; 1.33 has not"),
        (
            None,
            (1, 34),
            None,
            "the nodes may not be looked at; the policy can say cluster.user_namespaces",
        ),
        (
            True,
            (1, 34),
            [node(ABLE), node()],
            "node one does not say that it can (containerd://1.6.20)",
        ),
        (
            None,
            (1, 34),
            [node({"name": "gvisor", "features": {"userNamespaces": True}})],
            "node one does not say that it can (containerd://1.6.20)",
        ),
        (
            None,
            (1, 34),
            [node(ABLE, linux="6.1.0-18-amd64")],
            "node one has Linux 6.1; 6.3 is needed",
        ),
    ],
)
def test_pods_get_a_user_namespace_where_all_agree(
    wish: bool | None, version: tuple[int, int], nodes: list[dict[str, Any]] | None, told: str
) -> None:
    yes, why = decided(wish, version, nodes)
    assert yes == (not told)
    if told:
        assert why == f"user namespaces: pods get none of their own, for {told}"
    else:
        reason = "the policy says so" if nodes is None else "every node can"
        assert why == f"user namespaces: each pod has its own (hostUsers: false), {reason}"


def test_versions_are_read_wherever_they_stand() -> None:
    assert [numbers(text) for text in ("v1.34.4", "6.1.0-18-amd64", "5.15+", "", None)] == [
        (1, 34),
        (6, 1),
        (5, 15),
        (0, 0),
        (0, 0),
    ]


LABEL = "kubectl label --overwrite namespace team-a pod-security.kubernetes.io/enforce=restricted"


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (
            {"pod-security.kubernetes.io/enforce": "restricted"},
            "namespace team-a enforces Pod Security restricted, to which the pods keep",
        ),
        (
            {"pod-security.kubernetes.io/warn": "restricted"},
            (
                "namespace team-a enforces nothing of Pod Security; the pods keep to restricted, "
                f"so who administers the cluster may say: {LABEL}"
            ),
        ),
        (
            {"pod-security.kubernetes.io/enforce": "baseline"},
            (
                "namespace team-a enforces only baseline of Pod Security; the pods keep to "
                f"restricted, so who administers the cluster may say: {LABEL}"
            ),
        ),
    ],
)
def test_the_pod_security_level_is_told_with_what_would_raise_it(
    labels: dict[str, str], told: str
) -> None:
    assert in_words("team-a", labels) == told


@pytest.mark.parametrize(
    ("metrics", "peak"),
    [
        (b"# HELP x\nmodelship_peak_memory_bytes 1.23456e+08\nother 1\n", 123_456_000),
        (b"modelship_peak_memory_bytes 42.0", 42),
        (b"modelship_peak_memory_bytes_more 42.0\n", 0),
        (b"modelship_peak_memory_bytes NaN\n", 0),
        (b"modelship_peak_memory_bytes +Inf\n", 0),
        (b"", 0),
    ],
)
def test_what_a_process_took_is_read_of_its_metrics(metrics: bytes, peak: int) -> None:
    assert told(metrics) == peak
