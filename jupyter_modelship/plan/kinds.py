"""What the value of an option may be: one object gives its check, its flag's parser, its schema."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

UNITS = MappingProxyType(
    {
        "bytes": MappingProxyType(
            {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}
            | {"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}
        ),
        "seconds": MappingProxyType({"": 1, "s": 1, "min": 60, "h": 3600}),
        "": MappingProxyType({"": 1}),
    }
)
_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)")


NAME = r"[^\x00-@\[-^`{-\xa0\u2000-\u206f][^\x00-/:-@\[-^`{-\xa0\u2000-\u206f]*"
"""A Python name, in words that Python's and ECMAScript's regular expressions share."""


def whole(pattern: str) -> str:
    """`pattern` for the whole of a string, wherever `$` would also match before a line end."""
    return rf"^(?:{pattern})(?![\s\S])"


class Unfit(ValueError):
    """A value that an option cannot have; the text goes on after the option's name."""


class Kind(Protocol):
    """The kind of an option. `several` says that its flag may be given more than once."""

    @property
    def several(self) -> bool: ...

    @property
    def placeholder(self) -> str:
        """What stands for the value in `--flag PLACEHOLDER`; "" for a switch."""
        ...

    def schema(self) -> dict[str, object]:
        """The JSON Schema of the value in notebook metadata."""
        ...

    def read(self, value: object) -> object:
        """The frozen form of a JSON value; Unfit says what it must be."""
        ...

    def parse(self, text: str) -> object:
        """The JSON value that one use of the flag means; Unfit where it means none."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A string that matches `pattern` whole; `says` describes it after "must be"."""

    pattern: str
    says: str
    placeholder: str = "TEXT"
    several: bool = False

    def schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": whole(self.pattern)}

    def read(self, value: object) -> str:
        if not isinstance(value, str) or re.fullmatch(self.pattern, value) is None:
            raise Unfit(f"must be {self.says}")
        return value

    def parse(self, text: str) -> str:
        return self.read(text)


@dataclass(frozen=True, slots=True)
class Choice:
    values: tuple[str, ...]
    several: bool = False

    @property
    def placeholder(self) -> str:
        return "|".join(self.values)

    def schema(self) -> dict[str, object]:
        return {"enum": list(self.values)}

    def read(self, value: object) -> str:
        if not isinstance(value, str) or value not in self.values:
            raise Unfit(f"must be one of {', '.join(self.values)}")
        return value

    def parse(self, text: str) -> str:
        return self.read(text)


@dataclass(frozen=True, slots=True)
class Switch:
    several: bool = False
    placeholder: str = ""

    def schema(self) -> dict[str, object]:
        return {"type": "boolean"}

    def read(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise Unfit("must be true or false")
        return value

    def parse(self, text: str) -> bool:
        if text not in ("true", "false"):
            raise Unfit("must be true or false")
        return text == "true"


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `low` to `high`, both included, in `unit` (bytes, seconds or none)."""

    low: float
    high: float
    unit: str = ""
    whole: bool = False
    several: bool = False

    @property
    def placeholder(self) -> str:
        return {"bytes": "SIZE", "seconds": "SECONDS"}.get(self.unit, "N")

    def schema(self) -> dict[str, object]:
        kind = "integer" if self.whole else "number"
        return {"type": kind, "minimum": self.low, "maximum": self.high}

    def read(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Unfit(self._says())
        if not self.low <= value <= self.high or (self.whole and value != int(value)):
            raise Unfit(self._says())
        return int(value) if self.whole else float(value)

    def parse(self, text: str) -> float:
        match = _AMOUNT.fullmatch(text.strip())
        factor = UNITS[self.unit].get(match[2].lower()) if match else None
        if match is None or factor is None:
            units = ", ".join(unit for unit in UNITS[self.unit] if unit)
            raise Unfit(self._says() + (f" (units: {units})" if units else ""))
        return self.read(float(match[1]) * factor)

    def _says(self) -> str:
        noun = "whole number" if self.whole else "number"
        of = f" of {self.unit}" if self.unit else ""
        return f"must be a {noun}{of} from {self._bound(self.low)} to {self._bound(self.high)}"

    def _bound(self, amount: float) -> str:
        """As people say it: 1 MiB, 86,400, 0.001."""
        powers = [("PiB", 50), ("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)]
        for unit, power in powers if self.unit == "bytes" else ():
            if amount >= 1 << power and amount % (1 << power) == 0:
                return f"{int(amount) >> power:,} {unit}"
        return f"{amount:,.12g}"


@dataclass(frozen=True, slots=True)
class Names:
    """A list of distinct names, each matching `pattern` whole."""

    pattern: str
    says: str
    placeholder: str = "NAME"
    several: bool = True

    def schema(self) -> dict[str, object]:
        item = {"type": "string", "pattern": whole(self.pattern)}
        return {"type": "array", "items": item, "uniqueItems": True}

    def read(self, value: object) -> tuple[str, ...]:
        if not isinstance(value, (list, tuple)):
            raise Unfit(f"must be a list of {self.says}")
        for item in value:
            if not isinstance(item, str) or re.fullmatch(self.pattern, item) is None:
                raise Unfit(f"must be a list of {self.says}")
        if len(set(value)) != len(value):
            raise Unfit("must not name anything twice")
        return tuple(value)

    def parse(self, text: str) -> tuple[str, ...]:
        return self.read([name.strip() for name in text.split(",")])


@dataclass(frozen=True, slots=True)
class Values:
    """An object of JSON values by Python name, e.g. papermill's parameters."""

    placeholder: str = "NAME=JSON"
    several: bool = True

    def schema(self) -> dict[str, object]:
        return {"type": "object", "propertyNames": {"pattern": whole(NAME)}}

    def read(self, value: object) -> Mapping[str, object]:
        if not isinstance(value, Mapping):
            raise Unfit("must be an object of names and values")
        for name, item in value.items():
            if not isinstance(name, str) or re.fullmatch(NAME, name) is None:
                raise Unfit("must be an object whose keys are Python names")
            _jsonable(name, item)
        return MappingProxyType(dict(value))

    def parse(self, text: str) -> Mapping[str, object]:
        """`NAME=JSON`; what is no JSON is taken as text, so that `--parameter city=Bern` works."""
        name, sign, written = text.partition("=")
        if not sign:
            raise Unfit("must be NAME=VALUE")
        try:
            value = json.loads(written)
        except (ValueError, RecursionError):
            value = written
        return self.read({name: value})


def _jsonable(name: str, value: object) -> None:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise Unfit(f"must hold JSON values only, and {name} is none") from None
