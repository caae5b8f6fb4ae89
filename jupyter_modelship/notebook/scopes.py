"""Which names a function body binds for itself (Python reference, section 4.2.1)."""

from __future__ import annotations

import ast
from typing import NamedTuple

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Own(NamedTuple):
    names: set[str]
    """Parameters and everything bound in the body, without what is declared elsewhere."""
    declared: frozenset[str]
    """Names declared `global`."""


def locals_of(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Own:
    """The function's own names; those of functions and classes inside it are not entered."""
    names = {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
    elsewhere: set[str] = set()
    declared: set[str] = set()
    stack: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
    while stack:
        part = stack.pop()
        kind = type(part)
        if kind is ast.Name:
            if not isinstance(part.ctx, ast.Load):  # type: ignore[attr-defined] # kind says Name
                names.add(part.id)  # type: ignore[attr-defined] # kind says Name
            continue
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(part.name)
            stack.extend(part.decorator_list)
            continue
        if isinstance(part, ast.Lambda):
            continue
        if isinstance(part, _COMPREHENSIONS):
            names.update(_walrus(part))
            continue
        _declared(part, names, declared, elsewhere)
        stack.extend(ast.iter_child_nodes(part))
    return Own(names - declared - elsewhere, frozenset(declared))


def _declared(part: ast.AST, names: set[str], declared: set[str], elsewhere: set[str]) -> None:
    if isinstance(part, ast.Global):
        declared.update(part.names)
    elif isinstance(part, ast.Nonlocal):
        elsewhere.update(part.names)
    elif isinstance(part, (ast.Import, ast.ImportFrom)):
        names.update(a.asname or a.name.partition(".")[0] for a in part.names if a.name != "*")
    elif isinstance(part, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
        if part.name:
            names.add(part.name)
    elif isinstance(part, ast.MatchMapping) and part.rest:
        names.add(part.rest)


def _walrus(comprehension: ast.AST) -> set[str]:
    """`:=` in a comprehension binds in the function around it (PEP 572)."""
    return {part.target.id for part in ast.walk(comprehension) if isinstance(part, ast.NamedExpr)}
