"""Which modules Python source imports, by dotted name, and which of them it can do without."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jupyter_modelship.model import KernelFacts, Slice

_FORGIVING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


@dataclass(frozen=True, slots=True)
class Import:
    """`import module`, or with `name`: `from module import name`, a submodule or not."""

    module: str
    name: str | None = None
    optional: bool = False
    """Under `try … except ImportError` or `if TYPE_CHECKING`."""

    @property
    def dotted(self) -> str:
        """The longest name that may be a module's."""
        return self.module if self.name in (None, "*") else f"{self.module}.{self.name}"


def imports(tree: ast.AST, *, package: str = "") -> Iterator[Import]:
    """All imports in `tree`, also those in functions; relative ones count from `package`."""
    yield from _walk(tree, package, optional=False)


def _walk(node: ast.AST, package: str, *, optional: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(alias.name, None, optional)
    elif isinstance(node, ast.ImportFrom):
        module = _absolute(node, package)
        for alias in node.names if module else ():
            yield Import(module, alias.name, optional)
    elif isinstance(node, ast.Try) and any(_forgives(h) for h in node.handlers):
        yield from _all(node.body, package, optional=True)
        rest = [*(s for h in node.handlers for s in h.body), *node.orelse, *node.finalbody]
        # `except ImportError: import other`: one of the two is needed, nobody can say which.
        yield from _all(rest, package, optional=True)
    elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        yield from _all(node.body, package, optional=True)
        yield from _all(node.orelse, package, optional=optional)
    else:
        yield from _all(ast.iter_child_nodes(node), package, optional=optional)


def _all(nodes: Iterable[ast.AST], package: str, *, optional: bool) -> Iterator[Import]:
    for node in nodes:
        yield from _walk(node, package, optional=optional)


def _forgives(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (ast.unparse(kind) in _FORGIVING) for kind in kinds)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """The module's full name; empty where a relative import leads above the top."""
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    if node.level > len(parts):
        return ""
    above = parts[: len(parts) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def imports_of(cut: Slice, facts: KernelFacts) -> tuple[str, ...]:
    """Dotted names of the modules that the shipped statements import, sorted.

    Finer than `Slice.modules`, which names packages only by their first word: parts of a namespace
    have owners of their own. What the code can do without counts where the kernel has it.
    """
    found: set[str] = set()
    for statement in cut.statements:
        try:
            tree = ast.parse(statement.text)
        except (SyntaxError, ValueError, RecursionError):
            return cut.modules
        for entry in imports(tree):
            if not entry.optional or entry.module.split(".")[0] in facts.owners:
                found.add(entry.dotted)
    return tuple(sorted(found))
