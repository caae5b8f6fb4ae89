"""What a new revision breaks is said in sentences; what it only widens is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jupyter_modelship.contract import Contract, breaking, declare
from jupyter_modelship.model import Slice

CLASSES = """
from dataclasses import dataclass
from typing import Literal, Any
"""
Of = Callable[..., Contract]


@pytest.fixture(scope="module")
def contract(make_slice: Callable[..., Slice]) -> Of:
    def of(source: str, route: str = "POST") -> Contract:
        return declare(make_slice(CLASSES + source, route))[0]

    return of


OLD = "def f(x: int, y: str = 'a') -> int: ..."
BREAKS = {
    "def f(x: int, y: str = 'a') -> str: ...": ("f returns str, was int",),
    "def f(x: int, y: str = 'a') -> int | None: ...": ("f returns int | None, was int",),
    "def f(x: int) -> int: ...": ("f no longer takes y",),
    "def f(x: int, y: str) -> int: ...": ("f now requires y, which was optional",),
    "def f(x: int, z: int, y: str = 'a') -> int: ...": ("f now requires z",),
    "def f(x: str, y: str = 'a') -> int: ...": ("f takes x as str, was int",),
    "def f(x: Literal[1, 2], y: str = 'a') -> int: ...": ("f takes x as Literal[1, 2], was int",),
    "def g(x: int, y: str = 'a') -> int: ...": ("f is gone (POST /f)",),
    "": ("f is gone (POST /f)",),
}
KEEPS = [
    OLD,
    "def f(x: float, y: str | None = None) -> int: ...",
    "def f(x: int | str, y: str = 'b', z: int = 1) -> int: ...",
    "def f(x: Any, y: Any = 1) -> Literal[1]: ...",
    "async def f(y: str = 'a', *, x: int) -> int: ...",
    OLD + "\ndef g() -> int: ...",
]


@pytest.mark.parametrize("new", BREAKS)
def test_a_break_is_a_sentence(new: str, contract: Of) -> None:
    assert breaking(contract(OLD), contract(new)) == BREAKS[new]


@pytest.mark.parametrize("new", KEEPS)
def test_to_take_more_or_return_less_breaks_nothing(new: str, contract: Of) -> None:
    assert breaking(contract(OLD), contract(new)) == ()


def test_an_address_is_what_callers_know(contract: Of) -> None:
    moved = contract(OLD, "POST /elsewhere")
    assert breaking(contract(OLD), moved) == ("f answers at POST /elsewhere, was POST /f",)
    renamed = contract("def g(x: int, y: str = 'a') -> float: ...", "POST /f")
    assert breaking(contract(OLD), renamed) == ("g returns float, was int",)


FLOWER = "@dataclass\nclass Flower:\n    a: int\n    next: 'Flower | None' = None\n"
USES = "def f(x: Flower) -> Flower: ..."


def test_fields_count_in_both_directions(contract: Of) -> None:
    old = contract(FLOWER + USES)
    assert breaking(old, contract(FLOWER + USES)) == ()
    more = FLOWER + "    b: int = 1\n" + USES
    assert breaking(old, contract(more)) == (
        "f returns Flower, which is another one now (Flower.b)",
    )
    assert breaking(contract(more), old) == (
        "f takes x as Flower, which is another one now (Flower.b)",
    )
