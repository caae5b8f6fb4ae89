"""docs/reference/openapi.yaml as a judge of requests and replies."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from tornado.httpclient import HTTPResponse

FILE = Path(__file__).parents[2] / "docs" / "reference" / "openapi.yaml"


@lru_cache(maxsize=1)
def document() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return found


def operations() -> dict[str, Mapping[str, Any]]:
    """`VERB path` -> operation."""
    return {
        f"{verb.upper()} {path}": operation
        for path, item in document()["paths"].items()
        for verb, operation in item.items()
        if verb not in ("parameters", "servers", "summary", "description")
    }


def check(name: str, value: object) -> None:
    """Raises jsonschema.ValidationError where the value is no `name`."""
    check_schema({"$ref": f"#/components/schemas/{name}"}, value)


def check_schema(schema: Mapping[str, Any], value: object) -> None:
    """Raises jsonschema.ValidationError where the value does not fit."""
    whole = {**schema, "components": document()["components"]}
    jsonschema.Draft202012Validator(whole).validate(value)


def check_reply(verb: str, path: str, reply: HTTPResponse) -> None:
    """The reply is one that the document promises for a request to this path."""
    operation = operations()[f"{verb} {_described(path)}"]
    responses = operation["responses"]
    promised = responses.get(str(reply.code))
    if promised is None:
        assert reply.code >= 400, f"{verb} {path} answers {reply.code}, which nobody promised"
        promised = document()["components"]["responses"]["Problem"]
    kind = reply.headers.get("Content-Type", "").partition(";")[0]
    content = promised.get("content", {})
    if not content:
        assert not reply.body, f"{verb} {path} has a body that nobody promised"
        return
    assert kind in content, f"{verb} {path} answers {kind}"
    if kind == "application/json":
        check_schema(content[kind]["schema"], json.loads(reply.body))


def _described(path: str) -> str:
    """The path of the document that a request's path belongs to; the one with fewest parameters."""
    paths: dict[str, Any] = document()["paths"]
    found = [
        described
        for described in paths
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", described), path)
    ]
    assert found, f"{path} is not described"
    return min(found, key=lambda described: described.count("{"))
