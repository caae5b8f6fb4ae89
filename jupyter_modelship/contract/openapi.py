"""OpenAPI 3.1.0 of a contract, in fixed order: the same contract always gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jupyter_modelship.model import Example

from .declare import QUERY_METHODS
from .schema import Schema, record_schema, schema
from .types import UNSET, Contract, EndpointContract, Field

_PREFIX = "#/components/schemas/"
_PROBLEM = "problem-details"
"""No class of a notebook can have this name."""
_RESPONSES = {
    "Malformed": (400, "The request is not well-formed."),
    "Unauthorized": (401, "A valid bearer token is required."),
    "Slow": (408, "The request took too long to arrive."),
    "TooLarge": (413, "The request body is too large."),
    "QueryTooLong": (414, "The query is too long."),
    "MediaType": (415, "The body is not application/json."),
    "Invalid": (422, "The arguments do not fit the endpoint."),
    "Internal": (500, "The endpoint failed."),
    "Unavailable": (503, "The service is busy or not ready."),
    "TimeLimit": (504, "The endpoint took too long."),
}
_BODY_ONLY = ("Slow", "TooLarge", "MediaType")
_EXAMPLES = 5
"""More examples than this make a page, not a reference."""


def openapi(contract: Contract, *, name: str, examples: Sequence[Example] = ()) -> Schema:
    """The document that the service answers at `/openapi.json`.

    Types that are still holes are published as any JSON. The version is always "1": revisions are
    the platform's matter and would change bytes that callers compare.
    """
    definitions: Schema = {}
    paths: dict[str, Schema] = {}
    for endpoint in contract.endpoints:
        own = [one for one in examples if one.function == endpoint.function][:_EXAMPLES]
        operation = _operation(endpoint, own, definitions)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": "1"},
        "paths": paths,
        "components": {
            "schemas": {**dict(sorted(definitions.items())), _PROBLEM: _problem()},
            "responses": _responses(contract),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"bearer": []}],
    }


def _operation(
    endpoint: EndpointContract, examples: Sequence[Example], definitions: Schema
) -> Schema:
    found: Schema = {"operationId": endpoint.function}
    summary, _, rest = endpoint.doc.strip().partition("\n")
    if summary:
        found["summary"] = summary.strip()
    if rest.strip():
        found["description"] = rest.strip()
    if endpoint.method in QUERY_METHODS:
        if endpoint.takes:
            found["parameters"] = [_query(one, examples, definitions) for one in endpoint.takes]
    else:
        found["requestBody"] = _body(endpoint, examples, definitions)
    reply = _media(schema(endpoint.returns, definitions, prefix=_PREFIX), "result", examples)
    found["responses"] = {
        "200": {"description": "What the function returns.", "content": reply},
        **{
            str(_RESPONSES[key][0]): {"$ref": f"#/components/responses/{key}"}
            for key in _errors(endpoint)
        },
    }
    return found


def _errors(endpoint: EndpointContract) -> Iterator[str]:
    query = endpoint.method in QUERY_METHODS
    for key in _RESPONSES:
        if key not in (_BODY_ONLY if query else ("QueryTooLong",)):
            yield key


def _field(one: Field, definitions: Schema) -> Schema:
    found = schema(one.type, definitions, prefix=_PREFIX)
    return found if one.default is UNSET else found | {"default": one.default}


def _query(one: Field, examples: Sequence[Example], definitions: Schema) -> Schema:
    found: Schema = {
        "name": one.name,
        "in": "query",
        "required": one.required,
        "schema": _field(one, definitions),
    }
    values = [example.arguments[one.name] for example in examples if one.name in example.arguments]
    return found | ({"example": values[0]} if values else {})


def _body(endpoint: EndpointContract, examples: Sequence[Example], definitions: Schema) -> Schema:
    """One JSON object whose keys are the parameters; nothing at all where none is required."""
    properties = {one.name: _field(one, definitions) for one in endpoint.takes}
    required = [one.name for one in endpoint.takes if one.required]
    body = record_schema(endpoint.function, properties, required)
    return {"required": bool(required), "content": _media(body, "arguments", examples)}


def _media(content: Schema, part: str, examples: Sequence[Example]) -> Schema:
    """JSON content with its examples. A value that JSON cannot say is left out."""
    found: Schema = {"schema": content}
    if examples:
        found["examples"] = {
            f"example-{number}": {"value": getattr(one, part)}
            for number, one in enumerate(examples, start=1)
        }
    return {"application/json": found}


def _responses(contract: Contract) -> Schema:
    used = {key for endpoint in contract.endpoints for key in _errors(endpoint)}
    return {
        key: {
            "description": description,
            "content": {"application/problem+json": {"schema": {"$ref": _PREFIX + _PROBLEM}}},
        }
        for key, (_, description) in _RESPONSES.items()
        if key in used
    }


def _problem() -> Schema:
    """RFC 9457, with the request id that finds the cause in the log."""
    text: Schema = {"type": "string"}
    flaw = record_schema("Flaw", {"pointer": text, "message": text}, ["pointer", "message"])
    properties: dict[str, Schema] = {
        "type": {"type": "string", "format": "uri-reference"},
        "title": text,
        "status": {"type": "integer"},
        "detail": text,
        "instance": {"type": "string", "format": "uri-reference"},
        "request_id": text,
        "errors": {"type": "array", "items": flaw},
    }
    return {
        "title": "Problem",
        "type": "object",
        "properties": properties,
        "required": ["type", "title", "status", "request_id"],
    }
