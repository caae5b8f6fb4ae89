"""What a look says beside what the notebook itself does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_modelship.desk.looking import Live, look_data
from jupyter_modelship.runs.review import look
from tests.unit.runs.test_sizing import LIVE

IRIS = Path(__file__).parents[3] / "docs" / "examples" / "iris.ipynb"


def sizes(options: dict[str, object]) -> list[Any]:
    looked = look(IRIS, options)
    data = look_data(looked, Live(replace(LIVE, notebook=str(IRIS))), path="iris.ipynb")
    findings: Any = data["findings"]
    return [each for each in findings if each["code"] == "memory-sized"]


def test_a_look_says_whose_the_service_is_where_it_is_not_theirs_who_look() -> None:
    """On a Hub the path is the same for everybody."""
    live = replace(LIVE, notebook=str(IRIS), owner="ada")

    def taken(who: str) -> list[str]:
        looked = look(IRIS, {"target": "kubernetes", "repository": "registry.example/team/iris"})
        data: Any = look_data(looked, Live(live, who=who), path="iris.ipynb")
        assert data["owner"] == (f"{IRIS} of ada" if who != "ada" else "")
        return [each["message"] for each in data["findings"] if each["code"] == "name-taken"]

    assert taken("ada") == []
    assert taken("bob") == [f"the service {live.service} belongs to {IRIS} of ada"]
    assert taken("") == taken("bob")


def test_a_look_at_what_goes_to_a_cluster_says_how_much_memory_it_gets() -> None:
    cluster: dict[str, object] = {
        "target": "kubernetes",
        "repository": "registry.example/team/iris",
    }
    (found,) = sizes(cluster)
    assert found["severity"] == "note"
    assert found["message"].startswith("each replica gets 384 MiB of memory: twice the 178 MiB")
    assert sizes({**cluster, "memory": 1 << 30}) == []
    assert sizes({}) == []


def test_a_look_says_from_whom_a_service_of_a_cluster_can_be_taken_over() -> None:
    cluster = {"target": "kubernetes", "repository": "registry.example/team/iris"}

    def owner(options: dict[str, object], notebook: str) -> tuple[object, bool]:
        live = Live(replace(LIVE, notebook=notebook))
        data: Any = look_data(look(IRIS, options), live, path="iris.ipynb")
        return data["owner"], "name-taken" in [each["code"] for each in data["findings"]]

    theirs = "/home/bob/iris.ipynb"
    assert owner({**cluster}, theirs) == (theirs, True)
    assert owner({**cluster}, str(IRIS)) == ("", False)
    assert owner({}, theirs) == ("", True), "of this machine: nobody else's"
