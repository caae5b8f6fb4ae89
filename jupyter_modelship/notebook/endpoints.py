"""Which functions are served: by tag, or by the names that were picked."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from jupyter_modelship.model import Endpoint, Parameter

from .effects import Definition
from .flow import END, Flow
from .reports import Reports
from .statements import Code
from .tags import Marks
from .units import Unit
from .wording import cell_label, listed

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(units: Sequence[Unit]) -> list[tuple[Unit, Function]]:
    """The top-level functions of a notebook, in order."""
    return [
        (unit, unit.node)
        for unit in units
        if isinstance(unit.node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]


def signature(node: Function) -> str:
    """`predict(row: list[float]) -> str`, as the source says."""
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{node.name}({ast.unparse(node.args)}){returns}"


def chosen(
    codes: Sequence[Code],
    units: Sequence[Unit],
    marks: dict[str, Marks],
    picked: tuple[str, ...],
    reports: Reports,
) -> list[tuple[Unit, Function]]:
    """The functions to serve. `picked` rules over tags."""
    known = functions(units)
    if not picked:
        return _tagged(codes, known, marks, reports)
    found = []
    for name in dict.fromkeys(picked):
        of_name = [pair for pair in known if pair[1].name == name]
        if of_name:
            found.append(of_name[-1])
            continue
        names = list(dict.fromkeys(node.name for _, node in known))
        offer = f"functions it defines: {listed(names)}" if names else "it defines no function"
        reports.add("unknown-endpoint", f"the notebook defines no function `{name}`; {offer}")
    return sorted(found, key=lambda pair: pair[0].order)


def _tagged(
    codes: Sequence[Code],
    known: Sequence[tuple[Unit, Function]],
    marks: dict[str, Marks],
    reports: Reports,
) -> list[tuple[Unit, Function]]:
    found: dict[str, tuple[Unit, Function]] = {}
    for code in codes:
        mark = marks.get(code.cell.id)
        if mark is None or mark.part != "endpoint":
            continue
        own = [p for p in known if p[0].code is code and not p[1].name.startswith("_")]
        if not own and not code.error:
            reports.add(
                "endpoint-without-function",
                f"{cell_label(code.cell)} is tagged `endpoint` and defines no public function"
                + _lambda_hint(code),
                at=code.cell,
            )
        for unit, node in own:
            _check_first(unit, node, found, reports)
            found[node.name] = (unit, node)
    return sorted(found.values(), key=lambda pair: pair[0].order)


def _check_first(
    unit: Unit, node: Function, found: dict[str, tuple[Unit, Function]], reports: Reports
) -> None:
    if node.name in found:
        reports.add(
            "duplicate-route",
            f"{cell_label(unit.cell)} defines the endpoint `{node.name}` again",
            at=unit.cell,
            line=node.lineno,
        )


def _lambda_hint(code: Code) -> str:
    names = [
        node.targets[0].id
        for node in code.statements
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Lambda)
        and isinstance(node.targets[0], ast.Name)
    ]
    hint = "; {} is a lambda, which has no types and no name of its own"
    return hint.format(listed(names)) if names else ""


def described(
    served: Sequence[tuple[Unit, Function]],
    flow: Flow,
    marks: dict[str, Marks],
    reports: Reports,
) -> tuple[Endpoint, ...]:
    """The endpoints with their routes and parameters; what cannot be served is reported."""
    found: list[Endpoint] = []
    routes: dict[tuple[str, str], str] = {}
    for unit, node in served:
        endpoint = _endpoint(unit, node, marks.get(unit.cell.id, Marks()))
        other = routes.setdefault((endpoint.method, endpoint.path), node.name)
        if other != node.name:
            reports.add(
                "duplicate-route",
                f"`{other}` and `{node.name}` would both answer {endpoint.method} {endpoint.path}",
                at=unit.cell,
                line=node.lineno,
            )
        _check_signature(unit, node, reports)
        _check_binding(unit, node, flow, reports)
        found.append(endpoint)
    return tuple(found)


def _endpoint(unit: Unit, node: Function, marked: Marks) -> Endpoint:
    return Endpoint(
        function=node.name,
        method=marked.method or "POST",
        path=marked.path or f"/{node.name}",
        cell=unit.cell.id,
        line=node.lineno,
        parameters=_parameters(node.args),
        returns=ast.unparse(node.returns) if node.returns else None,
        is_async=isinstance(node, ast.AsyncFunctionDef),
        batch=marked.batch,
        doc=ast.get_docstring(node) or "",
    )


def _parameters(arguments: ast.arguments) -> tuple[Parameter, ...]:
    plain = [*arguments.posonlyargs, *arguments.args]
    missing = len(plain) - len(arguments.defaults)
    defaults: list[ast.expr | None] = [None] * missing + list(arguments.defaults)
    positional = [_parameter(a, d) for a, d in zip(plain, defaults, strict=True)]
    keyword = [
        _parameter(a, d, keyword_only=True)
        for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    return (*positional, *keyword)


def _parameter(
    argument: ast.arg, default: ast.expr | None, *, keyword_only: bool = False
) -> Parameter:
    return Parameter(
        name=argument.arg,
        annotation=ast.unparse(argument.annotation) if argument.annotation else None,
        default=ast.unparse(default) if default else None,
        keyword_only=keyword_only,
    )


def _check_signature(unit: Unit, node: Function, reports: Reports) -> None:
    where = f"`{node.name}` in {cell_label(unit.cell)}"
    for argument, stars in ((node.args.vararg, "*"), (node.args.kwarg, "**")):
        if argument is not None:
            reports.add(
                "open-signature",
                f"{where} takes `{stars}{argument.arg}`, which no request can be checked against",
                at=unit.cell,
                line=node.lineno,
            )
    if any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in own_parts(node)):
        reports.add("generator", f"{where} is a generator", at=unit.cell, line=node.lineno)


def own_parts(node: Function) -> list[ast.AST]:
    """Every node of a function that is not in a function or class inside it."""
    found: list[ast.AST] = []
    stack: list[ast.AST] = list(node.body)
    while stack:
        part = stack.pop()
        found.append(part)
        if not isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            stack.extend(ast.iter_child_nodes(part))
    return found


def _check_binding(unit: Unit, node: Function, flow: Flow, reports: Reports) -> None:
    events = flow.generation(node.name, END)
    last = next((e.unit for e in reversed(events) if e.kind in {"bind", "maybe"}), None)
    meaning = flow.meaning(node.name)
    if last is unit or (isinstance(meaning, Definition) and meaning.node is node):
        return
    by = cell_label(last.cell) if last else "a later cell"
    reports.add(
        "endpoint-rebound",
        f"`{node.name}` of {cell_label(unit.cell)} is bound to something else by {by}",
        remedy=f"use another name than `{node.name}` in {by}",
        at=last.cell if last else unit.cell,
    )
