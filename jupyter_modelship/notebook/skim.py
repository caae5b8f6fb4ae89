"""A first glance at every cell, cheap enough for hundreds: which names it may have to do with.

A slice concerns few cells of a long notebook. Each cell is parsed once for its errors and its
top-level bindings and then let go; only those that may matter are looked into (`relevance.py`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .knowledge import words

_WORD = re.compile(r"[^\W\d]\w*")
_ASCII_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_WALRUS = re.compile(r"([^\W\d]\w*)\s*:=")
_GLOBAL = re.compile(r"\bglobal\s+([\w, ]+)")
_ALWAYS = words("""
    seed manual_seed manual_seed_all set_seed set_random_seed setstate set_state environ putenv
    unsetenv chdir umask setrecursionlimit setlocale filterwarnings simplefilter resetwarnings
    seterr seterrcall set_start_method use_deterministic_algorithms set_default_dtype
    set_default_device set_num_threads set_grad_enabled setcontext setdefaulttimeout load_dotenv
    set_config __future__ random path modules backends getcontext DefaultContext
""")
"""Words of calls that change the process for everybody (`knowledge.SEEDS`, `PROCESS_CALLS`)."""
_FEW = 64
_CONFIGURING = re.compile(
    r"\b(?:set_\w|enable_\w|disable_\w|(?:addHandler|append|basicConfig|clear|config|configure|extend"
    r"|init|insert|pop|register|remove|reset_option|set|setLevel|setdefault|setup|update|use)\b)"
)
"""Names by which `knowledge.is_configuring` knows a call that sets something in a module."""


@dataclass(slots=True, eq=False)
class Skim:
    """What a glance at a cell tells."""

    text: str = ""
    imports: dict[str, str] = field(default_factory=dict)
    """Names that imports bind, with what they load; "" in a block, where nothing is certain."""
    binds: set[str] = field(default_factory=set)
    """Names bound at top level in another way."""
    callables: set[str] = field(default_factory=set)
    """Of these, names of functions and classes, and other names for them."""
    assigned: set[str] = field(default_factory=set)
    """Roots of `root.attribute = …` and `root[…] = …`."""
    functions: bool = False
    everywhere: bool = False
    """Whether it may change things that it does not name."""
    _words: set[str] | None = None

    @property
    def words(self) -> set[str]:
        """Every identifier that stands anywhere in the cell."""
        if self._words is None:
            pattern = _ASCII_WORD if self.text.isascii() else _WORD
            self._words = set(pattern.findall(self.text))
        return self._words

    def mentions(self, names: set[str] | frozenset[str]) -> set[str]:
        """Those of `names` that stand in the cell. Few names are looked for without words."""
        if self._words is None and len(names) < _FEW:
            text = self.text
            for name in names:
                if name in text:
                    break
            else:
                return set()
        return self.words & names

    @property
    def configures(self) -> bool:
        """Whether it may set something in a module."""
        return _CONFIGURING.search(self.text) is not None


def suspects(texts: Iterable[str]) -> frozenset[str]:
    """Words that a notebook holds anywhere of those that make a cell matter for all others."""
    everything = "\n".join(texts)
    return frozenset(word for word in _ALWAYS if word in everything)


def skim(text: str, statements: Sequence[ast.stmt], suspected: frozenset[str] = _ALWAYS) -> Skim:
    """A glance at a cell's Python. `suspected`: what `suspects` gave for the whole notebook."""
    found = Skim(text)
    found.everywhere = bool(suspected and found.mentions(suspected))
    _look(statements, found)
    if ":=" in text:
        found.binds.update(_WALRUS.findall(text))
    if "global " in text:
        for names in _GLOBAL.findall(text):
            found.binds.update(_WORD.findall(names))
    return found


def _look(statements: Sequence[ast.stmt], found: Skim) -> None:
    for node in statements:
        look = _LOOKS.get(type(node))
        if look is not None:
            look(node, found)


def _assign(node: ast.Assign, found: Skim) -> None:
    for target in node.targets:
        if type(target) is ast.Name:
            found.binds.add(target.id)
            if type(node.value) in (ast.Name, ast.Lambda):
                found.callables.add(target.id)
        else:
            _target(target, found)


def _single(node: Any, found: Skim) -> None:
    _target(node.target, found)


def _target(target: ast.expr, found: Skim) -> None:
    if isinstance(target, ast.Name):
        found.binds.add(target.id)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            _target(element, found)
    elif isinstance(target, ast.Starred):
        _target(target.value, found)
    else:
        while isinstance(target, (ast.Attribute, ast.Subscript)):
            target = target.value
        if isinstance(target, ast.Name):
            found.assigned.add(target.id)


def _delete(node: ast.Delete, found: Skim) -> None:
    for target in node.targets:
        _target(target, found)


def _import(node: ast.Import, found: Skim) -> None:
    for alias in node.names:
        found.imports[alias.asname or alias.name.partition(".")[0]] = alias.name


def _import_from(node: ast.ImportFrom, found: Skim) -> None:
    for alias in node.names:
        if alias.name == "*":
            found.everywhere = True
        loaded = f"{'.' * node.level}{node.module}:{alias.name}"
        found.imports[alias.asname or alias.name] = loaded


def _definition(node: Any, found: Skim) -> None:
    found.binds.add(node.name)
    found.callables.add(node.name)
    if not isinstance(node, ast.ClassDef):
        found.functions = True


def _block(node: Any, found: Skim) -> None:
    before = dict(found.imports)
    if isinstance(node, (ast.For, ast.AsyncFor)):
        _target(node.target, found)
    for item in getattr(node, "items", ()):
        if item.optional_vars is not None:
            _target(item.optional_vars, found)
    for handler in getattr(node, "handlers", ()):
        _look(handler.body, found)
    for part in ("body", "orelse", "finalbody"):
        _look(getattr(node, part, ()), found)
    if found.imports != before:
        found.imports = {name: before.get(name, "") for name in found.imports}


def _match(node: ast.Match, found: Skim) -> None:
    found.binds.update(found.words)  # captures may stand anywhere in a pattern


_LOOKS: dict[type, Any] = {
    ast.Assign: _assign,
    ast.AnnAssign: _single,
    ast.AugAssign: _single,
    ast.Delete: _delete,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.FunctionDef: _definition,
    ast.AsyncFunctionDef: _definition,
    ast.ClassDef: _definition,
    ast.If: _block,
    ast.For: _block,
    ast.AsyncFor: _block,
    ast.While: _block,
    ast.With: _block,
    ast.AsyncWith: _block,
    ast.Try: _block,
    getattr(ast, "TryStar", ast.Try): _block,
    ast.Match: _match,
}
if hasattr(ast, "TypeAlias"):
    _LOOKS[ast.TypeAlias] = lambda node, found: found.binds.add(node.name.id)
