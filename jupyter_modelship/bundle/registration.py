"""What service.py says to serve an endpoint, and under which names it says so."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from jupyter_modelship.contract.expression import (
    Import,
    Names,
    expression_node,
    imports_for,
    names_of,
)
from jupyter_modelship.contract.types import Contract, EndpointContract, Type
from jupyter_modelship.model import Slice

from .source import loaded

RUNTIME = "modelship_runtime"


@dataclass(frozen=True, slots=True)
class Registration:
    """One `app.serve(...)`, its types as expressions, and the place of its function."""

    function: str
    route: str
    """Method and path, e.g. "POST /predict"."""
    takes: tuple[tuple[str, ast.expr], ...]
    returns: ast.expr
    cell: str
    line: int


@dataclass(frozen=True, slots=True)
class Wording:
    """How service.py says what is not the notebook's: the notebook's own names go first."""

    app: str
    """The name that the app is bound to."""
    app_class: str
    artifact: str
    imports: tuple[Import, ...]
    registrations: tuple[Registration, ...]


def wording(slice_: Slice, contract: Contract) -> Wording:
    """The words for serving `contract` from the statements of its slice."""
    names = names_of(slice_)
    runtime = [f"{RUNTIME}.App"] + ([f"{RUNTIME}.artifact"] if slice_.computed else [])
    imports = {one for dotted in runtime for one in names.imports(dotted)}
    imports.update(imports_for(_types(contract), names))
    app = "app"
    while app in names.taken:
        app += "_"
    places = {one.function: (one.cell, one.line) for one in slice_.endpoints}
    return Wording(
        app=app,
        app_class=names.spell(f"{RUNTIME}.App"),
        artifact=names.spell(f"{RUNTIME}.artifact"),
        imports=tuple(sorted(imports)),
        registrations=tuple(
            _registration(one, names, places[one.function]) for one in contract.endpoints
        ),
    )


def _types(contract: Contract) -> Iterator[Type]:
    for endpoint in contract.endpoints:
        yield from (field.type for field in endpoint.takes)
        yield endpoint.returns


def _registration(endpoint: EndpointContract, names: Names, place: tuple[str, int]) -> Registration:
    return Registration(
        function=endpoint.function,
        route=f"{endpoint.method} {endpoint.path}",
        takes=tuple((one.name, loaded(expression_node(one.type, names))) for one in endpoint.takes),
        returns=loaded(expression_node(endpoint.returns, names)),
        cell=place[0],
        line=place[1],
    )
