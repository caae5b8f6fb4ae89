"""What a statement does to names: binds, reads now, reads when called, may change, may share.

One pass over a statement's tree. Every expression answers with its *roots*: the names whose
objects its value may share (`model` for `model.steps[0]`, nothing for `len(model)`). A number
among the roots stands for the result of the call with that index, which only the flow over the
whole notebook can tell (`flow.py`). Bodies of functions are visited when somebody asks.

A name that begins with "." is local to a function body.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

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


@dataclass(slots=True, eq=False)
class Op:
    """One step: bind, maybe, delete, link, capture, mutate, hold, setting, process or call."""

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
    bodies: list[Definition] = field(default_factory=list)
    """Function bodies in it: what they read, they read when they are called."""
    hints: dict[str, int] = field(default_factory=dict)
    """Names in annotations that Python does not evaluate."""
    binds: dict[str, bool] = field(default_factory=dict)
    """Names it binds; False where only some paths do."""
    deletes: set[str] = field(default_factory=set)
    ops: list[Op] = field(default_factory=list)
    functions: dict[str, Definition] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    """Name -> dotted path of what it imports."""
    submodules: set[tuple[str, str]] = field(default_factory=set)
    """(`xml`, `xml.etree`) of `import xml.etree`, which binds `xml` and loads more."""
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
    visited: Effects | None = None
    """What calling it does, once somebody has asked (`walk.body_of`)."""

    @property
    def is_class(self) -> bool:
        return isinstance(self.node, ast.ClassDef)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters in the order in which positional arguments fill them."""
        if isinstance(self.node, ast.ClassDef):
            return ()
        arguments = self.node.args
        found = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        if arguments.vararg:
            found.append(arguments.vararg.arg)
        found += [a.arg for a in arguments.kwonlyargs]
        if arguments.kwarg:
            found.append(arguments.kwarg.arg)
        return tuple(found)
