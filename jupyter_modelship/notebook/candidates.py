"""What could be served, in a notebook that does not say so."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from jupyter_modelship.model import Candidate

from .endpoints import functions, signature
from .reports import Reports
from .statements import Code
from .units import Unit
from .wording import cell_label, listed

_PREDICTING = frozenset({"predict", "predict_proba", "transform", "forward", "generate"})


def candidates(units: Sequence[Unit]) -> tuple[Candidate, ...]:
    """Public top-level functions, in order; of one name the last."""
    found: dict[str, Candidate] = {}
    for unit, node in functions(units):
        if not node.name.startswith("_"):
            found.pop(node.name, None)
            found[node.name] = Candidate(node.name, unit.cell.id, unit.cell.number, signature(node))
    return tuple(found.values())


def report_none(units: Sequence[Unit], offered: tuple[Candidate, ...], reports: Reports) -> None:
    """There is no endpoint: say which functions there are, or which one to write."""
    if offered:
        names = [candidate.function for candidate in offered]
        reports.add(
            "no-endpoint",
            f"no cell is tagged `endpoint`; the notebook defines {listed(names)}",
            remedy=f"tag the cell of the function to serve `endpoint`, or deploy with "
            f"`--endpoint {names[-1]}`",
        )
    else:
        reports.add("no-endpoint", "no cell is tagged `endpoint`, and no cell defines a function")
    _offer_function(units, reports)


def _offer_function(units: Sequence[Unit], reports: Reports) -> None:
    """A notebook that ends in `model.predict(X)` is one function short of a service."""
    for unit in reversed(units):
        call = _predicting(unit.node)
        if call is None or not call.args:
            continue
        argument = call.args[0]
        name = argument.id.lower() if isinstance(argument, ast.Name) else "rows"
        target = ast.unparse(call.func)
        if target.split(".")[0] == name:
            name = "rows"
        method = target.rpartition(".")[2]
        body = f"def {method}({name}):\n    return {target}({name})"
        reports.add(
            "function-to-write",
            f"{cell_label(unit.cell)} calls `{target}`: this function would serve it\n{body}",
            remedy="add a cell with this function and tag it `endpoint`",
            at=unit.cell,
            line=call.lineno,
        )
        return


def may_predict(code: Code) -> bool:
    """Whether a cell has to be looked into for a call that could be served."""
    return any(f".{method}" in code.cell.source for method in _PREDICTING)


def _predicting(node: ast.stmt | None) -> ast.Call | None:
    if not isinstance(node, (ast.Expr, ast.Assign)):
        return None
    for part in ast.walk(node.value):
        if (
            isinstance(part, ast.Call)
            and isinstance(part.func, ast.Attribute)
            and part.func.attr in _PREDICTING
            and isinstance(part.func.value, (ast.Name, ast.Attribute))
        ):
            return part
    return None
