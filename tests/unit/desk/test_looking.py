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
