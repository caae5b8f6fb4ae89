"""Visits expressions: what they read, change and call, and what their values may share with."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, ClassVar

from .effects import Call, Definition, Effects, Op, Roots
from .knowledge import is_fancy_index

Env = dict[str, Roots]
_DISPLAYS = (ast.List, ast.Tuple, ast.ListComp, ast.Dict)


class Expressions:
    """One visit of one tree. `inside`: it is a function body, where binding is local."""

    __slots__ = ("bound", "branches", "class_env", "declared", "envs", "future", "inside", "out")
    visits: ClassVar[dict[type, Callable[[Any, Any], Any]]] = {}
    """Node type -> method; filled where the class is complete (`walk.py`)."""

    def __init__(
        self, out: Effects, envs: tuple[Env, ...], *, future: bool, inside: bool = False
    ) -> None:
        self.out = out
        self.envs = envs
        self.future = future
        self.inside = inside
        self.declared: frozenset[str] = frozenset()
        self.class_env: Env | None = None
        self.bound: set[str] = set()
        """Names that the statement has bound for certain on the way to here."""
        self.branches = 0
        """How many branches deep: bindings are conditional when it is not 0."""

    # Names

    def read(self, name: str, line: int) -> Roots:
        if self.envs:
            for env in reversed(self.envs):
                if name in env:
                    return env[name]
        if name not in self.bound:
            kind = self.out.soft if name in self.out.binds else self.out.reads
            kind.setdefault(name, line)
        return (name,)

    def bind(self, name: str, roots: Roots = ()) -> None:
        if self.class_env is not None:
            self.class_env[name] = roots
            return
        if self.inside and name not in self.declared:
            if roots:
                self.out.ops.append(Op("link", self._local(name), roots))
            return
        always = self.branches == 0
        self.out.binds[name] = always or self.out.binds.get(name, False)
        self.bound.add(name)
        self.out.ops.append(Op("bind" if always else "maybe", name, roots))

    def _local(self, name: str) -> str:
        for env in reversed(self.envs):
            if name in env:
                found = env[name]
                if len(found) == 1 and isinstance(found[0], str) and found[0].startswith("."):
                    return found[0]
        return f".{name}"

    def mutate(self, roots: Roots, other: Roots = ()) -> None:
        if roots:
            self.out.ops.append(Op("mutate", roots=roots))
            if other:
                self.out.ops.append(Op("hold", roots=roots, other=other))

    def target(self, node: ast.expr, roots: Roots) -> None:
        """Assign something with `roots` to a target."""
        if isinstance(node, ast.Name):
            self.bind(node.id, roots)
        elif isinstance(node, (ast.Tuple, ast.List)):
            for element in node.elts:
                self.target(element, roots)
        elif isinstance(node, ast.Starred):
            self.target(node.value, roots)
        elif isinstance(node, ast.Attribute):
            self.mutate(self.expr(node.value), roots)
            self.setting(node)
        elif isinstance(node, ast.Subscript):
            self.expr(node.slice)
            self.mutate(self.expr(node.value), roots)
            self.setting(node.value)

    def setting(self, node: ast.expr) -> None:
        """`os.environ["X"] = …`, `torch.backends.x = …`, `getcontext().prec = …`."""
        while isinstance(node, ast.Attribute) and not isinstance(node.value, ast.Name):
            if isinstance(node.value, ast.Call):
                node = node.value.func
                break
            node = node.value
        root, path = dotted(node)
        if root is not None:
            self.out.ops.append(Op("setting", root, path))

    # Expressions: each answers with its roots

    def expr(self, node: ast.expr) -> Roots:
        visit = self.visits.get(type(node))
        if visit is None:
            return self.parts(node)
        found: Roots = visit(self, node)
        return found

    def parts(self, node: ast.AST) -> Roots:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.expr(child)
        return ()

    def constant(self, node: ast.Constant) -> Roots:
        return ()

    def name(self, node: ast.Name) -> Roots:
        return self.read(node.id, node.lineno)

    def attribute(self, node: ast.Attribute) -> Roots:
        return self.expr(node.value)

    def subscript(self, node: ast.Subscript) -> Roots:
        roots = self.expr(node.value)
        if type(node.slice) is not ast.Constant:
            self.expr(node.slice)
        return () if is_fancy_index(node.slice) else roots

    def elements(self, node: ast.Tuple | ast.List | ast.Set) -> Roots:
        roots: Roots = ()
        for element in node.elts:
            roots += self.expr(element)
        return roots

    def mapping(self, node: ast.Dict) -> Roots:
        roots: Roots = ()
        for key in node.keys:
            if key is not None:
                self.expr(key)
        for value in node.values:
            roots += self.expr(value)
        return roots

    def binary(self, node: ast.BinOp) -> Roots:
        left, right = self.expr(node.left), self.expr(node.right)
        if isinstance(node.left, _DISPLAYS) or isinstance(node.right, _DISPLAYS):
            return left + right  # `[model] + others` holds the model itself
        return ()

    def either(self, node: ast.BoolOp) -> Roots:
        roots: Roots = ()
        for value in node.values:
            roots += self.expr(value)
        return roots

    def conditional(self, node: ast.IfExp) -> Roots:
        self.expr(node.test)
        return self.expr(node.body) + self.expr(node.orelse)

    def named(self, node: ast.NamedExpr) -> Roots:
        roots = self.expr(node.value)
        self.bind(node.target.id, roots)
        return roots

    def starred(self, node: ast.Starred) -> Roots:
        return self.expr(node.value)

    def awaited(self, node: ast.Await) -> Roots:
        self.out.awaits = self.out.awaits or not self.inside
        return self.expr(node.value)

    def yielded(self, node: ast.Yield | ast.YieldFrom) -> Roots:
        if node.value is not None:
            self.out.returns += self.expr(node.value)
        return ()

    def comprehension(self, node: Any) -> Roots:
        outer = self.envs
        for generator in node.generators:
            if generator.is_async and not self.inside:
                self.out.awaits = True
            roots = self.expr(generator.iter)
            targets = ast.walk(generator.target)
            own: Env = {part.id: roots for part in targets if isinstance(part, ast.Name)}
            self.envs = (*self.envs, own)
            for condition in generator.ifs:
                self.expr(condition)
        if isinstance(node, ast.DictComp):
            self.expr(node.key)
            result = self.expr(node.value)
        else:
            result = self.expr(node.elt)
        self.envs = outer
        return result

    def call_value(self, node: ast.Call) -> Roots:
        return self.call(node, used=True)

    def call(self, node: ast.Call, *, used: bool) -> Roots:
        """Record a call; its roots are the number of its result."""
        root, path = dotted(node.func)
        if root is not None:
            receiver = self.read(root, node.func.lineno)
            if receiver != (root,):  # a local name, or a comprehension's
                single = receiver[0] if len(receiver) == 1 else None
                root = single if isinstance(single, str) else None
        elif isinstance(node.func, ast.Attribute):
            receiver = self.expr(node.func.value)
            path = (node.func.attr,)
        else:
            receiver = self.expr(node.func)
        arguments, keywords = self._given(node, receiver)
        inplace = any(map(_is_inplace, node.keywords)) if keywords else False
        call = Call(0, root, path, receiver, arguments, keywords, used, inplace, node.lineno)
        return (self.record(call),)

    def _given(
        self, node: ast.Call, receiver: Roots
    ) -> tuple[tuple[Roots, ...], tuple[tuple[str | None, Roots], ...]]:
        arguments = tuple([self._argument(argument) for argument in node.args])
        keywords = tuple([(k.arg, self._argument(k.value)) for k in node.keywords])
        lambdas = [
            argument
            for argument in (*node.args, *[keyword.value for keyword in node.keywords])
            if type(argument) is ast.Lambda
        ]
        if lambdas:  # `models.map(lambda m: m.fit(X))`: the lambda is given what the call is given
            passed = (*receiver, *[root for roots in arguments for root in roots])
            for function in lambdas:
                for parameter in (*function.args.posonlyargs, *function.args.args):
                    self.out.ops.append(Op("link", f".{parameter.arg}", passed))
                self.expr(function)
        return arguments, keywords

    def _argument(self, node: ast.expr) -> Roots:
        kind = type(node)
        return () if kind is ast.Constant or kind is ast.Lambda else self.expr(node)

    def record(self, call: Call) -> int:
        call.index = self.out.calls
        self.out.calls += 1
        self.out.ops.append(Op("call", call=call))
        return call.index

    def outer_envs(self) -> tuple[Env, ...]:
        """What a function body sees around itself: not the names of the class it stands in."""
        return tuple([env for env in self.envs if env is not self.class_env])

    def take_over(self, body: Effects) -> None:
        """What a lambda's body does, as if it were done here."""
        shift = self.out.calls
        for op in body.ops:
            if op.call is not None:
                _shift_call(op.call, shift)
            self.out.ops.append(
                Op(op.kind, op.name, _shifted(op.roots, shift), _shifted(op.other, shift), op.call)
            )
        self.out.calls += body.calls


def dotted(node: ast.expr) -> tuple[str | None, tuple[str, ...]]:
    """`a.b.c` -> ("a", ("b", "c")); (None, ()) for anything else."""
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        path.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        path.reverse()
        return node.id, tuple(path)
    return None, ()


def called_by(definition: Definition, decorator: ast.expr) -> Call | None:
    """The call that a decorator makes although no parenthesis stands in the source."""
    root, path = dotted(decorator)
    if root is None:
        return None
    given = ((definition.name,),)
    return Call(0, root, path, (root,), given, (), True, False, decorator.lineno)


def _is_inplace(keyword: ast.keyword) -> bool:
    value = keyword.value
    return keyword.arg == "inplace" and not (isinstance(value, ast.Constant) and not value.value)


def _shifted(roots: Roots, shift: int) -> Roots:
    return tuple([r + shift if isinstance(r, int) else r for r in roots])


def _shift_call(call: Call, shift: int) -> None:
    call.index += shift
    call.receiver = _shifted(call.receiver, shift)
    call.arguments = tuple([_shifted(roots, shift) for roots in call.arguments])
    call.keywords = tuple([(name, _shifted(roots, shift)) for name, roots in call.keywords])
