"""A slice from little source, and a world: some classes as source, as types, as real Python."""

from __future__ import annotations

import ast
import builtins
import datetime
import decimal
import sys
import typing
import uuid
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

import jupyter_modelship.runtime as modelship_runtime
from jupyter_modelship.contract import Type, declare, expression, imports_for
from jupyter_modelship.model import Endpoint, Parameter, Slice, Statement, Verdict

MakeSlice = Callable[..., Slice]


def _endpoint(node: ast.FunctionDef | ast.AsyncFunctionDef, route: str) -> Endpoint:
    method, _, path = route.partition(" ")
    named = [*node.args.args, *node.args.kwonlyargs]
    tail = [None] * (len(node.args.args) - len(node.args.defaults))
    defaults = [*tail, *node.args.defaults, *node.args.kw_defaults]
    parameters = tuple(
        Parameter(
            one.arg,
            ast.unparse(one.annotation) if one.annotation else None,
            ast.unparse(default) if default else None,
            one in node.args.kwonlyargs,
        )
        for one, default in zip(named, defaults, strict=True)
    )
    return Endpoint(
        node.name,
        method,
        path or f"/{node.name}",
        "c1",
        node.lineno,
        parameters,
        ast.unparse(node.returns) if node.returns else None,
        isinstance(node, ast.AsyncFunctionDef),
        doc=ast.get_docstring(node) or "",
    )


def _make(source: str, route: str = "POST") -> Slice:
    """Functions without an underscore are endpoints; every statement ships."""
    body = ast.parse(source).body
    functions = [n for n in body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    endpoints = tuple(_endpoint(n, route) for n in functions if not n.name.startswith("_"))
    statements = tuple(
        Statement("c1", node.lineno, ast.get_source_segment(source, node) or "", "definition")
        if not isinstance(node, ast.ClassDef)
        else Statement("c1", node.lineno, ast.unparse(node), "definition", (node.name,))
        for node in body
    )
    verdict = Verdict("c1", 5, "endpoint")
    return Slice(endpoints, statements, (), (), (), (), (), (), (), (), (verdict,))


@pytest.fixture(scope="session")
def make_slice() -> MakeSlice:
    """Source -> slice."""
    return _make


SOURCE = """
from dataclasses import dataclass
from enum import Enum
from typing import Literal, NamedTuple, Optional, TypedDict

class Colour(Enum):
    RED = "red"
    BLUE = "blue"

class Level(Enum):
    LOW = 1
    HIGH = 2

@dataclass
class Node:
    value: int
    children: "list[Node]"
    colour: Optional[Colour] = None

@dataclass
class Flower:
    width: float
    kind: Literal["a", "b"]
    names: list[str] | None = None

class Movie(TypedDict, total=False):
    name: str
    year: int

class Pair(NamedTuple):
    left: int
    right: str = "r"
"""


class World:
    """The notebook's classes: as source, as types, and as real Python in `module`."""

    def __init__(self, slice_: Slice, module: ModuleType) -> None:
        contract, findings = declare(slice_)
        assert findings == ()
        self.classes = contract.classes
        self.slice = slice_
        self.module = module
        exec(compile(SOURCE, module.__name__, "exec", dont_inherit=True), module.__dict__)

    def python(self, type_: Type) -> Any:
        """The real type that service.py would register."""
        names = dict(self.module.__dict__)
        for one in imports_for([type_]):
            names[one.local] = getattr(MODULES[one.module], one.name)
        return eval(expression(type_), names)


MODULES: dict[str, Any] = {
    "builtins": builtins,
    "datetime": datetime,
    "decimal": decimal,
    "typing": typing,
    "uuid": uuid,
    "modelship_runtime": modelship_runtime,
}


@pytest.fixture(scope="module")
def world(make_slice: Callable[..., Slice]) -> Iterator[World]:
    module = ModuleType("contract_world")
    sys.modules[module.__name__] = module  # where dataclasses look names up
    yield World(make_slice(SOURCE), module)
    del sys.modules[module.__name__]
