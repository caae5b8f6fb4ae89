"""The types of an endpoint's parameters and results, as frozen values.

A `Hole` stands where nobody has said the type yet. Recursion goes through `Ref`, which names a
`Record` that encloses it. Two normal forms hold everywhere: unions are made by `union` (flat, no
member twice, Null last), and a literal None is `Null`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final, Literal, TypeAlias

ScalarKind = Literal[
    "int", "float", "str", "bool", "bytes",
    "datetime", "date", "time", "timedelta", "decimal", "uuid",
]  # fmt: skip
HoleKind = Literal["any", "dict", "tuple", "array", "frame", "series"]
RecordKind = Literal["dataclass", "typeddict", "namedtuple"]


class Unset(Enum):
    """The type of `UNSET`: no default is published, which differs from a default of None."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return self.name


UNSET: Final = Unset.UNSET


@dataclass(frozen=True, slots=True)
class Scalar:
    kind: ScalarKind


@dataclass(frozen=True, slots=True)
class Null:
    pass


@dataclass(frozen=True, slots=True)
class AnyJson:
    """Whatever JSON can say."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A type that is not known yet; `kind` is what its annotation says of it already.

    Of an array the `dtype` can be known, and only the shape missing.
    """

    kind: HoleKind = "any"
    dtype: str = ""


@dataclass(frozen=True, slots=True)
class LiteralOf:
    """One of these strings and integers."""

    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class EnumOf:
    """A class of the notebook; the values are what travels."""

    name: str
    values: tuple[str, ...] | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    item: Type


@dataclass(frozen=True, slots=True)
class SetOf:
    item: Type
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class TupleOf:
    """One or more `items` in order, or with `rest` any number of that type and no `items`."""

    items: tuple[Type, ...] = ()
    rest: Type | None = None


@dataclass(frozen=True, slots=True)
class DictOf:
    """`key` is str, int or a LiteralOf text: what a JSON object's keys can stand for."""

    value: Type
    key: Type = Scalar("str")


@dataclass(frozen=True, slots=True)
class UnionOf:
    """Made by `union` only. Without members: the type of no value (items of an empty list)."""

    members: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class RecordField:
    name: str
    type: Type
    required: bool = True
    default: object = UNSET
    """JSON value, or UNSET where there is none or it is no literal."""


@dataclass(frozen=True, slots=True)
class Record:
    """Named fields: an object in JSON, which has no other keys.

    Without `declared` no class of that name exists: the fields were seen in a dict.
    """

    name: str
    kind: RecordKind
    fields: tuple[RecordField, ...]
    declared: bool = True


@dataclass(frozen=True, slots=True)
class Ref:
    """The record of that name that encloses this place."""

    name: str


@dataclass(frozen=True, slots=True)
class Array:
    """A numpy array. `shape` has None for an axis of any length, and is None for any axes."""

    dtype: str
    shape: tuple[int | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """A pandas series; its index does not travel."""

    dtype: str


@dataclass(frozen=True, slots=True)
class Frame:
    """A pandas frame with these (name, dtype) columns; its index does not travel."""

    columns: tuple[tuple[str, str], ...]


Type: TypeAlias = (
    Scalar | Null | AnyJson | Hole | LiteralOf | EnumOf | ListOf | SetOf | TupleOf | DictOf
    | UnionOf | Record | Ref | Array | Series | Frame
)  # fmt: skip
NEVER: Final = UnionOf(())


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter of an endpoint."""

    name: str
    type: Type
    required: bool = True
    default: object = UNSET
    """JSON value, or UNSET where there is none or it is no literal."""
    keyword_only: bool = False


@dataclass(frozen=True, slots=True)
class EndpointContract:
    """What one endpoint takes and returns."""

    function: str
    method: str
    path: str
    takes: tuple[Field, ...] = ()
    returns: Type = Hole()
    is_async: bool = False
    batch: bool = False
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Contract:
    """What a service promises its callers.

    `classes` are the types of the classes that ship as source, by which a value seen in the
    rehearsal is recognised.
    """

    endpoints: tuple[EndpointContract, ...]
    classes: tuple[Record | EnumOf, ...] = ()

    def endpoint(self, function: str) -> EndpointContract:
        """The endpoint of that function; KeyError when there is none."""
        for endpoint in self.endpoints:
            if endpoint.function == function:
                return endpoint
        raise KeyError(function)


def union(members: Iterable[Type]) -> Type:
    """The normal form of a union: flat, no member twice, Null last, AnyJson swallows the rest."""
    flat: list[Type] = []
    for member in members:
        parts = member.members if isinstance(member, UnionOf) else (member,)
        flat.extend(part for part in parts if part not in flat)
    if AnyJson() in flat:
        return AnyJson()
    if Null() in flat:
        flat.remove(Null())
        flat.append(Null())
    return flat[0] if len(flat) == 1 else UnionOf(tuple(flat))


def members(type_: Type) -> tuple[Type, ...]:
    """The members of a union, or the type alone."""
    return type_.members if isinstance(type_, UnionOf) else (type_,)


def children(type_: Type) -> tuple[Type, ...]:
    """The types that `type_` is directly made of."""
    match type_:
        case ListOf(item) | SetOf(item):
            return (item,)
        case TupleOf(items, rest):
            return (*items, rest) if rest is not None else items
        case DictOf(value, key):
            return (key, value)
        case UnionOf(parts):
            return parts
        case Record(fields=fields):
            return tuple(field.type for field in fields)
    return ()


def rebuild(type_: Type, change: Callable[[Type], Type]) -> Type:
    """`type_` with `change` applied to each of its children."""
    match type_:
        case ListOf(item):
            return ListOf(change(item))
        case SetOf(item, frozen):
            return SetOf(change(item), frozen)
        case TupleOf(items, rest):
            return TupleOf(tuple(map(change, items)), change(rest) if rest is not None else None)
        case DictOf(value, key):
            return DictOf(change(value), change(key))
        case UnionOf(parts):
            return union(map(change, parts))
        case Record(fields=fields):
            return replace(
                type_, fields=tuple(replace(field, type=change(field.type)) for field in fields)
            )
    return type_


def is_open(type_: Type) -> bool:
    """Whether there is a hole in `type_`."""
    return any(isinstance(part, Hole) for part in walk(type_))


def walk(type_: Type) -> Iterator[Type]:
    """`type_` and all that it is made of, outermost first."""
    yield type_
    for child in children(type_):
        yield from walk(child)
