"""Visits functions and classes: decorators, defaults and annotations now, bodies when called."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from .effects import Definition, Effects, Op, Roots
from .expressions import Env, Expressions, called_by
from .scopes import locals_of

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Definitions(Expressions):
    """What defines something, over expressions."""

    __slots__ = ()

    def statement(self, node: ast.stmt) -> None:
        visit = self.visits.get(type(node))
        if visit is None:
            self.parts(node)
        else:
            visit(self, node)

    def body(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            self.statement(statement)

    def function(self, node: Function) -> None:
        for decorator in node.decorator_list:
            self.expr(decorator)
        self.define(node.name, node)

    def define(self, name: str, node: Function | ast.Lambda) -> None:
        """Defaults and annotations now, the body when it is called."""
        captured = self.signature(node)
        self.bind(name)
        self.capture(name, captured)
        if self.inside:
            self.inner_function(node)
            return
        definition = Definition(name, node, self.outer_envs(), self.future)
        self.out.bodies.append(definition)
        if self.class_env is None:
            self.out.functions[name] = definition
            self.decorated(definition)

    def capture(self, name: str, roots: Roots) -> None:
        """A definition keeps hold of its defaults, whatever their names are bound to later."""
        if roots and not self.inside and self.class_env is None:
            self.out.ops.append(Op("capture", name, roots))

    def decorated(self, definition: Definition) -> None:
        for decorator in getattr(definition.node, "decorator_list", ()):
            call = called_by(definition, decorator)
            if call is not None and not any(call.root in env for env in self.envs):
                self.record(call)

    def signature(self, node: Function | ast.Lambda) -> Roots:
        """Defaults, with their roots, and annotations."""
        arguments = node.args
        roots: Roots = ()
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if isinstance(default, ast.Name):
                if default.id not in self.out.reads:
                    self.out.references.add(default.id)
                roots += self.read(default.id, default.lineno)
            elif default is not None:
                roots += self.expr(default)
        if isinstance(node, ast.Lambda):
            return roots
        plain = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        for argument in (*plain, arguments.vararg, arguments.kwarg):
            self.annotation(argument.annotation if argument else None)
        self.annotation(node.returns)
        return roots

    def annotation(self, node: ast.expr | None) -> None:
        if node is None:
            return
        if self.future:
            self.hint(node)
        else:
            self.expr(node)
        if not isinstance(node, (ast.Name, ast.Attribute)):
            self.quoted(node)

    def quoted(self, node: ast.expr) -> None:
        """Names in the texts of an annotation: `list["Flower"]`."""
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                try:
                    self.hint(ast.parse(part.value, mode="eval").body)
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    continue  # Literal["some words"]

    def hint(self, node: ast.expr) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and not any(part.id in env for env in self.envs):
                self.out.hints.setdefault(part.id, node.lineno)

    def inner_function(self, node: Function | ast.Lambda) -> None:
        """A function in a function: what it does counts as done by the outer one."""
        saved = self.envs, self.declared, self.class_env, self.out.returns
        self.envs = self.outer_envs()
        self.class_env = None
        self.function_body(node)
        self.envs, self.declared, self.class_env, self.out.returns = saved

    def function_body(self, node: Function | ast.Lambda) -> None:
        own = locals_of(node)
        self.declared = own.declared
        outer: list[Env] = [
            {k: v for k, v in env.items() if k not in own.declared} for env in self.envs
        ]
        self.envs = (*outer, {name: (f".{name}",) for name in own.names})
        if isinstance(node, ast.Lambda):
            self.out.returns = self.expr(node.body)
        else:
            self.body(node.body)

    def function_value(self, node: ast.Lambda) -> Roots:
        """A lambda that is handed on may be called at once or never."""
        self.signature(node)
        if self.inside:
            self.inner_function(node)
            return ()
        definition = Definition("<lambda>", node, self.outer_envs(), self.future)
        self.out.bodies.append(definition)
        inner = type(self)(Effects(), definition.envs, future=self.future, inside=True)
        inner.function_body(node)
        body = definition.visited = inner.out
        for name, line in {**body.reads, **body.soft}.items():
            if name not in self.bound:
                self.out.soft.setdefault(name, line)
        self.take_over(body)
        return ()

    def class_(self, node: ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self.expr(decorator)
        for base in node.bases:
            self.expr(base)
        for keyword in node.keywords:
            self.expr(keyword.value)
        outer, own = (self.class_env, self.envs), Env()
        first = len(self.out.bodies)
        self.class_env, self.envs = own, (*self.envs, own)
        self.body(node.body)
        self.class_env, self.envs = outer
        self.bind(node.name)
        self.capture(node.name, tuple(root for roots in own.values() for root in roots))
        if not self.inside and self.class_env is None:
            definition = Definition(node.name, node, self.envs, self.future)
            definition.methods = {body.name: body for body in self.out.bodies[first:]}
            self.out.functions[node.name] = definition
            self.decorated(definition)
