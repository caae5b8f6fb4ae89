"""What shipped code names outside of itself: files that it reads, hosts that it talks to.

As far as it can be read: names that are put together while it runs are not seen.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from jupyter_modelship.model import Slice

_HOST = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/@\s]*@)?(\[[0-9a-f:]+\]|[a-z0-9.-]+)", re.IGNORECASE)
_READERS = frozenset({"open", "load", "loadtxt", "genfromtxt", "fromfile", "Path"})


def reads(piece: Slice) -> tuple[str, ...]:
    """Paths that the shipped statements open, sorted."""
    return tuple(sorted({path for node in _nodes(piece) for path in _read(node)}))


def hosts(piece: Slice) -> tuple[str, ...]:
    """Hosts in the addresses that the shipped statements hold, sorted."""
    texts = (
        node.value
        for node in _nodes(piece)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return tuple(
        sorted({found.lower().rstrip(".") for text in texts for found in _HOST.findall(text)})
    )


def _nodes(piece: Slice) -> Iterator[ast.AST]:
    for statement in piece.statements:
        yield from ast.walk(ast.parse(statement.text))


def _read(node: ast.AST) -> Iterator[str]:
    if not isinstance(node, ast.Call) or not node.args:
        return
    called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    called = node.func.id if isinstance(node.func, ast.Name) else called
    first = node.args[0]
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return
    if (called in _READERS or called.startswith("read_")) and "://" not in first.value:
        yield first.value
