"""What a statement does to names: binds, reads now, reads when called, may change, may share.

One pass over a statement's tree. Every expression answers with its *roots*: the names whose
objects its value may share (`model` for `model.steps[0]`, nothing for `len(model)`). A number
among the roots stands for the result of the call with that index, which only the flow over the
whole notebook can tell (`flow.py`). Bodies of functions are visited when somebody asks.

A name that begins with "." is local to a function body.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .knowledge import is_fancy_index
from .scopes import locals_of

Root = str | int
Roots = tuple[Root, ...]


@dataclass(slots=True, eq=False)
class Call:
    """A call: of the name `root` through the attributes `path`, or a method of `receiver`."""

    index: int
    root: str | None
    path: tuple[str, ...]
    receiver: Roots
    arguments: tuple[Roots, ...]
    keywords: tuple[tuple[str | None, Roots], ...]
    used: bool
    """Whether somebody takes the result."""
    inplace: bool
    line: int


@dataclass(slots=True, frozen=True)
class Op:
    """One step: `bind`, `maybe`, `delete`, `link`, `mutate`, `hold` or `call`."""

    kind: str
    name: str = ""
    roots: Roots = ()
    other: Roots = ()
    call: Call | None = None


@dataclass(slots=True, eq=False)
class Effects:
    """What one statement, or one function body, does."""

    reads: dict[str, int] = field(default_factory=dict)
    """Names it reads when it runs, with the line."""
    soft: dict[str, int] = field(default_factory=dict)
    """Names it may read when it runs: in a lambda that is handed on, or bound on one branch."""
    later: dict[str, int] = field(default_factory=dict)
    """Names that function bodies in it read when they are called."""
    hints: dict[str, int] = field(default_factory=dict)
    """Names in annotations that Python does not evaluate."""
    binds: dict[str, bool] = field(default_factory=dict)
    """Names it binds; False where only some paths do."""
    deletes: set[str] = field(default_factory=set)
    ops: list[Op] = field(default_factory=list)
    functions: dict[str, Definition] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    """Name -> dotted path of what it imports."""
    references: set[str] = field(default_factory=set)
    """Names read only as a plain default value: the object is handed on, not looked into."""
    star: tuple[str, int] | None = None
    awaits: bool = False
    returns: Roots = ()
    calls: int = 0
    loops: bool = False
    """Whether a part of it may run twice."""


@dataclass(slots=True, eq=False)
class Definition:
    """A function, lambda or class of the notebook; its body is visited when it is needed."""

    name: str
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
    envs: tuple[dict[str, Roots], ...] = ()
    future: bool = False
    methods: dict[str, Definition] = field(default_factory=dict)
    bases: Roots = ()
    _body: Effects | None = None

    @property
    def is_class(self) -> bool:
        return isinstance(self.node, ast.ClassDef)

    @property
    def body(self) -> Effects:
        """What calling it does. Of a class: what all its methods together do."""
        if self._body is None:
            self._body = _body_of(self)
        return self._body

    @property
    def parameters(self) -> tuple[str, ...]:
        if isinstance(self.node, ast.ClassDef):
            return ()
        return _parameter_names(self.node.args)


def effects_of(statement: ast.stmt, *, future: bool = False) -> Effects:
    """What a top-level statement does. `future`: annotations are not evaluated."""
    walk = _Walk(Effects(), (), future)
    walk.statement(statement)
    return walk.out


def _parameter_names(arguments: ast.arguments) -> tuple[str, ...]:
    found = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    if arguments.vararg:
        found.append(arguments.vararg.arg)
    found += [a.arg for a in arguments.kwonlyargs]
    if arguments.kwarg:
        found.append(arguments.kwarg.arg)
    return tuple(found)


def _body_of(definition: Definition) -> Effects:
    node = definition.node
    if isinstance(node, ast.ClassDef):
        return _joined(definition.methods.values())
    walk = _Walk(Effects(), definition.envs, definition.future, inside=True)
    walk.function_body(node)
    return walk.out


def _joined(methods: Iterable[Definition]) -> Effects:
    out = Effects()
    for method in methods:
        out.reads.update(method.body.reads)
        out.soft.update(method.body.soft)
        out.later.update(method.body.later)
    return out


class _Walk:
    """Visits a tree once. `inside`: a function body, where binding is local."""

    __slots__ = ("_bound", "_branch", "_class", "_declared", "_inside", "envs", "future", "out")

    def __init__(
        self,
        out: Effects,
        envs: tuple[dict[str, Roots], ...],
        future: bool,
        *,
        inside: bool = False,
    ) -> None:
        self.out = out
        self.envs = envs
        self.future = future
        self._inside = inside
        self._declared: frozenset[str] = frozenset()
        self._class: dict[str, Roots] | None = None
        self._bound: set[str] = set()
        """Names that this statement has bound on the way to here."""
        self._branch = 0
        """How many branches deep: bindings are conditional when it is not 0."""

    # Names

    def read(self, name: str, line: int) -> Roots:
        for env in reversed(self.envs):
            if name in env:
                return env[name]
        if name not in self._bound:
            kind = self.out.soft if name in self.out.binds else self.out.reads
            kind.setdefault(name, line)
        return (name,)

    def bind(self, name: str, roots: Roots = ()) -> None:
        if self._class is not None:
            self._class[name] = roots
            return
        if self._inside and name not in self._declared:
            local = self._local(name)
            if roots:
                self.out.ops.append(Op("link", local, roots))
            return
        always = self._branch == 0
        self.out.binds[name] = always or self.out.binds.get(name, False)
        self._bound.add(name)
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

    # Statements

    def statement(self, node: ast.stmt) -> None:
        _STATEMENTS.get(type(node), _Walk._other_statement)(self, node)

    def body(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            self.statement(statement)

    def branch(self, statements: Sequence[ast.stmt], before: set[str]) -> set[str]:
        """Visit one branch that starts from `before`; the names bound at its end."""
        self._bound = set(before)
        self._branch += 1
        self.body(statements)
        self._branch -= 1
        return self._bound

    def _other_statement(self, node: ast.stmt) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.expr(child)
            elif isinstance(child, ast.stmt):
                self.statement(child)

    def _expr_statement(self, node: ast.Expr) -> None:
        value = node.value
        if isinstance(value, ast.Call):
            self.call(value, used=False)
        elif isinstance(value, ast.Await) and isinstance(value.value, ast.Call):
            self.out.awaits = self.out.awaits or not self._inside
            self.call(value.value, used=False)
        else:
            self.expr(value)

    def _assign(self, node: ast.Assign) -> None:
        if (
            isinstance(node.value, ast.Lambda)
            and len(node.targets) == 1
            and isinstance(node.targets[0], ast.Name)
            and not self._inside
        ):
            self._define(node.targets[0].id, node.value)
            return
        roots = self.expr(node.value)
        for target in node.targets:
            self.target(target, roots)

    def _ann_assign(self, node: ast.AnnAssign) -> None:
        if not (self._inside and isinstance(node.target, ast.Name)):
            self.annotation(node.annotation)
        if node.value is not None:
            self.target(node.target, self.expr(node.value))

    def _aug_assign(self, node: ast.AugAssign) -> None:
        other = self.expr(node.value)
        target = node.target
        if isinstance(target, ast.Name):
            roots = self.read(target.id, target.lineno)
            if self._inside and target.id in self._declared:
                self.bind(target.id)
        else:
            roots = self.expr(target.value)
            if isinstance(target, ast.Subscript):
                self.expr(target.slice)
        self.mutate(roots, other)

    def target(self, node: ast.expr, roots: Roots) -> None:
        if isinstance(node, ast.Name):
            self.bind(node.id, roots)
        elif isinstance(node, (ast.Tuple, ast.List)):
            for element in node.elts:
                self.target(element, roots)
        elif isinstance(node, ast.Starred):
            self.target(node.value, roots)
        elif isinstance(node, ast.Attribute):
            self.mutate(self.expr(node.value), roots)
        elif isinstance(node, ast.Subscript):
            self.expr(node.slice)
            self.mutate(self.expr(node.value), roots)

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                if not self._inside or target.id in self._declared:
                    if self._branch:
                        self.out.ops.append(Op("maybe", target.id))
                    else:
                        self.out.deletes.add(target.id)
                        self.out.ops.append(Op("delete", target.id))
            else:
                self.target(target, ())

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            self._imported(name, alias.name if alias.asname else name)

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self.out.star = (module, node.lineno)
                continue
            separator = "" if module.endswith(".") else "."
            self._imported(alias.asname or alias.name, f"{module}{separator}{alias.name}")

    def _imported(self, name: str, path: str) -> None:
        self.bind(name)
        if self._inside and name not in self._declared:
            # an import inside a function: its local name stands for the dotted path
            self.out.imports[f".{name}"] = path
        elif self._class is None:
            self.out.imports[name] = path

    def _global(self, node: ast.Global) -> None:
        self._declared = self._declared | frozenset(node.names)
        self.envs = tuple(
            {k: v for k, v in env.items() if k not in self._declared} for env in self.envs
        )

    def _if(self, node: ast.If) -> None:
        self.expr(node.test)
        before = self._bound
        one = self.branch(node.body, before)
        other = self.branch(node.orelse, before)
        self._meet(one & other)

    def _meet(self, names: set[str]) -> None:
        """Names bound on every branch are bound for certain."""
        self._bound = names
        if self._branch == 0 and not self._inside and self._class is None:
            for name in names:
                self.out.binds[name] = True

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        self.out.loops = True
        roots = self.expr(node.iter)
        before = set(self._bound)
        self._branch += 1
        self.target(node.target, roots)
        self._branch -= 1
        self.branch(node.body, self._bound)
        self.branch(node.orelse, before)
        self._bound = before

    def _while(self, node: ast.While) -> None:
        self.out.loops = True
        self.expr(node.test)
        before = self._bound
        self.branch(node.body, before)
        self.branch(node.orelse, before)
        self._bound = before

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            roots = self.expr(item.context_expr)
            if item.optional_vars is not None:
                self.target(item.optional_vars, roots)
        self.body(node.body)

    def _try(self, node: Any) -> None:
        before = self._bound
        done = self.branch(node.body, before)
        done = self.branch(node.orelse, done)
        for handler in node.handlers:
            if handler.type is not None:
                self.expr(handler.type)
            caught = set(before)
            if handler.name and not self._inside:
                caught.add(handler.name)
            end = self.branch(handler.body, caught) - ({handler.name} - before)
            if not _leaves(handler.body):
                done = done & end
        self._meet(done)
        self.body(node.finalbody)

    def _match(self, node: Any) -> None:
        subject = self.expr(node.subject)
        before = self._bound
        for case in node.cases:
            self._bound = set(before)
            self._branch += 1
            self._pattern(case.pattern, subject)
            if case.guard is not None:
                self.expr(case.guard)
            self.body(case.body)
            self._branch -= 1
        self._bound = before

    def _pattern(self, pattern: Any, subject: Roots) -> None:
        for node in ast.walk(pattern):
            name = getattr(node, "name", None) or getattr(node, "rest", None)
            if isinstance(name, str):
                self.bind(name, subject)
            if isinstance(node, (ast.MatchValue, ast.MatchClass)):
                self.expr(node.value if isinstance(node, ast.MatchValue) else node.cls)

    def _return(self, node: ast.Return) -> None:
        if node.value is not None:
            self.out.returns += self.expr(node.value)

    def _define(self, name: str, node: Any) -> None:
        """A function, or a lambda with a name: defaults and decorators now, body when called."""
        self._signature(node)
        if self._inside:
            self._inner_function(node)
            self.bind(name)
            return
        definition = Definition(name, node, self._outer_envs(), self.future)
        if self._class is None:
            self.out.functions[name] = definition
            self.bind(name)
        else:
            self.bind(name)
        self._postpone(definition)

    def _postpone(self, definition: Definition) -> None:
        body = definition.body
        self.out.later.update(body.reads)
        self.out.later.update(body.soft)
        self.out.later.update(body.later)
        self.out.hints.update(body.hints)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.expr(decorator)
        self._define(node.name, node)
        if node.decorator_list and not self._inside:
            self._decorated(node)

    def _decorated(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self._plain_call(decorator, ((node.name,),))

    def _plain_call(self, function: ast.expr, arguments: tuple[Roots, ...]) -> None:
        """Record that `function` is called although no call stands in the source."""
        root, path = _dotted(function)
        if root is not None and not any(root in env for env in self.envs):
            self._record(Call(0, root, path, (), arguments, (), True, False, function.lineno))

    def _outer_envs(self) -> tuple[dict[str, Roots], ...]:
        """What a function body sees around itself: not the names of the class it stands in."""
        return tuple(env for env in self.envs if env is not self._class)

    def _signature(self, node: Any) -> None:
        arguments = node.args
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if isinstance(default, ast.Name):
                if default.id not in self.out.reads:
                    self.out.references.add(default.id)
                self.read(default.id, default.lineno)
            elif default is not None:
                self.expr(default)
        if isinstance(node, ast.Lambda):
            return
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            self.annotation(argument.annotation)
        for argument in (arguments.vararg, arguments.kwarg):
            if argument is not None:
                self.annotation(argument.annotation)
        self.annotation(node.returns)

    def annotation(self, node: ast.expr | None) -> None:
        if node is None:
            return
        if self.future:
            self._hint(node)
        else:
            self.expr(node)
        if isinstance(node, (ast.Constant, ast.Subscript, ast.BinOp)):
            self._quoted(node)

    def _quoted(self, node: ast.expr) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                try:
                    self._hint(ast.parse(part.value, mode="eval").body)
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    continue  # Literal["some words"]

    def _hint(self, node: ast.expr) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and not any(part.id in env for env in self.envs):
                self.out.hints.setdefault(part.id, getattr(node, "lineno", 0))

    def _inner_function(self, node: Any) -> None:
        """A function in a function: what it does counts as done by the outer one."""
        saved = self.envs, self._declared, self._class
        own = locals_of(node)
        self._declared = own.declared
        self._class = None
        self.envs = (*self._without(saved[2]), {n: (f".{n}",) for n in own.names})
        returns = self.out.returns
        if isinstance(node, ast.Lambda):
            self.expr(node.body)
        else:
            self.body(node.body)
        self.out.returns = returns if not isinstance(node, ast.Lambda) else returns
        self.envs, self._declared, self._class = saved

    def _without(self, class_env: dict[str, Roots] | None) -> tuple[dict[str, Roots], ...]:
        return tuple(env for env in self.envs if env is not class_env)

    def function_body(self, node: Any) -> None:
        own = locals_of(node)
        self._declared = own.declared
        self.envs = (
            *({k: v for k, v in e.items() if k not in own.declared} for e in self.envs),
            {n: (f".{n}",) for n in own.names},
        )
        if isinstance(node, ast.Lambda):
            self.out.returns = self.expr(node.body)
        else:
            self.body(node.body)

    def _class_def(self, node: ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self.expr(decorator)
        bases: Roots = ()
        for base in node.bases:
            bases += self.expr(base)
        for keyword in node.keywords:
            self.expr(keyword.value)
        saved, outer = self._class, self.envs
        inside, bound = self._inside, self._bound
        own: dict[str, Roots] = {}
        self._class, self.envs = own, (*self.envs, own)
        self.body(node.body)
        self._class, self.envs = saved, outer
        self._inside, self._bound = inside, bound
        if not self._inside and self._class is None:
            definition = Definition(node.name, node, self.envs, self.future, bases=bases)
            definition.methods = {
                item.name: Definition(item.name, item, self.envs, self.future)
                for item in node.body
                if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))
            }
            self.out.functions[node.name] = definition
        self.bind(node.name)
        if node.decorator_list and not self._inside and self._class is None:
            self._decorated(node)

    # Expressions: each answers with its roots

    def expr(self, node: ast.expr) -> Roots:
        return _EXPRESSIONS.get(type(node), _Walk._parts)(self, node)

    def _parts(self, node: ast.expr) -> Roots:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.expr(child)
        return ()

    def _constant(self, node: ast.Constant) -> Roots:
        return ()

    def _name(self, node: ast.Name) -> Roots:
        return self.read(node.id, node.lineno)

    def _attribute(self, node: ast.Attribute) -> Roots:
        return self.expr(node.value)

    def _subscript(self, node: ast.Subscript) -> Roots:
        roots = self.expr(node.value)
        self.expr(node.slice)
        return () if is_fancy_index(node.slice) else roots

    def _elements(self, node: ast.Tuple | ast.List | ast.Set) -> Roots:
        roots: Roots = ()
        for element in node.elts:
            roots += self.expr(element)
        return roots

    def _dict(self, node: ast.Dict) -> Roots:
        roots: Roots = ()
        for key in node.keys:
            if key is not None:
                self.expr(key)
        for value in node.values:
            roots += self.expr(value)
        return roots

    def _bin_op(self, node: ast.BinOp) -> Roots:
        left, right = self.expr(node.left), self.expr(node.right)
        displays = (ast.List, ast.Tuple, ast.ListComp, ast.Dict)
        if isinstance(node.left, displays) or isinstance(node.right, displays):
            return left + right
        return ()

    def _bool_op(self, node: ast.BoolOp) -> Roots:
        roots: Roots = ()
        for value in node.values:
            roots += self.expr(value)
        return roots

    def _if_exp(self, node: ast.IfExp) -> Roots:
        self.expr(node.test)
        return self.expr(node.body) + self.expr(node.orelse)

    def _named(self, node: ast.NamedExpr) -> Roots:
        roots = self.expr(node.value)
        self.bind(node.target.id, roots)
        return roots

    def _starred(self, node: ast.Starred) -> Roots:
        return self.expr(node.value)

    def _await(self, node: ast.Await) -> Roots:
        self.out.awaits = self.out.awaits or not self._inside
        return self.expr(node.value)

    def _lambda(self, node: ast.Lambda) -> Roots:
        """A lambda that is handed on may be called at once or never."""
        self._signature(node)
        if self._inside:
            self._inner_function(node)
            return ()
        body = Definition("<lambda>", node, self._outer_envs(), self.future).body
        for name, line in {**body.reads, **body.soft}.items():
            if name not in self._bound:
                self.out.soft.setdefault(name, line)
            self.out.later.setdefault(name, line)
        self._renumbered(body)
        return ()

    def _renumbered(self, body: Effects) -> None:
        """Take over what a lambda's body does, as if it were done here."""
        shift = self.out.calls
        for op in body.ops:
            call = op.call
            if call is not None:
                call.index += shift
            self.out.ops.append(
                Op(op.kind, op.name, _shifted(op.roots, shift), _shifted(op.other, shift), call)
            )
        self.out.calls += body.calls

    def _comprehension(self, node: Any) -> Roots:
        outer = self.envs
        for generator in node.generators:
            roots = self.expr(generator.iter)
            own = {
                part.id: roots for part in ast.walk(generator.target) if isinstance(part, ast.Name)
            }
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

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> Roots:
        if node.value is not None:
            self.out.returns += self.expr(node.value)
        return ()

    def _call(self, node: ast.Call) -> Roots:
        return self.call(node, used=True)

    def call(self, node: ast.Call, *, used: bool) -> Roots:
        root, path = _dotted(node.func)
        receiver: Roots = ()
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
        arguments = tuple([self.expr(argument) for argument in node.args])
        keywords = tuple([(k.arg, self.expr(k.value)) for k in node.keywords])
        inplace = any(
            k.arg == "inplace" and not (isinstance(k.value, ast.Constant) and not k.value.value)
            for k in node.keywords
        )
        call = Call(0, root, path, receiver, arguments, keywords, used, inplace, node.lineno)
        return (self._record(call),)

    def _record(self, call: Call) -> int:
        call.index = self.out.calls
        self.out.calls += 1
        self.out.ops.append(Op("call", call=call))
        return call.index


def _shifted(roots: Roots, shift: int) -> Roots:
    return tuple([r + shift if isinstance(r, int) else r for r in roots])


def _dotted(node: ast.expr) -> tuple[str | None, tuple[str, ...]]:
    """`a.b.c` -> ("a", ("b", "c")); (None, ()) for anything else."""
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        path.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        return node.id, tuple(reversed(path))
    return None, ()


def _leaves(body: Sequence[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], (ast.Raise, ast.Return, ast.Continue, ast.Break))


_Visit = Callable[[_Walk, Any], Any]
_STATEMENTS: dict[type, _Visit] = {
    ast.Expr: _Walk._expr_statement,
    ast.Assign: _Walk._assign,
    ast.AnnAssign: _Walk._ann_assign,
    ast.AugAssign: _Walk._aug_assign,
    ast.Delete: _Walk._delete,
    ast.Import: _Walk._import,
    ast.ImportFrom: _Walk._import_from,
    ast.Global: _Walk._global,
    ast.If: _Walk._if,
    ast.For: _Walk._for,
    ast.AsyncFor: _Walk._for,
    ast.While: _Walk._while,
    ast.With: _Walk._with,
    ast.AsyncWith: _Walk._with,
    ast.Try: _Walk._try,
    ast.Match: _Walk._match,
    ast.Return: _Walk._return,
    ast.FunctionDef: _Walk._function,
    ast.AsyncFunctionDef: _Walk._function,
    ast.ClassDef: _Walk._class_def,
}
if hasattr(ast, "TryStar"):
    _STATEMENTS[ast.TryStar] = _Walk._try
_EXPRESSIONS: dict[type, _Visit] = {
    ast.Constant: _Walk._constant,
    ast.Name: _Walk._name,
    ast.Attribute: _Walk._attribute,
    ast.Subscript: _Walk._subscript,
    ast.Tuple: _Walk._elements,
    ast.List: _Walk._elements,
    ast.Set: _Walk._elements,
    ast.Dict: _Walk._dict,
    ast.BinOp: _Walk._bin_op,
    ast.BoolOp: _Walk._bool_op,
    ast.IfExp: _Walk._if_exp,
    ast.NamedExpr: _Walk._named,
    ast.Starred: _Walk._starred,
    ast.Await: _Walk._await,
    ast.Lambda: _Walk._lambda,
    ast.ListComp: _Walk._comprehension,
    ast.SetComp: _Walk._comprehension,
    ast.GeneratorExp: _Walk._comprehension,
    ast.DictComp: _Walk._comprehension,
    ast.Yield: _Walk._yield,
    ast.YieldFrom: _Walk._yield,
    ast.Call: _Walk._call,
}
