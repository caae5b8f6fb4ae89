"""Whether the JSON of one type is JSON of another."""

from __future__ import annotations

from collections.abc import Mapping

from . import dtypes
from .join import as_array, as_list
from .types import (
    AnyJson,
    Array,
    DictOf,
    EnumOf,
    Frame,
    Hole,
    ListOf,
    LiteralOf,
    Null,
    Record,
    RecordKind,
    Ref,
    Scalar,
    Series,
    SetOf,
    TupleOf,
    Type,
    UnionOf,
    walk,
)


def fits(inner: Type, outer: Type) -> bool:
    """Whether the JSON of every value of `inner` is accepted by `outer`.

    It is about what travels: a tuple of floats fits a list of floats, an array fits nested lists.
    A hole in `outer` accepts what its annotation does not rule out.
    """
    return _Fit(_records(inner), _records(outer)).check(inner, outer)


def _records(type_: Type) -> dict[str, Record]:
    return {part.name: part for part in walk(type_) if isinstance(part, Record)}


class _Fit:
    """One comparison; `assumed` are the pairs under way, which recursion may rely on."""

    def __init__(self, inner: Mapping[str, Record], outer: Mapping[str, Record]) -> None:
        self.inner = inner
        self.outer = outer
        self.assumed: set[tuple[str, str]] = set()

    def check(self, inner: Type, outer: Type) -> bool:
        inner = self.inner[inner.name] if isinstance(inner, Ref) else inner
        outer = self.outer[outer.name] if isinstance(outer, Ref) else outer
        if isinstance(outer, AnyJson):
            return True
        if isinstance(inner, UnionOf):
            return all(self.check(member, outer) for member in inner.members)
        if isinstance(outer, UnionOf):
            return any(self.check(inner, member) for member in outer.members)
        if isinstance(outer, Hole):
            return suits(inner, outer)
        return self._pair(inner, outer)

    def _pair(self, inner: Type, outer: Type) -> bool:
        if isinstance(inner, Scalar | LiteralOf | EnumOf | Null) or isinstance(
            outer, Scalar | LiteralOf | EnumOf | Null
        ):
            return _simple(inner, outer)
        match outer:
            case Array():
                return _array_fits(as_array(inner), outer)
            case Series(dtype):
                return self._series(inner, dtype)
            case Frame(columns):
                return isinstance(inner, Frame) and _columns_fit(inner.columns, columns)
            case ListOf(item) | SetOf(item):
                plain = as_list(inner)
                return plain is not None and self.check(plain.item, item)
            case TupleOf():
                return self._tuple(inner, outer)
            case DictOf():
                return self._dict(inner, outer)
            case Record():
                return self._record(inner, outer)
        return False

    def _series(self, inner: Type, dtype: str) -> bool:
        if isinstance(inner, Series):
            return dtypes.fits(inner.dtype, dtype)
        plain, item = as_list(inner), dtypes.element(dtype)
        return plain is not None and item is not None and self.check(plain.item, item)

    def _tuple(self, inner: Type, outer: TupleOf) -> bool:
        if outer.rest is not None:
            plain = as_list(inner)
            return plain is not None and self.check(plain.item, outer.rest)
        return (
            isinstance(inner, TupleOf)
            and inner.rest is None
            and len(inner.items) == len(outer.items)
            and all(map(self.check, inner.items, outer.items))
        )

    def _dict(self, inner: Type, outer: DictOf) -> bool:
        if isinstance(inner, DictOf):
            keys = outer.key == Scalar("str") or self.check(inner.key, outer.key)
            return keys and self.check(inner.value, outer.value)
        return isinstance(inner, Record) and all(
            self.check(LiteralOf((field.name,)), outer.key) and self.check(field.type, outer.value)
            for field in inner.fields
        )

    def _record(self, inner: Type, outer: Record) -> bool:
        if not isinstance(inner, Record):
            return False
        pair = (inner.name, outer.name)
        if pair in self.assumed and inner.name:
            return True
        self.assumed.add(pair)
        return self._fields(inner, outer)

    def _fields(self, inner: Record, outer: Record) -> bool:
        given = {field.name: field for field in inner.fields}
        taken = {field.name: field for field in outer.fields}
        if not given.keys() <= taken.keys():
            return False
        if any(
            f.required and not (f.name in given and given[f.name].required) for f in outer.fields
        ):
            return False
        return all(self.check(field.type, taken[name].type) for name, field in given.items())


def _simple(inner: Type, outer: Type) -> bool:
    """Scalars, literals, enums and null among each other."""
    if inner == outer:
        return True
    if isinstance(inner, LiteralOf | EnumOf):
        if isinstance(outer, LiteralOf | EnumOf):
            return set(inner.values) <= set(outer.values)
        kinds = {"str" if isinstance(value, str) else "int" for value in inner.values}
        return all(_simple(Scalar(kind), outer) for kind in kinds)  # type: ignore[arg-type]  # both are scalar kinds
    return inner == Scalar("int") and outer == Scalar("float")


def suits(inner: Type, hole: Hole) -> bool:
    """Whether a value of `inner` can be what the hole's annotation says of itself."""
    match hole.kind:
        case "dict":
            return isinstance(inner, DictOf) or _is_record(inner, "typeddict")
        case "tuple":
            return isinstance(inner, TupleOf) or _is_record(inner, "namedtuple")
        case "array":
            array = as_array(inner)
            return array is not None and (not hole.dtype or dtypes.fits(array.dtype, hole.dtype))
        case "frame":
            return isinstance(inner, Frame)
        case "series":
            return isinstance(inner, Series)
    return True


def _is_record(type_: Type, kind: RecordKind) -> bool:
    return isinstance(type_, Record) and type_.kind == kind


def _array_fits(inner: Array | None, outer: Array) -> bool:
    if inner is None or not dtypes.fits(inner.dtype, outer.dtype):
        return False
    if outer.shape is None:
        return True
    if inner.shape is None or len(inner.shape) != len(outer.shape):
        return False
    return all(out in (None, in_) for in_, out in zip(inner.shape, outer.shape, strict=True))


def _columns_fit(inner: tuple[tuple[str, str], ...], outer: tuple[tuple[str, str], ...]) -> bool:
    given, taken = dict(inner), dict(outer)
    return given.keys() == taken.keys() and all(
        dtypes.fits(given[name], taken[name]) for name in taken
    )
