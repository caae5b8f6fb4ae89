"""numpy and pandas dtypes by name: their normal form, their JSON form, and how two of them join.

Works on names alone; neither library is imported.
"""

from __future__ import annotations

import re

from .types import AnyJson, Null, Scalar, Type, union

_CODES = {"f": "float", "i": "int", "u": "uint", "b": "bool", "c": "complex"}
_CODED = re.compile(r"[<>=|]?([fiubc])(\d{1,2})")
_NUMBER = re.compile(r"(uint|int|float|complex)(\d+)")
_TEXT = re.compile(r"[<>=|]?U\d*|str\d*|unicode")
_STRING = re.compile(r"(large_)?string(\[.*\])?")
_BYTES = re.compile(r"[<>=|]?S\d*|bytes\d*")
_WIDTHS = {
    "int": (8, 16, 32, 64),
    "uint": (8, 16, 32, 64),
    "float": (16, 32, 64, 96, 128),
}
_ALIASES = {
    "int_": "int64", "intp": "int64", "longlong": "int64", "long": "int64", "intc": "int32",
    "short": "int16", "byte": "int8", "uint_": "uint64", "uintp": "uint64",
    "ulonglong": "uint64", "ulong": "uint64", "uintc": "uint32", "ushort": "uint16",
    "ubyte": "uint8", "half": "float16", "single": "float32", "double": "float64",
    "float_": "float64", "longdouble": "float128", "bool_": "bool", "bool8": "bool",
    "str_": "str", "bytes_": "bytes", "object_": "object", "datetime64": "datetime64[ns]",
    "timedelta64": "timedelta64[ns]", "int": "int64", "float": "float64",
}  # fmt: skip
_NULLABLE = {"boolean": "bool"} | {
    name.capitalize().replace("Uint", "UInt"): name
    for name in (
        "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
        "float32", "float64",
    )
}  # fmt: skip


def normal(dtype: str) -> str:
    """The name under which a contract keeps a dtype: native byte order, text without length."""
    if dtype in _NULLABLE:
        return dtype
    if _TEXT.fullmatch(dtype):
        return "str"
    if _STRING.fullmatch(dtype):
        return "string"
    if _BYTES.fullmatch(dtype):
        return "bytes"
    if coded := _CODED.fullmatch(dtype):
        letter, size = coded.groups()
        return "bool" if letter == "b" else f"{_CODES[letter]}{int(size) * 8}"
    if re.fullmatch(r"[<>=|]?[mM]8(\[.*\])?", dtype):
        stem = "datetime64" if "M" in dtype else "timedelta64"
        return stem + (dtype[dtype.index("[") :] if "[" in dtype else "[ns]")
    return _ALIASES.get(dtype, dtype)


def element(dtype: str) -> Type | None:
    """What one element is in JSON; None where it has no JSON form."""
    if dtype in _NULLABLE:
        plain = element(_NULLABLE[dtype])
        return None if plain is None else union((plain, Null()))
    if number := _NUMBER.fullmatch(dtype):
        kind = number.group(1)
        if kind == "complex":
            return None
        return Scalar("float") if kind == "float" else Scalar("int")
    if dtype == "bool":
        return Scalar("bool")
    if dtype in ("str", "string"):
        return Scalar("str")
    if dtype == "bytes":
        return Scalar("bytes")
    if dtype.startswith("datetime64["):
        return Scalar("datetime")
    return AnyJson() if dtype in ("object", "category") else None


def known(name: str) -> str | None:
    """The dtype that a numpy scalar type's name (`float64`, `int_`, `str_`) stands for."""
    dtype = normal(name)
    number = _NUMBER.fullmatch(dtype)
    if number and int(number.group(2)) in _WIDTHS.get(number.group(1), ()):
        return dtype
    simple = ("bool", "str", "bytes", "datetime64[ns]", "timedelta64[ns]", "object")
    return dtype if dtype in simple else None


def bounds(dtype: str) -> tuple[int, int] | None:
    """Least and greatest value of an integer dtype; None for any other."""
    number = _NUMBER.fullmatch(_NULLABLE.get(dtype, dtype))
    if number is None or number.group(1) not in ("int", "uint"):
        return None
    bits = int(number.group(2))
    return (
        (0, 2**bits - 1) if number.group(1) == "uint" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    )


def fits(inner: str, outer: str) -> bool:
    """Whether the JSON of every `inner` element is the JSON of an `outer` element."""
    if inner == outer or outer == "object":
        return True
    if inner in _NULLABLE and outer not in _NULLABLE:
        return False
    least, most = bounds(inner), bounds(outer)
    if least is not None and most is not None:
        return most[0] <= least[0] and least[1] <= most[1]
    from_, to = element(_NULLABLE.get(inner, inner)), element(_NULLABLE.get(outer, outer))
    if from_ is None or isinstance(from_, AnyJson):
        return False
    return from_ == to or (from_ == Scalar("int") and to == Scalar("float"))


def join(left: str, right: str) -> str | None:
    """The smallest dtype that holds both; None where there is no such dtype."""
    if left == right:
        return left
    if fits(left, right) and not _loses(left, right):
        return right
    if fits(right, left) and not _loses(right, left):
        return left
    kinds = {element(_NULLABLE.get(d, d)) for d in (left, right)}
    if not kinds <= {Scalar("int"), Scalar("float")}:
        return None
    joined = "float64" if Scalar("float") in kinds else "int64"
    return joined.capitalize() if {left, right} & _NULLABLE.keys() else joined


def _loses(inner: str, outer: str) -> bool:
    """Whether numpy would need a wider `outer` to hold `inner` (float64 in float32)."""
    a = _NUMBER.fullmatch(_NULLABLE.get(inner, inner))
    b = _NUMBER.fullmatch(_NULLABLE.get(outer, outer))
    if a is None or b is None or b.group(1) != "float":
        return False
    return int(a.group(2)) > int(b.group(2)) or (a.group(1) != "float" and b.group(2) != "64")
