"""The demo notebooks become services that answer as the notebooks do."""

from __future__ import annotations

import ast
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openapi_spec_validator
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.line.conftest import EXAMPLES, Home

CALLS = [
    ("iris", "predict", {"row": [5.1, 3.5, 1.4, 0.2]}, "setosa"),
    ("iris", "predict", {"row": [6.7, 3.0, 5.2, 2.3]}, "virginica"),
    (
        "wine",
        "classify",
        {"sample": {"alcohol": 13.2, "flavanoids": 2.8, "color_intensity": 4.4}},
        "barolo",
    ),
    (
        "weather",
        "report",
        {"station": "oslo"},
        {"station": "oslo", "latitude": 59.9, "celsius": -3.0},
    ),
    ("smooth", "smooth", {"values": [0.0] * 12}, [0.0] * 12),
]
DEMOS = ("iris", "wine", "weather", "smooth", "diabetes")
Change = Callable[[Path, str, str], None]


@pytest.fixture(scope="module")
def deployed(home: Home) -> Home:
    for name in DEMOS:
        home.notebook(name)
        told = home.run("deploy", f"{name}.ipynb", "--yes")
        assert f"{name} is live:" in told.out
        assert "as in the notebook" in told.out
    return home


def send(
    home: Home, service: str, method: str, path: str, body: object = None
) -> tuple[int, bytes]:
    seen = home.run("status", service, "--json").document
    token = Path(seen["token_file"]).read_text(encoding="utf-8").strip()
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    asked = urllib.request.Request(seen["url"] + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=30) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.mark.parametrize(("service", "endpoint", "arguments", "reply"), CALLS)
def test_a_service_answers_as_its_notebook(
    deployed: Home, service: str, endpoint: str, arguments: object, reply: object
) -> None:
    told = deployed.run("call", service, endpoint, json.dumps(arguments))
    assert json.loads(told.out) == reply


def test_frames_travel_as_lists_of_records(deployed: Home) -> None:
    patient = {"age": 59.0, "sex": 2.0, "bmi": 32.1, "bp": 101.0}
    told = deployed.run("call", "diabetes", "score", json.dumps({"patients": [patient, patient]}))
    first, second = json.loads(told.out)
    assert first == second > 0


def test_two_endpoints_share_one_model(deployed: Home) -> None:
    bottle = {"sample": {"alcohol": 13.2, "flavanoids": 2.8, "color_intensity": 4.4}, "digits": 1}
    told = deployed.run("call", "wine", "explain", json.dumps(bottle))
    assert json.loads(told.out)["barolo"] > 0.5
    seen = deployed.run("audit", "wine", "--json").document
    assert [artifact["name"] for artifact in seen[0]["record"]["artifacts"]] == ["model"]


@pytest.mark.parametrize("service", DEMOS)
def test_the_description_is_valid_openapi(deployed: Home, service: str) -> None:
    status, body = send(deployed, service, "GET", "/openapi.json")
    document = json.loads(body)
    assert status == 200
    assert document["openapi"] == "3.1.0"
    openapi_spec_validator.validate(document)


@pytest.mark.parametrize("service", DEMOS)
def test_the_service_does_what_its_description_says(deployed: Home, service: str) -> None:
    import schemathesis  # takes a second, which every worker would pay that only collects
    from schemathesis.checks import not_a_server_error
    from schemathesis.core.result import Ok

    seen = deployed.run("status", service, "--json").document
    token = Path(seen["token_file"]).read_text(encoding="utf-8").strip()
    headers = {"Authorization": f"Bearer {token}"}
    schema = schemathesis.openapi.from_url(seen["url"] + "/openapi.json", headers=headers)

    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()

        @settings(
            max_examples=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        def check(case: Any) -> None:
            reply = case.call(headers=headers)
            # The notebook's function may raise for what its types allow, an empty row say: that is
            # a 500, and a described one. The service itself has no other.
            case.validate_response(reply, excluded_checks=[not_a_server_error])
            if reply.status_code >= 500:
                assert reply.json()["type"] == "urn:modelship:problem:internal-error"

        given(case=operation.as_strategy())(check)()


@pytest.mark.parametrize("service", DEMOS)
def test_what_ships_is_the_notebooks_own_code(deployed: Home, service: str) -> None:
    folder = bundle_of(deployed, service)
    source = (folder / "service.py").read_text(encoding="utf-8")
    ours = {"modelship_runtime", "app", "artifact"}
    book = json.loads((EXAMPLES / f"{service}.ipynb").read_text(encoding="utf-8"))
    cells = "\n".join("".join(cell["source"]) for cell in book["cells"])
    for node in ast.parse(source).body[1:]:
        text = ast.get_source_segment(source, node) or ""
        generated = any(word in text for word in ours) and text not in cells
        assert generated or text in cells, text


def bundle_of(home: Home, service: str) -> Path:
    seen = home.run("status", service, "--json").document
    return home.folder / "home" / "state" / "bundles" / str(seen["bundle_digest"])


def test_deploying_again_changes_nothing(deployed: Home) -> None:
    told = deployed.run("deploy", "iris.ipynb", "--yes")
    assert "iris is live already, unchanged: revision" in told.out
    assert "✓" not in told.out


def test_a_change_of_code_runs_the_examples_and_not_the_training(
    deployed: Home, change: Change
) -> None:
    deployed.notebook("iris", called="iris")
    change(deployed.folder / "iris.ipynb", "[int(model", "[1 * int(model")
    told = deployed.run("deploy", "iris.ipynb", "--yes")
    assert "artifacts cached" in told.out
    assert "takes over from" in told.out
    assert (
        json.loads(deployed.run("call", "iris", "predict", '{"row": [5, 3, 1, 0]}').out) == "setosa"
    )
    back = deployed.run("rollback", "iris", "--json").document
    assert back["revisions"][-1]["origin"] == back["revisions"][-3]["number"]


def test_a_failure_of_a_request_names_cell_and_line_in_the_log_and_nothing_in_the_reply(
    deployed: Home,
) -> None:
    told = deployed.run("call", "weather", "report", '{"station": "atlantis"}', good=False)
    assert told.code == 1
    assert "KeyError" not in told.err
    lines = deployed.run("logs", "weather").out.splitlines()
    failed = next(json.loads(line) for line in reversed(lines) if "KeyError" in line)
    assert failed["error"] == "KeyError"
    cells = {cell["id"]: "".join(cell["source"]) for cell in _cells("weather")}
    line = cells[failed["cell"]].splitlines()[failed["line"] - 1]
    assert "STATIONS[station]" in line


def _cells(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        (EXAMPLES / f"{name}.ipynb").read_text(encoding="utf-8")
    )["cells"]
    return found


def test_parameters_of_the_notebook_can_be_overridden(deployed: Home) -> None:
    told = deployed.run(
        "deploy", "diabetes.ipynb", "--name", "shallow", "--parameter", "trees=2", "--yes"
    )
    assert "shallow is live:" in told.out
    patient = {"age": 59.0, "sex": 2.0, "bmi": 32.1, "bp": 101.0}
    body = json.dumps({"patients": [patient]})
    deep = json.loads(deployed.run("call", "diabetes", "score", body).out)
    shallow = json.loads(deployed.run("call", "shallow", "score", body).out)
    assert deep != shallow
