"""From a function's types to what is decoded, once per endpoint.

msgspec decodes into Structs that forbid unknown fields. It does not forbid them for dataclasses
and TypedDicts, so each of those (and each NamedTuple) is decoded into a mirror Struct and made
from it afterwards. Types without such a record are decoded as they are, at no further cost.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import datetime
import decimal
import enum
import itertools
import operator
import sys
import types
import typing
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import (
    Annotated,
    Any,
    ForwardRef,
    Literal,
    NamedTuple,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

from .arrays import ArrayType, FrameType, SeriesType

Revive = Callable[[Any], Any]
Within = Mapping[Any, str]


class Wire(NamedTuple):
    """How a type travels."""

    type: Any
    """What msgspec decodes."""
    revive: Revive | None = None
    """From the decoded value to the one the function takes; None where they are the same."""
    keys: Callable[[Any], int] | None = None
    """How many object keys the document of this value has at least; None for none."""
    open: bool = False
    """Anything may be inside, so the depth must be looked at."""


class Unservable(TypeError):
    """A type that has no JSON form here; the message says which and what to do."""


_AS_THEY_ARE = {
    bool, int, float, str, bytes, bytearray, type(None), decimal.Decimal, uuid.UUID,
    datetime.datetime, datetime.date, datetime.time, datetime.timedelta,
}  # fmt: skip
_LISTS = {list, collections.abc.Sequence, collections.abc.Iterable, collections.abc.Collection}
_SETS = {set, frozenset, collections.abc.Set}
_DICTS = {dict, collections.abc.Mapping, collections.abc.MutableMapping}
_UNIONS = {Union, getattr(types, "UnionType", Union)}
_subscript: Any = operator.getitem
"""For generic types made while running, which a type checker cannot read."""
_mirrors = types.ModuleType(f"{__name__}_mirrors", "Where a record that contains itself is found.")
sys.modules[_mirrors.__name__] = _mirrors
_revives: dict[str, Revive] = {}
_numbers = itertools.count()
_MARKS = {"Required", "NotRequired", "ReadOnly"}


def wire(kind: Any, within: Within | None = None) -> Wire:
    """How `kind` travels. `within` are the records around it, by the name of their mirror.

    Raises Unservable.
    """
    within = within or {}
    if kind is Any or kind is object:
        return Wire(Any, open=True)
    if kind is None:
        return Wire(type(None))
    if kind in _AS_THEY_ARE or get_origin(kind) is Literal:
        return Wire(kind)
    if get_origin(kind) is Annotated:
        return _annotated(kind, within)
    if hasattr(kind, "__supertype__"):
        return wire(kind.__supertype__, within)
    if get_origin(kind) in _UNIONS:
        return _union(get_args(kind), within)
    if (get_origin(kind) or kind) in _LISTS | _SETS | _DICTS | {tuple}:
        return _container(get_origin(kind) or kind, get_args(kind), within)
    if isinstance(kind, type):
        return _class(kind, within)
    raise Unservable(f"{kind!r} has no JSON form")


def _annotated(kind: Any, within: Within) -> Wire:
    inner, *notes = get_args(kind)
    for note in notes:
        if isinstance(note, (ArrayType, SeriesType)):
            is_open = isinstance(note, ArrayType) and note.shape is None
            return Wire(note.wire(), note.revive(), open=is_open)
        if isinstance(note, FrameType):
            return Wire(note.wire(), note.revive(), partial(_cells, len(note.columns)))
    found = wire(inner, within)
    bounds = [note for note in notes if isinstance(note, msgspec.Meta)]
    for note in bounds:
        found = found._replace(type=_subscript(Annotated, (found.type, note)))
    return _sound(found)


def _cells(width: int, rows: Any) -> int:
    return len(rows) * width


def _union(members: tuple[Any, ...], within: Within) -> Wire:
    parts = [wire(member, within) for member in members]
    if any(part.type is Any for part in parts):
        return Wire(Any, open=True)
    if any(_is_bounded(part.type) for part in parts):
        parts = [_beside_bounds(part) for part in parts]
    together = _subscript(Union, tuple(part.type for part in parts))
    try:
        if not any(isinstance(part.type, ForwardRef) for part in parts):
            msgspec.json.Decoder(together)
    except TypeError as error:
        union = _subscript(Union, members)
        raise Unservable(f"{union} cannot be told apart in JSON: {error}") from None
    choices = [(_class_of(part.type), part.revive) for part in parts if part.revive is not None]
    revive = _choose(choices) if choices else None
    return _sound(Wire(together, revive, open=any(part.open for part in parts)))


def _is_bounded(kind: Any) -> bool:
    return get_origin(kind) is Annotated


def _is_fixed(kind: Any) -> bool:
    """Whether it is a tuple of one length."""
    return get_origin(kind) is tuple and get_args(kind)[-1:] != (Ellipsis,)


def _beside_bounds(part: Wire) -> Wire:
    """A tuple of one length as a Struct in a list's clothes: see `_sound`."""
    if not _is_fixed(part.type):
        return part
    kinds = [kind for kind in get_args(part.type) if kind != ()]
    if not kinds:  # a Struct without fields takes any list
        nothing = _subscript(Annotated, (list[Any], msgspec.Meta(max_length=0)))
        return part._replace(type=nothing, revive=tuple)
    fields = [(f"f{index}", kind) for index, kind in enumerate(kinds)]
    made = msgspec.defstruct(
        "Tuple", fields, array_like=True, forbid_unknown_fields=True, module=_mirrors.__name__
    )
    revive = part.revive or tuple
    return part._replace(type=made, revive=lambda value: revive(msgspec.structs.astuple(value)))


def _sound(made: Wire) -> Wire:
    """The same. In a union of a bounded value and a tuple of one length msgspec (0.20 to 0.22)
    takes the one's bound for the other's length, and reads memory that is not its own."""
    whole = get_args(made.type)[0] if _is_bounded(made.type) else made.type
    members = get_args(whole) if get_origin(whole) in _UNIONS else (whole,)
    bounded = made.type is not whole or any(map(_is_bounded, members))
    if bounded and any(map(_is_fixed, members)):
        raise Unservable(f"{whole} cannot be decoded: take list[...] for the tuple in it")
    return made


def _class_of(kind: Any) -> type:
    """The class that msgspec's value of that type has."""
    if isinstance(kind, ForwardRef):
        return msgspec.Struct
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    found = get_origin(kind) or kind
    return found if isinstance(found, type) else object


def _choose(choices: list[tuple[type, Revive]]) -> Revive:
    def revive(value: Any) -> Any:
        for kind, made in choices:
            if isinstance(value, kind):
                return made(value)
        return value

    return revive


def _container(origin: Any, inner: tuple[Any, ...], within: Within) -> Wire:
    if origin is tuple and inner and inner[-1] is not Ellipsis:
        return _tuple(inner, within)
    if origin in _DICTS:
        key, item = inner or (str, Any)
        return _dict(key, wire(item, within))
    item = wire(inner[0] if inner else Any, within)
    made: Any = tuple if origin is tuple else set if origin in _SETS else list
    made = frozenset if origin is frozenset else made
    if item.revive is not None and made in (set, frozenset):
        raise Unservable("a set of records or arrays has no JSON form; take a list")
    travels: Any = list if item.revive is not None else made
    kind = travels[(item.type, ...) if travels is tuple else item.type]
    each, count = item.revive, item.keys
    revive = None if each is None else lambda value: made(map(each, value))
    keys = None if count is None else lambda value: sum(map(count, value))
    return Wire(kind, revive, keys, item.open)


def _tuple(inner: tuple[Any, ...], within: Within) -> Wire:
    parts = [wire(kind, within) for kind in inner if kind != ()]
    generic: Any = tuple
    kind = generic[tuple(part.type for part in parts)]
    is_open = any(part.open for part in parts)
    revives = [part.revive for part in parts]
    if not any(revives):
        return Wire(kind, open=is_open)
    return Wire(
        kind,
        lambda value: tuple(
            item if each is None else each(item) for each, item in zip(revives, value, strict=True)
        ),
        open=is_open,
    )


def _dict(key: Any, item: Wire) -> Wire:
    if key not in (str, int, float) and get_origin(key) is not Literal:
        raise Unservable("keys of a JSON object are text; take dict[str, ...]")
    each = item.revive
    revive = None if each is None else lambda value: {k: each(v) for k, v in value.items()}
    generic: Any = dict
    return Wire(generic[key, item.type], revive, len, item.open)


def _class(kind: type, within: Within) -> Wire:
    if kind in within:
        name = within[kind]
        return Wire(ForwardRef(name), lambda value: _revives[name](value), open=True)
    if dataclasses.is_dataclass(kind):
        return _record(kind, _of_dataclass(kind), kind, within)
    if typing.is_typeddict(kind):
        return _record(kind, _of_typeddict(kind), dict, within)
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return _record(kind, _of_namedtuple(kind), kind, within)
    if issubclass(kind, (enum.Enum, msgspec.Struct)):
        return Wire(kind)
    if any((base.__module__, base.__name__) == ("numpy", "generic") for base in kind.__mro__):
        return _numpy_scalar(kind)
    advice = {"ndarray": "say Array(dtype, shape)", "DataFrame": "say Frame({column: dtype})"}
    how = advice.get(kind.__name__, "take a dataclass, TypedDict or plain types")
    raise Unservable(f"{kind.__name__} has no JSON form; {how}")


def _numpy_scalar(kind: Any) -> Wire:
    import numpy

    one = numpy.dtype(kind)
    scalar = ArrayType(one.name, ()).wire()
    return Wire(scalar, kind)


class _Field(NamedTuple):
    name: str
    type: Any
    required: bool


def _of_dataclass(kind: Any) -> list[_Field]:
    hints = get_type_hints(kind, include_extras=True)
    missing = dataclasses.MISSING
    return [
        _Field(one.name, hints[one.name], one.default is missing and one.default_factory is missing)
        for one in dataclasses.fields(kind)
        if one.init
    ]


def _of_typeddict(kind: Any) -> list[_Field]:
    hints = get_type_hints(kind, include_extras=True)
    return [
        _Field(name, _unmarked(hint), name in kind.__required_keys__)
        for name, hint in hints.items()
    ]


def _unmarked(hint: Any) -> Any:
    """Without Required, NotRequired, ReadOnly (PEP 655, 705)."""
    while getattr(get_origin(hint), "_name", None) in _MARKS:
        hint = get_args(hint)[0]
    return hint


def _of_namedtuple(kind: Any) -> list[_Field]:
    hints = get_type_hints(kind, include_extras=True)
    return [
        _Field(name, hints.get(name, Any), name not in kind._field_defaults)
        for name in kind._fields
    ]


def _record(kind: type, fields: list[_Field], make: Callable[..., Any], within: Within) -> Wire:
    name = f"{kind.__name__}_{next(_numbers)}"
    parts = [wire(field.type, {**within, kind: name}) for field in fields]
    mirror = mirror_of(name, [
        (field.name, part.type, msgspec.NODEFAULT if field.required else msgspec.UNSET)
        for field, part in zip(fields, parts, strict=True)
    ])  # fmt: skip
    steps = [
        (field.name, f"f{index}", part.revive)
        for index, (field, part) in enumerate(zip(fields, parts, strict=True))
    ]

    def revive(value: Any) -> Any:
        given: dict[str, Any] = {}
        for name, attribute, each in steps:
            item = getattr(value, attribute)
            if item is not msgspec.UNSET:
                given[name] = item if each is None else each(item)
        return make(**given)

    _revives[name] = revive
    count = sum(field.required for field in fields)
    return Wire(mirror, revive, lambda _: count, any(part.open for part in parts))


def mirror_of(name: str, fields: list[tuple[str, Any, Any]]) -> type[msgspec.Struct]:
    """A Struct of (key, wire type, default) that refuses unknown keys. Attributes are f0, f1, …:
    keys may be no identifiers."""
    made: list[Any] = []
    names: dict[str, str] = {}
    for index, (key, kind, default) in enumerate(fields):
        attribute = f"f{index}"
        names[attribute] = key
        if default is msgspec.NODEFAULT:
            made.append((attribute, kind))
        elif default is msgspec.UNSET:
            made.append((attribute, _subscript(Union, (kind, msgspec.UnsetType)), msgspec.UNSET))
        else:
            made.append((attribute, kind, default))
    mirror = msgspec.defstruct(
        name, made, rename=names, forbid_unknown_fields=True, kw_only=True, module=_mirrors.__name__
    )
    setattr(_mirrors, name, mirror)
    return mirror
