"""Unions are refused where the decoder could not tell their members apart."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import pytest

from jupyter_modelship.contract import parse_expression
from jupyter_modelship.contract.ambiguity import ambiguous

CLEAR = [
    "int | float | str | bool | None",
    "int | Literal[1]",
    'str | Literal["a"]',
    'Literal["a"] | Literal["b"] | None',
    "int | float | Literal[1]",
    "Decimal | float",
    "list[int] | dict[str, int] | str",
    'Literal["a", 1] | bool',
    "Any | list[int] | tuple[int]",
    "list[int | str]",
    'Array("int64", ()) | tuple[int]',
    'Array("float64", ()) | tuple[int] | TypedDict("T", {"a": int})',
]
AMBIGUOUS = [
    "str | date",
    "bytes | UUID",
    'Literal["a"] | date',
    "list[int] | tuple[int]",
    "set[int] | list[str]",
    "dict[str, int] | dict[str, str]",
    'dict[str, int] | TypedDict("T", {"a": int})',
    'Array("float64", (None,)) | list[str]',
    'Frame({"a": "int64"}) | Series("int64")',
    'Array("int64", ()) | int',
    "Literal[1] | float",
    "Literal[1] | Decimal",
    "list[str | date]",
    'Array("int64", ()) | tuple[int] | TypedDict("T", {"a": int})',
]


@pytest.mark.parametrize("text", CLEAR)
def test_what_json_tells_apart_is_clear(text: str) -> None:
    assert ambiguous(parse_expression(text)) is None


@pytest.mark.parametrize("text", AMBIGUOUS)
def test_what_json_does_not_tell_apart_is_ambiguous(text: str) -> None:
    assert ambiguous(parse_expression(text)) is not None


def test_the_decoder_takes_only_choices_for_a_number_beside_choices() -> None:
    """Why a Literal of integers beside float is ambiguous: 2 is a float, and is refused."""
    kind: Any = Literal[1] | float
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b"2", type=kind)
