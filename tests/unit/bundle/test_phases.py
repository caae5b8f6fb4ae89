"""A release between two revisions, whole objects compared with what they are made of."""

from __future__ import annotations

import copy
import dataclasses

import pytest

from jupyter_modelship.bundle.release import naming, phases
from jupyter_modelship.bundle.release.objects import objects
from jupyter_modelship.bundle.release.size import memory_limit, resources
from jupyter_modelship.bundle.release.wanted import Measured, Size, Wanted
from jupyter_modelship.errors import UsageError

IRIS = Wanted(
    service="iris",
    namespace="team-a",
    image=f"registry.example/iris@sha256:{'1' * 64}",
    bundle_digest="b",
    plan_digest="p",
    run="run-1",
    notebook="/books/iris.ipynb",
    env={"REGION": "north"},
)
MADE = objects(IRIS)
MIB = 1 << 20


def test_a_revision_that_is_held_gets_no_traffic_and_is_in_nobodys_way() -> None:
    before = copy.deepcopy(MADE)
    held = phases.held(MADE)
    assert before == MADE, "what it is made of stays as it is"
    made = {each["kind"]: each for each in MADE}
    found = {each["kind"]: each for each in held}
    assert list(found) == ["ServiceAccount", "ConfigMap", "NetworkPolicy", "Deployment"]
    made["Deployment"]["spec"] |= {"minReadySeconds": 86_400, "progressDeadlineSeconds": 87_060}
    made["NetworkPolicy"]["metadata"]["name"] = "iris.staged"
    made["NetworkPolicy"]["spec"]["podSelector"] = {
        "matchLabels": {"modelship/service": "iris", "modelship/run": naming.run_label("run-1")}
    }
    assert found == {kind: made[kind] for kind in found}


def test_the_service_keeps_to_the_pods_of_one_run() -> None:
    made = objects(IRIS)
    (service,) = (each for each in made if each["kind"] == "Service")
    service["spec"]["selector"]["modelship/run"] = naming.run_label("run-1")
    assert phases.pinned(objects(IRIS)) == service


def test_what_is_brought_back_has_pods_of_its_own() -> None:
    again = phases.rerun(objects(IRIS), "run-2")
    assert again == objects(dataclasses.replace(IRIS, run="run-2"))


def test_a_stopped_service_has_no_replica() -> None:
    (deployment,) = (each for each in objects(IRIS) if each["kind"] == "Deployment")
    deployment["spec"]["replicas"] = 0
    assert phases.scaled(objects(IRIS), 0) == deployment


@pytest.mark.parametrize(
    ("wished", "there", "replicas"),
    [((2, 0), 5, 5), ((2, 0), 0, 2), ((2, 6), 5, 5), ((2, 6), 0, 2)],
    ids=["fixed", "fixed and none there", "autoscaled", "autoscaled and none there"],
)
def test_a_release_goes_to_as_many_replicas_as_there_are(
    wished: tuple[int, int], there: int, replicas: int
) -> None:
    made = objects(dataclasses.replace(IRIS, replicas=wished[0], max_replicas=wished[1]))
    assert phases.scales(made) == (wished[1] > 0)
    before = copy.deepcopy(made)
    sized = phases.sized(made, there)
    assert made == before, "what it is made of stays as it is"
    (deployment,) = (each for each in before if each["kind"] == "Deployment")
    deployment["spec"]["replicas"] = replicas
    assert sized == before


def test_the_variables_and_their_map_are_found_again() -> None:
    assert phases.env_names(objects(IRIS)) == ("REGION",)
    assert phases.env_maps(objects(IRIS)) == {naming.env_map("iris", {"REGION": "north"})}
    without = objects(dataclasses.replace(IRIS, env={}, secrets=("KEY",)))
    assert (phases.env_names(without), phases.env_maps(without)) == ((), set())


@pytest.mark.parametrize(
    "wrong",
    [
        {"service": "Iris"},
        {"service": "iris.1"},
        {"service": "iris\n"},
        {"namespace": ""},
        {"image": "registry.example/iris:latest"},
        {"image": f"registry.example/iris@sha256:{'1' * 63}"},
        {"host": "a b"},
        {"secrets": ("A-B",)},
        {"env": {"$(A)": "1"}},
        {"callers": ("*",)},
        {"pull_secret": "a/b"},
    ],
)
def test_what_could_not_become_a_name_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        dataclasses.replace(IRIS, **wrong)  # type: ignore[arg-type] # wrong on purpose


def test_names_of_objects_tell_services_and_revisions_apart() -> None:
    services = ["iris", "iris-1", "iris-1-2", "a" * 63]
    numbers = [1, 2, 12]
    names = {naming.revision(service, number) for service in services for number in numbers}
    assert len(names) == len(services) * len(numbers)
    longest = "a" * 63
    made = [naming.token_secret(longest), naming.env_map(longest, {"A": "1"})]
    assert max(map(len, made)) <= 253


@pytest.mark.parametrize(
    ("asked", "measured", "limit"),
    [
        (0, None, 1024),
        (0, 10, 256),
        (0, 300, 640),
        (100, 300, 100),
    ],
)
def test_memory_is_as_asked_for_else_as_measured_else_a_guess(
    asked: int, measured: int | None, limit: int
) -> None:
    took = None if measured is None else Measured(memory=measured * MIB)
    assert memory_limit(Size(memory=asked * MIB), took) == limit * MIB


def test_what_nobody_asked_for_stays_within_what_the_administrator_allows() -> None:
    most = Size(memory=300 * MIB + 5, cpu=0.5)
    assert memory_limit(Size(), None, most) == 300 * MIB
    assert memory_limit(Size(), Measured(memory=100 * MIB), most) == 256 * MIB
    assert memory_limit(Size(memory=500 * MIB), None, most) == 500 * MIB  # a finding blocks that
    made = resources(Size(), None, most)
    assert (made["requests"]["cpu"], made["limits"]["cpu"]) == ("100m", "500m")
    tight = resources(Size(), None, Size(cpu=0.05))
    assert (tight["requests"]["cpu"], tight["limits"]["cpu"]) == ("50m", "50m")
