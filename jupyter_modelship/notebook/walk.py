"""Visits statements: one pass over a cell's tree, function bodies only when somebody asks."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from .definitions import Definitions
from .effects import Definition, Effects, Op, Roots

_LEAVING = (ast.Raise, ast.Return, ast.Continue, ast.Break)


def effects_of(statement: ast.stmt, *, future: bool = False) -> Effects:
    """What a top-level statement does. `future`: annotations are not evaluated."""
    walk = _Walk(Effects(), (), future=future)
    walk.statement(statement)
    return walk.out


def body_of(definition: Definition) -> Effects:
    """What calling a function does; of a class, what its methods read."""
    if definition.visited is None:
        definition.visited = Effects()  # for a body that asks for itself
        definition.visited = _body(definition)
    return definition.visited


def later_of(effects: Effects) -> dict[str, int]:
    """Names that the function bodies in a statement read when they are called, with lines."""
    found: dict[str, int] = {}
    for definition in effects.bodies:
        body = body_of(definition)
        found.update({**body.reads, **body.soft, **later_of(body)})
    return found


def hints_of(effects: Effects) -> dict[str, int]:
    """Names in annotations that Python does not evaluate, bodies included."""
    found = dict(effects.hints)
    for definition in effects.bodies:
        found.update(hints_of(body_of(definition)))
    return found


def _body(definition: Definition) -> Effects:
    node = definition.node
    if isinstance(node, ast.ClassDef):
        return Effects(bodies=list(definition.methods.values()))
    walk = _Walk(Effects(), definition.envs, future=definition.future, inside=True)
    walk.function_body(node)
    return walk.out


class _Walk(Definitions):
    """All of Python's statements, over expressions and definitions."""

    __slots__ = ()

    def branch(self, statements: Sequence[ast.stmt], before: set[str]) -> set[str]:
        """Visit one branch that starts from `before`; the names bound at its end."""
        self.bound = set(before)
        self.branches += 1
        self.body(statements)
        self.branches -= 1
        return self.bound

    def meet(self, names: set[str]) -> None:
        """Names bound on every branch are bound for certain."""
        self.bound = names
        if self.branches == 0 and not self.inside and self.class_env is None:
            for name in names:
                self.out.binds[name] = True

    def expression(self, node: ast.Expr) -> None:
        value = node.value
        if isinstance(value, ast.Call):
            self.call(value, used=False)
        elif isinstance(value, ast.Await) and isinstance(value.value, ast.Call):
            self.out.awaits = self.out.awaits or not self.inside
            self.call(value.value, used=False)
        else:
            self.expr(value)

    def assign(self, node: ast.Assign) -> None:
        first = node.targets[0]
        if isinstance(node.value, ast.Lambda) and isinstance(first, ast.Name) and not self.inside:
            self.define(first.id, node.value)
            for target in node.targets[1:]:
                self.target(target, (first.id,))
            return
        roots = self.expr(node.value)
        for target in node.targets:
            self.target(target, roots)

    def annotated(self, node: ast.AnnAssign) -> None:
        if not (self.inside and isinstance(node.target, ast.Name)):
            self.annotation(node.annotation)
        if node.value is not None:
            self.target(node.target, self.expr(node.value))

    def augmented(self, node: ast.AugAssign) -> None:
        other = self.expr(node.value)
        target = node.target
        if isinstance(target, ast.Name):
            roots = self.read(target.id, target.lineno)
            if self.inside and target.id in self.declared:
                self.bind(target.id)
        else:
            roots = self.expr(target.value)
            if isinstance(target, ast.Subscript):
                self.expr(target.slice)
        self.mutate(roots, other)

    def delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if not isinstance(target, ast.Name):
                self.target(target, ())
            elif self.class_env is None and (not self.inside or target.id in self.declared):
                self.read(target.id, target.lineno)
                kind = "maybe" if self.branches else "delete"
                self.out.ops.append(Op(kind, target.id))
                self.bound.discard(target.id)

    def imports(self, node: ast.Import) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            self.imported(name, alias.name if alias.asname else name)
            if name != alias.name and not alias.asname:
                self.out.submodules.add((name, alias.name))

    def imports_from(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self.out.star = (module, node.lineno)
                continue
            separator = "" if module.endswith(".") else "."
            self.imported(alias.asname or alias.name, f"{module}{separator}{alias.name}")

    def imported(self, name: str, path: str) -> None:
        self.bind(name)
        if self.inside and name not in self.declared:
            self.out.imports[f".{name}"] = path
        elif self.class_env is None:
            self.out.imports[name] = path

    def declare(self, node: ast.Global) -> None:
        self.declared |= frozenset(node.names)

    def choice(self, node: ast.If) -> None:
        self.expr(node.test)
        before = self.bound
        one = self.branch(node.body, before)
        other = self.branch(node.orelse, before)
        if node.body and isinstance(node.body[-1], _LEAVING):
            one = other
        self.meet(one & other)

    def loop(self, node: ast.For | ast.AsyncFor) -> None:
        self.out.loops = True
        if isinstance(node, ast.AsyncFor) and not self.inside:
            self.out.awaits = True
        roots = self.expr(node.iter)
        before = set(self.bound)
        self.branches += 1
        self.target(node.target, roots)
        self.branches -= 1
        self.branch(node.body, self.bound)
        self.branch(node.orelse, before)
        self.bound = before

    def repeat(self, node: ast.While) -> None:
        self.out.loops = True
        self.expr(node.test)
        before = self.bound
        self.branch(node.body, before)
        self.branch(node.orelse, before)
        self.bound = before

    def context(self, node: ast.With | ast.AsyncWith) -> None:
        if isinstance(node, ast.AsyncWith) and not self.inside:
            self.out.awaits = True
        for item in node.items:
            roots = self.expr(item.context_expr)
            if item.optional_vars is not None:
                self.target(item.optional_vars, roots)
        self.body(node.body)

    def attempt(self, node: Any) -> None:
        before = self.bound
        done = self.branch(node.orelse, self.branch(node.body, before))
        for handler in node.handlers:
            self.bound = set(before)
            if handler.type is not None:
                self.expr(handler.type)
            caught = before | ({handler.name} if handler.name else set())
            end = self.branch(handler.body, caught) - ({handler.name} - before)
            if not (handler.body and isinstance(handler.body[-1], _LEAVING)):
                done = done & end
        self.meet(done)
        self.body(node.finalbody)

    def match(self, node: Any) -> None:
        subject = self.expr(node.subject)
        before = self.bound
        for case in node.cases:
            self.bound = set(before)
            self.branches += 1
            self.pattern(case.pattern, subject)
            if case.guard is not None:
                self.expr(case.guard)
            self.body(case.body)
            self.branches -= 1
        self.bound = before

    def pattern(self, pattern: Any, subject: Roots) -> None:
        for node in ast.walk(pattern):
            name = getattr(node, "name", None) or getattr(node, "rest", None)
            if isinstance(name, str):
                self.bind(name, subject)
            elif isinstance(node, ast.MatchValue):
                self.expr(node.value)
            elif isinstance(node, ast.MatchClass):
                self.expr(node.cls)

    def returned(self, node: ast.Return) -> None:
        if node.value is not None:
            self.out.returns += self.expr(node.value)


_Walk.visits.update(
    {
        ast.Expr: _Walk.expression,
        ast.Assign: _Walk.assign,
        ast.AnnAssign: _Walk.annotated,
        ast.AugAssign: _Walk.augmented,
        ast.Delete: _Walk.delete,
        ast.Import: _Walk.imports,
        ast.ImportFrom: _Walk.imports_from,
        ast.Global: _Walk.declare,
        ast.If: _Walk.choice,
        ast.For: _Walk.loop,
        ast.AsyncFor: _Walk.loop,
        ast.While: _Walk.repeat,
        ast.With: _Walk.context,
        ast.AsyncWith: _Walk.context,
        ast.Try: _Walk.attempt,
        getattr(ast, "TryStar", ast.Try): _Walk.attempt,
        ast.Match: _Walk.match,
        ast.Return: _Walk.returned,
        ast.FunctionDef: _Walk.function,
        ast.AsyncFunctionDef: _Walk.function,
        ast.ClassDef: _Walk.class_,
        ast.Constant: _Walk.constant,
        ast.Name: _Walk.name,
        ast.Attribute: _Walk.attribute,
        ast.Subscript: _Walk.subscript,
        ast.Tuple: _Walk.elements,
        ast.List: _Walk.elements,
        ast.Set: _Walk.elements,
        ast.Dict: _Walk.mapping,
        ast.BinOp: _Walk.binary,
        ast.BoolOp: _Walk.either,
        ast.IfExp: _Walk.conditional,
        ast.NamedExpr: _Walk.named,
        ast.Starred: _Walk.starred,
        ast.Await: _Walk.awaited,
        ast.Lambda: _Walk.function_value,
        ast.ListComp: _Walk.comprehension,
        ast.SetComp: _Walk.comprehension,
        ast.GeneratorExp: _Walk.comprehension,
        ast.DictComp: _Walk.comprehension,
        ast.Yield: _Walk.yielded,
        ast.YieldFrom: _Walk.yielded,
        ast.Call: _Walk.call_value,
    }
)
