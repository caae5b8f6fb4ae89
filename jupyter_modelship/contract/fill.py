"""Two witnesses become one contract: holes are filled, what was declared is held to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from jupyter_modelship.model import Check, Finding, Slice

from . import catalogue
from .catalogue import Place, finding
from .declare import QUERY_METHODS, is_scalar, odd_key
from .expression import said
from .fit import fits
from .join import as_array, as_list, join
from .literals import narrow, widen
from .observed import Classes, Description, foreign, record_name, seen, settle, strangers
from .types import (
    NEVER,
    UNSET,
    AnyJson,
    Array,
    Contract,
    DictOf,
    EndpointContract,
    Field,
    Frame,
    Hole,
    ListOf,
    LiteralOf,
    Null,
    Record,
    Series,
    SetOf,
    TupleOf,
    Type,
    UnionOf,
    is_open,
    members,
    rebuild,
    union,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """JSON type descriptions of what an endpoint took and returned in the rehearsal."""

    takes: Mapping[str, Sequence[Description]] = field(default_factory=dict)
    returns: Sequence[Description] = ()


def seen_from_json(document: Mapping[str, Any]) -> dict[str, Seen]:
    """`{"predict": {"takes": {"row": […]}, "returns": […]}}` as the rehearsal writes it."""
    return {
        function: Seen(one.get("takes", {}), tuple(one.get("returns", ())))
        for function, one in document.items()
    }


def fill(
    contract: Contract, observations: Mapping[str, Seen], *, slice_: Slice | None = None
) -> tuple[Contract, tuple[Finding, ...]]:
    """The contract with its holes filled from what was seen, and what is wrong with it.

    What was declared stays as it is: a contradiction is a blocking finding, and so is a parameter
    of which nothing is known; a result of which nothing is known may be any JSON. `slice_` gives
    the findings their cells.
    """
    classes = {one.name: one for one in contract.classes}
    found: list[Finding] = []
    endpoints = []
    for endpoint in contract.endpoints:
        filling = _Filling(endpoint, observations.get(endpoint.function, Seen()), classes)
        endpoints.append(filling.filled())
        place = _place(endpoint.function, slice_)
        found.extend(finding(check, text, place) for check, text in filling.problems)
    return replace(contract, endpoints=tuple(endpoints)), tuple(found)


def _place(function: str, slice_: Slice | None) -> Place:
    for endpoint in slice_.endpoints if slice_ is not None else ():
        if endpoint.function == function and slice_ is not None:
            numbers = {verdict.cell: verdict.number for verdict in slice_.verdicts}
            return Place(endpoint.cell, numbers.get(endpoint.cell), endpoint.line)
    return Place()


def _by_kind(type_: Type) -> Type:
    """What a description can tell of `type_`: it knows a value's kind, never the value, so that a
    literal is as good as its kind. The proof compares the values."""
    return widen(type_) if isinstance(type_, LiteralOf) else rebuild(type_, _by_kind)


class _Filling:
    """One endpoint on its way from declared to complete; `problems` are (check, message)."""

    def __init__(self, endpoint: EndpointContract, seen_: Seen, classes: Classes) -> None:
        self.endpoint = endpoint
        self.seen = seen_
        self.classes = classes
        self.problems: list[tuple[Check, str]] = []

    def filled(self) -> EndpointContract:
        takes = tuple(map(self._parameter, self.endpoint.takes))
        return replace(self.endpoint, takes=takes, returns=self._result())

    def _parameter(self, one: Field) -> Field:
        where = f"{self.endpoint.function}.{one.name}"
        descriptions = self.seen.takes.get(one.name, ())
        type_ = self._with_default(one, self._refined(one.type, descriptions, where))
        self._check_parameter(one.type, type_, where)
        return replace(one, type=type_)

    def _with_default(self, one: Field, type_: Type) -> Type:
        """What was a hole must hold the default too; a default alone says the type as well."""
        if one.default is UNSET or not is_open(one.type) or isinstance(one.type, UnionOf):
            return type_
        default = widen(narrow(one.default))
        if type_ != Hole():
            both = type_ if fits(default, type_) else join((type_, default))
            return settle(both, record_name(one.name), self.classes)
        return type_ if default == Null() else settle(default, one.name, self.classes)

    def _check_parameter(self, declared: Type, type_: Type, where: str) -> None:
        if is_open(type_):
            self._say(catalogue.PARAMETER_HOLE, f"{where}: {_unknown(type_)}")
            return
        if is_open(declared) and (key := odd_key(type_)) is not None:
            self._say(catalogue.ODD_KEY, f"{where} has the key {key!r}")
        in_query = self.endpoint.method in QUERY_METHODS
        if is_open(declared) and in_query and not is_scalar(type_):
            self._say(catalogue.GET_PARAMETER, f"{where} was seen as `{said(type_)}`")

    def _result(self) -> Type:
        where = f"{self.endpoint.function} returns"
        type_ = self._refined(self.endpoint.returns, self.seen.returns, where)
        if not is_open(type_):
            return type_
        self._say(catalogue.RESULT_HOLE, f"{where}: {_unknown(type_)}")
        return _any_for_holes(type_)

    def _any_shape(self, type_: Type, where: str) -> Type:
        """What is known of an array but its shape is enough: any shape then."""
        filled = _opened(type_)
        if filled != type_:
            self._say(catalogue.OPEN_ARRAY, f"{where} is `{said(filled)}`")
        return filled

    def _refined(self, declared: Type, descriptions: Sequence[Description], where: str) -> Type:
        """`declared` with its holes filled, where what was seen does not contradict it."""
        others = sorted({name for one in descriptions for name in foreign(one, self.classes)})
        if others:
            verb = "returned" if where.endswith(" returns") else "was given"
            subject = where.removesuffix(" returns")
            self._say(catalogue.NOT_JSON, f"{subject} {verb} {_listed(others)}")
            return declared
        known = seen(descriptions, self.classes)
        if not fits(known, _by_kind(declared)):
            message = (
                f"{where} is declared `{said(declared)}`, "
                f"but the rehearsal saw `{said(settle(known, 'dict', self.classes))}`"
            )
            self._say(catalogue.CONTRADICTION, message)
            return declared
        absent = strangers(known, self.classes) if is_open(declared) else ()
        if absent and not where.endswith(" returns"):
            self._say(catalogue.CLASS_STAYS, f"{where} was given {_listed(absent)}")
            return declared
        function, _, rest = where.partition(".")
        name = record_name(*(function, rest) if rest else where.split())
        return self._any_shape(refine(declared, known, name, self.classes), where)

    def _say(self, check: Check, message: str) -> None:
        self.problems.append((check, message))


def _listed(names: Sequence[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)


def _opened(type_: Type) -> Type:
    if isinstance(type_, Hole) and type_.dtype:
        return Array(type_.dtype)
    return rebuild(type_, _opened)


def _unknown(type_: Type) -> str:
    return "its type is not known" if type_ == Hole() else "its type is known in part only"


def _any_for_holes(type_: Type) -> Type:
    return AnyJson() if isinstance(type_, Hole) else rebuild(type_, _any_for_holes)


def refine(declared: Type, known: Type, name: str, classes: Classes) -> Type:
    """`declared` with its holes filled from `known`, which fits it. `name`: for new records."""
    if known == NEVER or not is_open(declared):
        return declared
    match declared:
        case Hole():
            return _plug(declared, known, name, classes)
        case UnionOf(parts):
            return union(refine(part, _share(part, known), name, classes) for part in parts)
        case Record(fields=fields):
            return replace(
                declared,
                fields=tuple(
                    replace(one, type=refine(one.type, _at(known, one.name), name, classes))
                    for one in fields
                ),
            )
    return _refined_container(declared, known, name, classes)


def _plug(hole: Hole, known: Type, name: str, classes: Classes) -> Type:
    if hole.kind == "array":
        arrays = [one for one in map(as_array, members(known)) if one is not None]
        settled = settle(join(arrays), name, classes)
        if not isinstance(settled, Array):
            return hole
        return replace(settled, dtype=hole.dtype or settled.dtype)
    settled = settle(known, name, classes)
    one_frame = isinstance(settled, Frame | Series)
    return settled if one_frame or hole.kind not in ("frame", "series") else hole


def _share(part: Type, known: Type) -> Type:
    """Those members of what was seen that are for this member of a declared union."""
    return union(member for member in members(known) if fits(member, part))


def _at(known: Type, name: str) -> Type:
    """What was seen in the field of that name."""
    fields = [one.fields for one in members(known) if isinstance(one, Record)]
    return join(one.type for some in fields for one in some if one.name == name)


def _refined_container(declared: Type, known: Type, name: str, classes: Classes) -> Type:
    parts = members(known)
    if isinstance(declared, TupleOf) and declared.rest is None:
        tuples = [one.items for one in parts if isinstance(one, TupleOf) and one.rest is None]
        columns = [join(column) for column in zip(*tuples, strict=True)]
        if len(columns) != len(declared.items):
            return declared
        items = zip(declared.items, columns, strict=True)
        return TupleOf(tuple(refine(item, column, name, classes) for item, column in items))
    if isinstance(declared, DictOf):
        dicts = [one.value for one in parts if isinstance(one, DictOf)]
        dicts += [one.type for some in parts if isinstance(some, Record) for one in some.fields]
        return replace(declared, value=refine(declared.value, join(dicts), name, classes))
    lists = [one.item for one in map(as_list, parts) if one is not None]
    if isinstance(declared, ListOf | SetOf | TupleOf):
        return rebuild(declared, lambda item: refine(item, join(lists), name, classes))
    return declared


def holes(contract: Contract) -> tuple[str, ...]:
    """Where nobody has said the whole type yet: "predict.row", "predict returns"."""
    return tuple(_holes(contract))


def _holes(contract: Contract) -> Iterator[str]:
    for endpoint in contract.endpoints:
        for one in endpoint.takes:
            if is_open(one.type):
                yield f"{endpoint.function}.{one.name}"
        if is_open(endpoint.returns):
            yield f"{endpoint.function} returns"
