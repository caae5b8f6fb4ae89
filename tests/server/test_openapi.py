"""docs/reference/openapi.yaml, the handlers, what they read, and wire.ts say the same."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from jupyter_modelship.desk import asked
from jupyter_modelship.runs.events import RunEvent
from tests.server import wire
from tests.server.table import ROWS, registered

WIRE = Path(__file__).parents[2] / "labextension" / "src" / "wire.ts"
WISHES = {
    "Friction": asked.Friction,
    "IntentWish": asked.Intent,
    "LookWish": asked.Look,
    "ReviewWish": asked.Review,
    "Rollback": asked.Rollback,
    "Ship": asked.Ship,
}


def test_it_is_openapi() -> None:
    validate(wire.document())


def test_it_has_every_route_and_verb_and_no_other() -> None:
    assert set(registered()) == set(wire.operations())


def test_it_names_what_the_authorizer_is_asked() -> None:
    told = {name: operation["x-action"] for name, operation in wire.operations().items()}
    assert {row.name: row.action for row in ROWS} == {row.name: told[row.name] for row in ROWS}


def test_parameters_of_paths_are_described() -> None:
    for path, item in wire.document()["paths"].items():
        named = [_parameter(one)["name"] for one in item.get("parameters", ())]
        assert named == re.findall(r"\{(\w+)\}", path), path


def _parameter(one: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in one:
        return one
    found: dict[str, Any] = wire.document()["components"]["parameters"][one["$ref"].split("/")[-1]]
    return found


@pytest.mark.parametrize("name", WISHES)
def test_what_is_read_is_what_is_described(name: str) -> None:
    schema = wire.document()["components"]["schemas"][name]
    read = fields(WISHES[name])
    needed = {one.name for one in read if one.default is MISSING and one.default_factory is MISSING}
    assert {one.name for one in read} == set(schema["properties"])
    assert needed == set(schema.get("required", ()))


INTERFACES = re.compile(r"export interface I(\w+)(?: extends I(\w+))? \{\n(.*?)\n\}", re.DOTALL)
MEMBER = re.compile(r"^  (\w+)(\?)?:", re.MULTILINE)


def interfaces() -> dict[str, dict[str, bool]]:
    """Name -> member -> whether it has to be there, of every interface in wire.ts."""
    found: dict[str, dict[str, bool]] = {}
    for name, parent, body in INTERFACES.findall(WIRE.read_text("utf-8")):
        own = {member: not optional for member, optional in MEMBER.findall(body)}
        found[name] = {**found.get(parent, {}), **own}
    return found


def test_typescript_knows_the_same_members() -> None:
    schemas = wire.document()["components"]["schemas"]
    described = {
        name: {member: member in schema.get("required", ()) for member in schema["properties"]}
        for name, schema in schemas.items()
        if name in interfaces()
    }
    # The front end always names the options; a script may leave them out.
    for name in ("Request", "Ship"):
        described[name]["options"] = True
    assert described == interfaces()


def test_events_are_described_as_they_are() -> None:
    properties = wire.document()["components"]["schemas"]["RunEvent"]["properties"]
    assert list(properties) == [one.name for one in fields(RunEvent)]
