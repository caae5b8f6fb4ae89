"""The first witness: what annotations and class statements declare. Nothing is executed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from jupyter_modelship.model import Check, Endpoint, Finding, Parameter, Slice

from . import catalogue
from .ambiguity import ambiguous
from .annotations import AnnotationError, Reader
from .catalogue import Place, finding
from .classes import read_class
from .expression import said, standard_scope
from .fit import fits
from .literals import literal, narrow, widen
from .scope import Assigned, Defined, Scope, scope
from .types import (
    UNSET,
    Array,
    Contract,
    EndpointContract,
    EnumOf,
    Field,
    Frame,
    Hole,
    LiteralOf,
    Null,
    Record,
    Scalar,
    Series,
    Type,
    members,
    union,
    walk,
)


def declare(slice_: Slice) -> tuple[Contract, tuple[Finding, ...]]:
    """The contract that the source declares, with a `Hole` wherever it says nothing.

    The findings name what is unsupported, unreadable or contradicts itself; a contract that comes
    with a blocking one is complete in form but must not be used further.
    """
    reader = Reader(scope(slice_), read_class)
    numbers = {verdict.cell: verdict.number for verdict in slice_.verdicts}
    findings: list[Finding] = []
    endpoints = []
    for endpoint in slice_.endpoints:
        place = Place(endpoint.cell, numbers.get(endpoint.cell), endpoint.line)

        def report(check: Check, message: str, remedy: str = "", at: Place = place) -> None:
            findings.append(finding(check, message, at, remedy=remedy))

        endpoints.append(_endpoint(endpoint, reader, report))
    findings.extend(_routes(slice_, numbers))
    return Contract(tuple(endpoints), tuple(_classes(reader))), tuple(findings)


Report = Callable[..., None]
QUERY_METHODS = ("GET", "DELETE")
"""Their parameters travel in the URL."""


def _endpoint(endpoint: Endpoint, reader: Reader, report: Report) -> EndpointContract:
    takes = tuple(_field(endpoint, one, reader, report) for one in endpoint.parameters)
    returns: Type = Hole()
    if endpoint.returns is not None:
        returns = _read(endpoint.returns, f"{endpoint.function} returns", reader, report)
    return EndpointContract(
        function=endpoint.function,
        method=endpoint.method,
        path=endpoint.path,
        takes=takes,
        returns=returns,
        is_async=endpoint.is_async,
        batch=endpoint.batch,
        doc=endpoint.doc,
    )


def _field(endpoint: Endpoint, one: Parameter, reader: Reader, report: Report) -> Field:
    where = f"{endpoint.function}.{one.name}"
    type_: Type = Hole()
    if one.annotation is not None:
        type_ = _read(one.annotation, where, reader, report)
        _check_parameter(type_, where, endpoint, report)
    field = Field(one.name, type_, keyword_only=one.keyword_only)
    if one.default is None:
        return field
    return _with_default(replace(field, required=False), one.default, where, report)


def _read(source: str, where: str, reader: Reader, report: Report) -> Type:
    try:
        return reader.text(source)
    except AnnotationError as error:
        report(error.check, f"{where}: {error.why}", error.remedy)
        return Hole()


def _check_parameter(type_: Type, where: str, endpoint: Endpoint, report: Report) -> None:
    if (unclear := ambiguous(type_)) is not None:
        report(catalogue.AMBIGUOUS_UNION, f"{where}: `{said(unclear)}`")
    for record in walk(type_):
        if isinstance(record, Record) and any(map(_is_columns, walk(record))):
            message = f"{where}: `{record.name}` has an array, series or frame for a field"
            report(catalogue.UNSUPPORTED, message, _OWN_PARAMETER)
    if (key := odd_key(type_)) is not None:
        report(catalogue.ODD_KEY, f"{where} has the key {key!r}")
    if endpoint.method in QUERY_METHODS and not is_scalar(type_):
        report(catalogue.GET_PARAMETER, f"{where} is `{said(type_)}`")


def odd_key(type_: Type) -> str | None:
    """The first name of a field or column that the decoder cannot look for; None for none."""
    for part in walk(type_):
        keys = [one.name for one in part.fields] if isinstance(part, Record) else []
        keys += [name for name, _ in part.columns] if isinstance(part, Frame) else []
        for key in keys:
            if any(character in '"\\' or character < " " for character in key):
                return key
    return None


_OWN_PARAMETER = (
    "Make the array or frame a parameter of its own, or a list in the class and an array inside "
    "the function: a class ships as it is written, and says nothing of shapes and columns."
)


def _is_columns(type_: Type) -> bool:
    arrays = isinstance(type_, Hole) and type_.kind in ("array", "frame", "series")
    return arrays or isinstance(type_, Array | Series | Frame)


def is_scalar(type_: Type) -> bool:
    """Whether a value fits into a URL's query; a hole may turn out to."""
    return all(
        isinstance(member, Scalar | LiteralOf | EnumOf | Null) or member == Hole()
        for member in members(type_)
    )


def _with_default(field: Field, source: str, where: str, report: Report) -> Field:
    """A default of None makes the type optional (`x: int = None`); one that is no literal is not
    published."""
    value = literal(source)
    if value is UNSET:
        return field
    if value is None and field.type != Hole():
        return replace(field, type=union((field.type, Null())), default=None)
    if not _may_be(value, field.type):
        message = f"{where} is `{said(field.type)}`, its default is {source}"
        report(catalogue.DEFAULT, message)
        return field
    return replace(field, default=value)


def _may_be(value: object, type_: Type) -> bool:
    """Whether a JSON value is of that type; bytes travel as text."""
    known = narrow(value)
    as_bytes = isinstance(value, str) and Scalar("bytes") in members(type_)
    return as_bytes or fits(known, type_) or fits(widen(known), type_)


def _routes(slice_: Slice, numbers: dict[str, int]) -> Iterator[Finding]:
    routes = Counter((one.method, one.path) for one in slice_.endpoints)
    for endpoint in slice_.endpoints:
        if routes[endpoint.method, endpoint.path] > 1:
            message = f"{endpoint.function} is not alone at {endpoint.method} {endpoint.path}"
            place = Place(endpoint.cell, numbers.get(endpoint.cell), endpoint.line)
            yield finding(catalogue.ROUTE_TWICE, message, place)


def _classes(reader: Reader) -> Iterator[Record | EnumOf]:
    """The classes that ship and have a JSON form; others matter only where they are named."""
    for name, binding in reader.names.items():
        if isinstance(binding, Defined | Assigned):
            try:
                found = reader.text(name)
            except AnnotationError:
                continue
            if isinstance(found, Record | EnumOf) and found.name == name:
                yield found


def parse_expression(text: str, slice_: Slice | None = None) -> Type:
    """The type that a registration line of service.py says; raises AnnotationError.

    `slice_` holds the classes that it may name. The inverse of `expression`.
    """
    names: Scope = {**standard_scope(), **(scope(slice_) if slice_ is not None else {})}
    return Reader(names, read_class).text(text)
