"""What the endpoints of a service take and return: types, their schema and their Python.

Two witnesses say it: the annotations (`declare`) and the calls of the rehearsal (`fill`).
"""

from .breaking import breaking, breaking_by_endpoint
from .catalogue import CATALOGUE
from .codec import from_json, to_json
from .declare import declare, parse_expression
from .expression import Import, Names, expression, imports_for, names_of
from .fill import Seen, fill, holes, seen_from_json
from .observed import observed
from .openapi import openapi
from .request import as_request
from .schema import schema
from .types import (
    UNSET,
    AnyJson,
    Array,
    Contract,
    DictOf,
    EndpointContract,
    EnumOf,
    Field,
    Frame,
    Hole,
    ListOf,
    LiteralOf,
    Null,
    Record,
    RecordField,
    Ref,
    Scalar,
    Series,
    SetOf,
    TupleOf,
    Type,
    UnionOf,
)

__all__ = [
    "CATALOGUE",
    "UNSET",
    "AnyJson",
    "Array",
    "Contract",
    "DictOf",
    "EndpointContract",
    "EnumOf",
    "Field",
    "Frame",
    "Hole",
    "Import",
    "ListOf",
    "LiteralOf",
    "Names",
    "Null",
    "Record",
    "RecordField",
    "Ref",
    "Scalar",
    "Seen",
    "Series",
    "SetOf",
    "TupleOf",
    "Type",
    "UnionOf",
    "as_request",
    "breaking",
    "breaking_by_endpoint",
    "declare",
    "expression",
    "fill",
    "from_json",
    "holes",
    "imports_for",
    "names_of",
    "observed",
    "openapi",
    "parse_expression",
    "schema",
    "seen_from_json",
    "to_json",
]
