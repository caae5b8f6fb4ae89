"""A slice from little source: what the annotations of one function may refer to."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

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
