"""From typed values to the objects of a release, whole. A folder of `releases/` is a case."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes.aio.client import models
from pydantic import BaseModel

from jupyter_modelship.bundle.release.folder import files_of, release_files
from jupyter_modelship.bundle.release.objects import objects
from jupyter_modelship.bundle.release.referred import secret_commands
from jupyter_modelship.bundle.release.wanted import Measured, Size, Wanted
from jupyter_modelship.plan.cluster import Egress, Route

FOLDER = Path(__file__).parent / "releases"
PLAIN = Wanted(
    service="iris",
    namespace="team-a",
    image=f"registry.example/team-a/iris@sha256:{'1' * 64}",
    bundle_digest="2" * 64,
    plan_digest="3" * 64,
    run="0f8fad5b-d9cb-469f-a165-70867728950e",
    notebook="/home/ada/iris.ipynb",
)
FULL = dataclasses.replace(
    PLAIN,
    replicas=2,
    max_replicas=8,
    measured=Measured(memory=300 << 20),
    size=Size(cpu=0.5),
    finish=30.0,
    env={"REGION": "north", "ALPHA": "$(HOME)"},
    secrets=("DB_PASSWORD",),
    source_map=b'{"1": ["a", 1]}',
    host="iris.models.example",
    route=Route(ingress_class="internal", tls_secret="models"),
    pull_secret="registry",
    callers=("hub",),
    scrapers=("monitoring",),
    egress=(Egress("lake", "10.1.2.0/24", (5432,)), Egress("web", "0.0.0.0/0", (443,))),
    user_namespace=True,
)
GATEWAY = dataclasses.replace(
    PLAIN, token=False, platform="linux/arm64", host="iris.models.example", route=Route(gateway="gateways/public")
)
CASES = {"plain": PLAIN, "full": FULL, "gateway": GATEWAY}
KINDS: dict[str, type[BaseModel] | None] = {
    "ServiceAccount": models.V1ServiceAccount,
    "ConfigMap": models.V1ConfigMap,
    "NetworkPolicy": models.V1NetworkPolicy,
    "Deployment": models.V1Deployment,
    "HorizontalPodAutoscaler": models.V2HorizontalPodAutoscaler,
    "PodDisruptionBudget": models.V1PodDisruptionBudget,
    "Service": models.V1Service,
    "Ingress": models.V1Ingress,
    "HTTPRoute": None,  # no kind of Kubernetes' own
}


@pytest.mark.parametrize("case", CASES)
def test_a_release_is_what_it_is(case: str, request: pytest.FixtureRequest) -> None:
    files = release_files(objects(CASES[case]))
    folder = FOLDER / case
    if request.config.getoption("--update-golden"):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for name, content in files.items():
            (folder / name).write_bytes(content)
    assert files == {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("case", CASES)
def test_kubectl_reads_the_files_as_what_they_say(case: str) -> None:
    made = objects(CASES[case])
    files = release_files(made)
    listed = yaml.safe_load(files["kustomization.yaml"])
    assert [yaml.safe_load(files[name]) for name in listed["resources"]] == list(made)
    assert len(files) == len(made) + 1
    assert files_of(files["kustomization.yaml"]) == tuple(listed["resources"])


@pytest.mark.parametrize(
    "other",
    [
        b"resources: [a.yaml]",
        b"[]",
        b"{}",
        b'{"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", '
        b'"resources": ["../../.bashrc"]}',
        b'{"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", '
        b'"resources": ["a.yaml"], "namespace": "b"}',
    ],
)
def test_a_list_that_is_not_as_ours_is_none_of_ours(other: bytes) -> None:
    assert files_of(other) is None


def test_each_secret_that_a_release_refers_to_has_the_command_that_makes_it() -> None:
    assert secret_commands(objects(FULL)) == (
        "kubectl -n team-a create secret docker-registry registry "
        "--docker-server=registry.example --docker-username=… --docker-password=…",
        "kubectl -n team-a create secret generic iris.token "
        '--from-literal=token="$(openssl rand -hex 32)"\n'
        "kubectl -n team-a label secret iris.token app.kubernetes.io/name=iris "
        "app.kubernetes.io/managed-by=jupyter-modelship modelship/service=iris",
        "kubectl -n team-a create secret generic iris.secrets --from-literal=DB_PASSWORD=…",
    )
    assert secret_commands(objects(GATEWAY)) == ()


@pytest.mark.parametrize("case", CASES)
def test_the_schema_of_the_api_knows_every_member(case: str) -> None:
    for each in objects(CASES[case]):
        kind = KINDS[each["kind"]]
        if kind is not None:
            kind.model_validate(each)


def test_the_schema_would_find_a_member_that_is_none() -> None:
    (made,) = (each for each in objects(PLAIN) if each["kind"] == "Deployment")
    made["spec"]["template"]["spec"]["containers"][0]["imagee"] = "x"
    with pytest.raises(ValueError, match="imagee"):
        models.V1Deployment.model_validate(made)


def every(value: object) -> list[object]:
    """All keys and values in a JSON value."""
    if isinstance(value, Mapping):
        return [part for pair in value.items() for item in pair for part in every(item)]
    if isinstance(value, (list, tuple)):
        return [part for item in value for part in every(item)]
    return [value]


@pytest.mark.parametrize("case", CASES)
def test_nothing_that_a_person_wrote_is_in_metadata(case: str) -> None:
    for each in objects(CASES[case]):
        metadata: dict[str, Any] = each["metadata"]
        assert "ada" not in json.dumps(metadata)
        assert metadata["labels"]["app.kubernetes.io/managed-by"] == "jupyter-modelship"


def test_a_value_of_a_variable_stands_in_its_map_alone() -> None:
    holders = [each["kind"] for each in objects(FULL) if "$(HOME)" in every(each)]
    assert holders == ["ConfigMap"]
