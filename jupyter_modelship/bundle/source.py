"""Python source of our own making: from syntax trees, quoted and laid out as people would."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Sequence

from jupyter_modelship.errors import ModelshipError

WIDTH = 100
_LINE_END = re.compile(r"\r\n|\r|\n")


def one_line(text: str, *, limit: int = 72) -> str:
    """`text` as one printable line: nothing that ends a line, turns it round or hides in it."""
    words = " ".join("".join(map(_shown, text)).split())
    return words if len(words) <= limit else f"{words[: limit - 1].rstrip()}…"


def _shown(char: str) -> str:
    if char.isprintable() or char.isspace():
        return char
    return "\N{REPLACEMENT CHARACTER}"


def source_lines(text: str) -> list[str]:
    """The lines of `text` as Python counts them, which is not as `str.splitlines` does."""
    return _LINE_END.split(text)


def written(node: ast.AST) -> str:
    """The source of a tree, its strings in double quotes where that needs no escape."""
    text = ast.unparse(ast.fix_missing_locations(node))
    lines = text.split("\n")
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(text).readline))):
        if token.type == tokenize.STRING and re.fullmatch(r"'[^'\"]*'", token.string):
            row, start, end = token.start[0] - 1, token.start[1], token.end[1]
            lines[row] = f'{lines[row][:start]}"{token.string[1:-1]}"{lines[row][end:]}'
    return "\n".join(lines)


def loaded(node: ast.expr) -> ast.expr:
    """`node` with the context that reading a value has, where its maker has left that out."""
    for part in ast.walk(node):
        if "ctx" in part._fields and not hasattr(part, "ctx"):
            part.ctx = ast.Load()  # type: ignore[attr-defined] # the field is in _fields
    return node


def literal(value: str | bytes | float | bool | None) -> ast.expr:
    """The tree that Python reads where the value is written; -1.0 is no constant there."""
    return ast.parse(repr(value), mode="eval").body


def name(identity: str) -> ast.Name:
    return ast.Name(identity, ast.Load())


def attribute(owner: str, member: str) -> ast.Attribute:
    return ast.Attribute(name(owner), member, ast.Load())


def call(
    function: ast.expr, *args: ast.expr, keywords: Iterable[tuple[str, ast.expr]] = ()
) -> ast.Call:
    return ast.Call(function, list(args), [ast.keyword(key, value) for key, value in keywords])


def assign(target: str, value: ast.expr) -> ast.Assign:
    return ast.Assign([ast.Name(target, ast.Store())], value, lineno=0)


def import_from(module: str, names: Sequence[tuple[str, str]]) -> ast.ImportFrom:
    """`from module import names`: pairs of a name there and its name here. In isort's order."""
    pairs = sorted(names, key=lambda pair: (_rank(pair[0]), pair[0]))
    aliases = [ast.alias(there, None if there == here else here) for there, here in pairs]
    return ast.ImportFrom(module, aliases, 0)


def _rank(identity: str) -> int:
    if identity.isupper() and len(identity) > 1:
        return 0
    return 1 if identity[:1].isupper() else 2


def laid_out(node: ast.stmt) -> list[str]:
    """The lines of a statement of ours: on one line where it fits, else one argument a line."""
    line = written(node)
    outer = node.value if isinstance(node, (ast.Assign, ast.Expr)) else None
    if len(line) <= WIDTH or not isinstance(outer, ast.Call):
        return line.split("\n")
    head = f"{written(outer.func)}("
    if isinstance(node, ast.Assign):
        head = f"{written(node.targets[0])} = {head}"
    arguments = [written(arg) for arg in outer.args]
    arguments += [f"{word.arg}={written(word.value)}" for word in outer.keywords]
    return [head, *(f"    {argument}," for argument in arguments), ")"]


def parsed(text: str, what: str) -> list[ast.stmt]:
    """The statements of `text`; ModelshipError says that `what` is no Python."""
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ModelshipError(
            f"{what} is no Python that this interpreter can read: {one_line(str(error))}",
            remedy="run jupyter_modelship with the Python version of the notebook's kernel",
        ) from error


def same(one: Sequence[ast.stmt], other: Sequence[ast.stmt]) -> bool:
    """Whether two programs have the same structure and the same literals."""
    return len(one) == len(other) and all(
        ast.dump(mine) == ast.dump(theirs) for mine, theirs in zip(one, other, strict=True)
    )
