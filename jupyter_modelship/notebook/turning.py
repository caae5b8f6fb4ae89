"""A cell that ends in a call such as `model.predict(X)`, turned into a function and a call of it.

The cell goes on doing what it did: all but its last statement stays as it is, and that one calls
the function where it said the expression itself. So the cell is an example, too.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jupyter_modelship.model import Candidate

from .knowledge import words
from .statements import Code, first_line

PREDICTING = words("predict predict_proba decision_function transform forward generate")
_FORMS = words("bool float int list max min round sorted str tuple")
"""Built-ins that give a result another form, and belong to it."""
_INPUT = "rows"
"""What a parameter is called where the notebook has no name for it."""


@dataclass(frozen=True, slots=True)
class Turned:
    """What the cell could be."""

    name: str
    parameters: tuple[str, ...]
    definition: str
    """The function alone."""
    source: str
    """The whole cell."""
    line: int
    """Of the call, in the cell as it is."""
    target: str
    """What it calls, e.g. `model.predict`."""


def may_turn(code: Code) -> bool:
    """Whether a cell has to be looked into for a call that could be served."""
    return any(f".{method}" in code.cell.source for method in PREDICTING)


def offers(codes: Sequence[Code]) -> tuple[tuple[Code, Turned], ...]:
    """The cells of a notebook that could be turned, in order; of one callee the last."""
    names = _Names(codes)
    written = [code for code in codes if code.cell.source.strip()]
    found: dict[str, tuple[Code, Turned]] = {}
    for code in codes:
        turned = None
        if may_turn(code) or code is written[-1]:
            turned = _turned(code, names, any_object=code is written[-1])
        if turned is not None:
            found.pop(turned.target, None)
            found[turned.target] = (code, turned)
    return tuple(found.values())


def candidate(code: Code, turned: Turned) -> Candidate:
    """As it is offered."""
    return Candidate(
        function=turned.name,
        cell=code.cell.id,
        number=code.cell.number,
        signature=f"{turned.name}({', '.join(turned.parameters)})",
        kind="call",
        source=turned.source,
    )


class _Names:
    """What the notebook's names are, as far as a glance tells."""

    def __init__(self, codes: Sequence[Code]) -> None:
        self.imported = {name for code in codes for name in code.skim.imports}
        self.callable = {name for code in codes for name in code.skim.callables}
        self.bound = {name for code in codes for name in code.skim.binds} | self.imported

    def is_data(self, name: str) -> bool:
        return not (name in self.imported or name in self.callable or hasattr(builtins, name))

    def fresh(self, wanted: str) -> str:
        """A name for a function that nothing in the notebook has."""
        names = [wanted, "predict", f"serve_{wanted}", *(f"{wanted}_{n}" for n in range(2, 1000))]
        return next(name for name in names if name not in self.bound)


def _turned(code: Code, names: _Names, *, any_object: bool) -> Turned | None:
    statements = code.statements
    last = statements[-1] if statements else None
    if not isinstance(last, (ast.Expr, ast.Assign)) or _shares_line(code, last):
        return None
    call = _call(last.value, names, any_object=any_object)
    if call is None or any(isinstance(part, ast.Await) for part in ast.walk(last)):
        return None
    whole = _result(last.value, call)
    inputs = tuple(dict.fromkeys(_inputs(call, names)))
    method = call.func.attr if isinstance(call.func, ast.Attribute) else "predict"
    name = names.fresh(method)
    body, arguments = _body(code, whole, call, inputs)
    parameters = inputs or ((_INPUT,) if arguments else ())
    definition = f"def {name}({', '.join(parameters)}):\n    return {body}"
    says = _replaced(code, last, whole, f"{name}({', '.join(inputs or arguments)})")
    return Turned(
        name,
        parameters,
        definition,
        _cell(code, last, definition, says),
        call.lineno,
        ast.unparse(call.func),
    )


def _shares_line(code: Code, last: ast.stmt) -> bool:
    """With another statement, or with a magic that the parser does not see."""
    before = code.statements[-2] if len(code.statements) > 1 else None
    beside = before is not None and (before.end_lineno or 0) >= first_line(last)
    return beside or any(magic.line >= last.lineno for magic in code.cleaned.magics)


def _call(value: ast.expr, names: _Names, *, any_object: bool) -> ast.Call | None:
    """The call in `value` that a service could answer."""
    for part in ast.walk(value):
        if not isinstance(part, ast.Call):
            continue
        function = part.func
        if isinstance(function, ast.Attribute) and function.attr in PREDICTING:
            fits = isinstance(function.value, (ast.Name, ast.Attribute))
        elif any_object and isinstance(function, ast.Name):
            fits = names.is_data(function.id) and function.id in names.bound
        else:
            continue
        if fits and _given(part):
            return part
    return None


def _given(call: ast.Call) -> bool:
    plain = not any(isinstance(one, ast.Starred) for one in call.args)
    return plain and bool(call.args or call.keywords)


def _result(value: ast.expr, call: ast.Call) -> ast.expr:
    """The largest part of `value` that only gives the call's result another form."""
    parents = {
        child: parent for parent in ast.walk(value) for child in ast.iter_child_nodes(parent)
    }
    found: ast.expr = call
    while found is not value:
        parent = parents[found]
        if isinstance(parent, ast.Attribute) or _is_form(parent, found):
            found = parent  # type: ignore[assignment] # both are expressions
        elif isinstance(parent, ast.Subscript) and isinstance(parent.value, _PLAIN):
            found = parent
        else:
            break
    # `model.predict(X).mean` without its call is no result.
    return found.value if isinstance(found, ast.Attribute) and found is not value else found


_PLAIN = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)


def _is_form(parent: ast.AST, child: ast.expr) -> bool:
    """Whether `parent` is a call that takes the result and nothing else of the notebook's."""
    if not isinstance(parent, ast.Call) or parent.keywords:
        return False
    if parent.func is child:
        return not parent.args
    others = [one for one in parent.args if one is not child]
    constant = all(isinstance(one, ast.Constant) for one in others)
    if isinstance(parent.func, ast.Name):
        return parent.func.id in _FORMS and constant
    return isinstance(parent.func, ast.Attribute) and parent.args[0] is child and constant


def _inputs(call: ast.Call, names: _Names) -> Iterator[str]:
    """Names that the call is given data by, in order."""
    for argument in call.args or [keyword.value for keyword in call.keywords]:
        yield from _data(argument, names)


def _data(node: ast.AST, names: _Names) -> Iterator[str]:
    """Of `scaler.transform(X[columns])` that is X: neither who works on it nor what is picked."""
    if isinstance(node, ast.Name):
        if names.is_data(node.id):
            yield node.id
    elif isinstance(node, ast.Call):
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        found = [name for one in given for name in _data(one, names)]
        if not found and isinstance(node.func, ast.Attribute):
            found = list(_data(node.func.value, names))
        yield from found
    elif isinstance(node, (ast.Attribute, ast.Subscript)):
        yield from _data(node.value, names)
    elif not isinstance(node, (ast.Lambda, ast.comprehension)):
        for child in ast.iter_child_nodes(node):
            yield from _data(child, names)


def _body(
    code: Code, whole: ast.expr, call: ast.Call, inputs: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    """What the function returns; and where nothing in it has a name, what it is called with."""
    if inputs or not call.args:
        return _text(code, whole), ()
    first = call.args[0]
    argument = ast.unparse(first)
    call.args[0] = ast.Name(_INPUT)
    try:
        return ast.unparse(whole), (argument,)
    finally:
        call.args[0] = first


def _text(code: Code, node: ast.expr) -> str:
    """As it is written where that is one line."""
    written = ast.get_source_segment(code.cleaned.text, node)
    return written if written and "\n" not in written else ast.unparse(node)


def _replaced(code: Code, last: ast.Expr | ast.Assign, whole: ast.expr, says: str) -> str:
    """The last statement with `says` in the place of `whole`."""
    in_text = any(isinstance(part, ast.JoinedStr) for part in ast.walk(last))
    if last.end_lineno == last.lineno and not in_text:
        line = code.lines[last.lineno - 1].encode()
        start, end = whole.col_offset, whole.end_col_offset
        return (line[:start] + says.encode() + line[end:]).decode()
    return ast.unparse(_Replace(whole, ast.parse(says, mode="eval").body).visit(last))


class _Replace(ast.NodeTransformer):
    """Not in place: the statement belongs to others, too."""

    def __init__(self, old: ast.expr, new: ast.expr) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self._old:
            return self._new
        return self.generic_visit(type(node)(**dict(ast.iter_fields(node))))


def _cell(code: Code, last: ast.stmt, definition: str, says: str) -> str:
    lines = code.cell.source.split("\n")
    above = "\n".join(lines[: last.lineno - 1]).rstrip()
    below = "\n".join(lines[last.end_lineno or last.lineno :])
    whole = f"{definition}\n\n\n{says}"
    if above:
        comment = above.splitlines()[-1].startswith("#")
        whole = f"{above}\n{whole}" if comment else f"{above}\n\n\n{whole}"
    return f"{whole}\n{below}" if below.strip() else whole
