"""Source that is sent to a kernel: one expression, made from a syntax tree, never from a template.

It binds no name in the notebook's namespace.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping
from importlib import resources


@functools.cache
def magic() -> str:
    """Source of `%deploy`: the module `kernel_side`."""
    return (resources.files(__package__) / "kernel_side.py").read_text("utf-8")


def program(code: str, values: Mapping[str, object]) -> str:
    """Source that runs `code` in a namespace of its own, with plain `values` in it."""
    compiled = call("compile", code, "<modelship>", "exec")
    return cell(ast.Call(ast.Name("exec"), [compiled, literal(dict(values))], []))


def call(function: str, *arguments: object) -> ast.Call:
    """A call with plain arguments."""
    return ast.Call(ast.Name(function), [literal(value) for value in arguments], [])


def literal(value: object) -> ast.expr:
    """A plain value as an expression."""
    return ast.parse(repr(value), mode="eval").body


def cell(expression: ast.expr) -> str:
    """Source of a cell that is this expression."""
    return ast.unparse(ast.fix_missing_locations(ast.Module([ast.Expr(expression)], [])))
