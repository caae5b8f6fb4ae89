"""The whole line by the command line: from the iris notebook to a cluster, and what comes after."""

from __future__ import annotations

import json
import shutil

import pytest

from .person import Person

LATER = "class Broken:\n    ratio = 1 / 0 if os.path.exists('/tmp/modelship-broken') else 1\n\n"
"""Fails in a pod in which somebody makes that file, and from then on."""

BROKEN = "class Broken:\n    ratio = 1 / 0 if os.path.isdir('/service') else 1\n\n"


@pytest.mark.timeout(600)
def test_iris_on_a_cluster_and_a_revision_that_only_fails_there(person: Person) -> None:
    code, first = person.deploy(repository="")  # the cluster says where its registry is
    assert (code, first["target"], first["revision"], first["unproven"]) == (
        0,
        "kubernetes",
        1,
        False,
    ), first
    assert person.reply() == "setosa"

    code, broken = person.deploy(BROKEN)
    assert code == 1, broken
    said = json.dumps(broken)
    assert "the process ends by itself: ZeroDivisionError: division by zero" in said
    assert "cell 8" in said
    assert person.reply() == "setosa"

    shutil.rmtree(person.folder / "home" / "state" / "cluster")  # as on another machine
    namespaces = person.folder / "home" / "state" / "cluster"
    namespaces.mkdir()
    (namespaces / "namespaces.json").write_text(json.dumps([person.dock.namespace]))
    code, seen = person.modelship("status", "iris")
    assert (code, seen["state"], seen["revision"]) == (0, "running", 1)
    assert 20 << 20 < seen["measured"] < 1 << 30
    assert seen["image"]["reference"].startswith(person.dock.images.cluster.registry)
    assert person.modelship("delete", "iris", "--yes")[0] == 0
    assert person.dock.names() == set()


@pytest.mark.campaign
@pytest.mark.timeout(600)
def test_a_revision_that_crashes_after_it_was_confirmed_is_gone_back_from(person: Person) -> None:
    assert person.deploy()[0] == 0
    code, told = person.deploy(LATER)
    assert (code, told["revision"]) == (0, 2), told
    pods = json.loads(person.dock.kubectl("get", "pods", "-o", "json"))["items"]
    (pod,) = (each for each in pods if "deletionTimestamp" not in each["metadata"])
    end = "touch /tmp/modelship-broken; kill 1"
    person.dock.kubectl("exec", pod["metadata"]["name"], "--", "sh", "-c", end)
    while (seen := person.modelship("status", "iris")[1])["revision"] == 2:
        pass
    why = "the process ends by itself: ZeroDivisionError: division by zero"
    last = seen["revisions"][-1]
    assert (last["number"], last["origin"], last["who"], last["why"]) == (
        3,
        1,
        "automatic return",
        why,
    )
    assert person.reply() == "setosa"
    runs = [each for each in person.modelship("audit", "iris")[1] if "back" in each]
    assert [(run["who"] == "automatic return", bool(run["back"])) for run in runs] == [
        (True, True),
        (False, False),
        (False, False),
    ]
    assert (runs[0]["back"]["failed"], runs[0]["back"]["why"]) == (2, why)
    assert person.modelship("delete", "iris", "--yes")[0] == 0
