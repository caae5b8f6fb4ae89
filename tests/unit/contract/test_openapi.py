"""The published document is valid, complete and the same every time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import openapi_spec_validator
import pytest

from jupyter_modelship.contract import Contract, declare, openapi
from jupyter_modelship.model import Example, Slice

SOURCE = '''
import numpy as np
from dataclasses import dataclass
from typing import Literal, Any

@dataclass
class Flower:
    width: float
    next: "Flower | None" = None

@dataclass
class Problem:
    what: str

def predict(row: list[float], flower: Flower, n: int = 3) -> Problem:
    """Say the species.

    The nearest one is taken.
    """

def _other(): ...
'''
EXAMPLE = Example("predict", "c2", {"row": [1.0], "flower": {"width": 1}}, {"what": "none"})


@pytest.fixture
def contract(make_slice: Callable[..., Slice]) -> Contract:
    return declare(make_slice(SOURCE))[0]


def _document(contract: Contract, *examples: Example) -> dict[str, Any]:
    document = openapi(contract, name="iris", examples=examples)
    openapi_spec_validator.validate(document)
    return document


def test_a_post_endpoint_takes_one_object(contract: Contract) -> None:
    document = _document(contract, EXAMPLE)
    operation = document["paths"]["/predict"]["post"]
    assert (operation["operationId"], operation["summary"]) == ("predict", "Say the species.")
    assert operation["description"] == "The nearest one is taken."
    assert operation["requestBody"] == {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "title": "predict",
                    "type": "object",
                    "properties": {
                        "row": {"type": "array", "items": {"type": "number"}},
                        "flower": {"$ref": "#/components/schemas/Flower"},
                        "n": {"type": "integer", "default": 3},
                    },
                    "required": ["row", "flower"],
                    "additionalProperties": False,
                },
                "examples": {"example-1": {"value": EXAMPLE.arguments}},
            }
        },
    }
    assert operation["responses"]["200"]["content"]["application/json"] == {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "examples": {"example-1": {"value": {"what": "none"}}},
    }
    assert list(operation["responses"]) == [
        "200", "400", "401", "408", "413", "415", "422", "500", "503", "504",
    ]  # fmt: skip


def test_a_class_called_problem_is_not_the_error_reply(contract: Contract) -> None:
    schemas = _document(contract)["components"]["schemas"]
    assert list(schemas) == ["Flower", "Problem", "problem-details"]
    assert schemas["problem-details"]["required"] == ["type", "title", "status", "request_id"]
    assert schemas["Problem"]["required"] == ["what"]


def test_a_get_endpoint_takes_query_parameters(make_slice: Callable[..., Slice]) -> None:
    source = 'from typing import Literal\ndef f(a: int, b: Literal["x"] | None = None) -> int: ...'
    contract, _ = declare(make_slice(source, "GET /here"))
    operation = _document(contract, Example("f", "c", {"a": 1}, 2))["paths"]["/here"]["get"]
    assert "requestBody" not in operation
    assert operation["parameters"] == [
        {"name": "a", "in": "query", "required": True, "schema": {"type": "integer"}, "example": 1},
        {
            "name": "b",
            "in": "query",
            "required": False,
            "schema": {
                "anyOf": [{"type": "string", "enum": ["x"]}, {"type": "null"}],
                "default": None,
            },
        },
    ]
    assert "415" not in operation["responses"]
    assert "414" in operation["responses"]


def test_paths_stand_in_the_order_of_the_notebook(make_slice: Callable[..., Slice]) -> None:
    contract, _ = declare(make_slice("def zeta() -> int: ...\ndef alpha(x: int = 1) -> int: ..."))
    document = _document(contract)
    assert list(document["paths"]) == ["/zeta", "/alpha"]
    assert document["info"] == {"title": "iris", "version": "1"}
    assert document["paths"]["/alpha"]["post"]["requestBody"]["required"] is False


def test_the_same_contract_gives_the_same_bytes(contract: Contract) -> None:
    assert json.dumps(_document(contract, EXAMPLE)) == json.dumps(_document(contract, EXAMPLE))


def test_a_token_is_offered_not_demanded(contract: Contract) -> None:
    document = _document(contract)
    assert document["security"] == [{}, {"bearer": []}]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_many_examples_are_cut(contract: Contract) -> None:
    document = _document(contract, *[EXAMPLE] * 9)
    content = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    assert len(content["examples"]) == 5


def test_a_contract_with_holes_is_published_as_any_json(make_slice: Callable[..., Slice]) -> None:
    contract, _ = declare(make_slice("def f(x, y: dict): ..."))
    operation = _document(contract)["paths"]["/f"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"] == {"x": {}, "y": {}}
