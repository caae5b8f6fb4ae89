"""service.py: the notebook's own statements, the artifacts they need, a short registration.

The statements stand verbatim under the id of their cell. What we add is made of syntax trees;
the whole is parsed again and compared, statement by statement, with what went in.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jupyter_modelship.contract.types import Contract
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.model import Artifact, Computed, Slice, Statement
from jupyter_modelship.plan.options import Options

from .page import Origin, Page, Piece, nodes
from .registration import RUNTIME, Registration, Wording, wording
from .source import (
    assign,
    attribute,
    call,
    import_from,
    laid_out,
    literal,
    name,
    one_line,
    parsed,
    same,
    source_lines,
)

_APP_OPTIONS = ("body_limit", "depth_limit", "time_limit", "execution")


@dataclass(frozen=True, slots=True)
class ServiceSource:
    """service.py and where its lines came from: line -> (cell id, line in the cell)."""

    text: str
    source_map: Mapping[int, Origin]


def emit_service(
    service: str,
    slice_: Slice,
    contract: Contract,
    options: Options,
    *,
    artifacts: Mapping[str, Artifact],
    titles: Mapping[str, str],
) -> ServiceSource:
    """service.py of a slice.

    `artifacts` by the name that they are bound to; where one is missing its line names no file,
    which only a preview may show. `titles`: cell id -> first line of the cell's source.
    ModelshipError when the result does not parse back to what went in.
    """
    words = wording(slice_, contract)
    above = headings(slice_, titles)
    futures = [_statement(s, None, above) for s in slice_.statements if s.role == "future"]
    pieces = [_docstring(service), *futures, *_head(service, options, words)]
    pieces += _body(slice_, artifacts, above, words)
    pieces += [_serve(registration, words.app) for registration in words.registrations]
    page = Page()
    page.add(pieces)
    text = page.text()
    if not same(parsed(text, "the generated service.py"), nodes(pieces)):
        raise ModelshipError(
            "the generated service.py does not say what the notebook's statements say",
            remedy="report it with the notebook; what ships would not be what was reviewed",
        )
    return ServiceSource(text, page.source_map)


def _docstring(service: str) -> Piece:
    text = (
        f"{service}: a service made of a notebook by jupyter_modelship.\n\n"
        "Each block is code of the cell that its comment names, as it stands in the notebook.\n"
    )
    node = ast.Expr(literal(text))
    first, *rest = text.split("\n")
    return Piece((f'"""{first}', *rest[:-1], '"""'), (node,), apart=True)


def _head(service: str, options: Options, words: Wording) -> Iterator[Piece]:
    """The imports that the registration needs, and the app."""
    modules = sorted(
        {one.module for one in words.imports}, key=lambda name: (name == RUNTIME, name)
    )
    for module in modules:
        members = [(one.name, one.local) for one in words.imports if one.module == module]
        yield _made(import_from(module, members), apart=module in (modules[0], RUNTIME))
    default = Options()
    changed = [
        (key, literal(getattr(options, key)))
        for key in _APP_OPTIONS
        if getattr(options, key) != getattr(default, key)
    ]
    app = call(name(words.app_class), literal(service), keywords=changed)
    yield _made(assign(words.app, app), apart=True)


def _body(
    slice_: Slice, artifacts: Mapping[str, Artifact], above: Mapping[str, str], words: Wording
) -> Iterator[Piece]:
    """Statements in the notebook's order, each artifact before the statement that needs it."""
    before: Statement | None = None
    for index, statement in enumerate([*slice_.statements, None]):
        loaded = [computed for computed in slice_.computed if computed.after == index]
        for computed in loaded:
            yield _artifact(computed, artifacts.get(computed.name), words.artifact)
        if statement is not None and statement.role != "future":
            yield _statement(statement, None if loaded else before, above)
        before = statement


def _statement(statement: Statement, before: Statement | None, above: Mapping[str, str]) -> Piece:
    lines = source_lines(statement.text)
    first = statement.line
    apart = before is None or first > before.line + len(source_lines(before.text))
    return Piece(
        lines=tuple(lines),
        nodes=tuple(parsed(statement.text, f"line {first} of cell {statement.cell}")),
        origins=tuple((statement.cell, first + offset) for offset in range(len(lines))),
        heading=above[statement.cell],
        apart=apart,
    )


def headings(slice_: Slice, titles: Mapping[str, str]) -> Mapping[str, str]:
    """The comment over the statements of each cell: its id, and its title where that tells more.

    A title is a comment in the cell's first line. One that ships anyway is not repeated, and code
    that does not ship is not quoted.
    """
    found: dict[str, str] = {}
    for statement in slice_.statements:
        title = one_line(titles.get(statement.cell, ""))
        shipped = one_line(source_lines(statement.text)[0])
        says = title.startswith("#") and any(map(str.isalnum, title))
        tells = says and title != shipped
        words = f": {title.strip('# ')}" if tells else ""
        found.setdefault(statement.cell, f"# cell {one_line(statement.cell)}{words}")
    return found


def _artifact(computed: Computed, artifact: Artifact | None, function: str) -> Piece:
    """`model = artifact("model", "model.joblib", sha256="…")`, under the cells that make it."""
    load = call(name(function), literal(computed.name))
    if artifact is not None:
        load.args.append(literal(artifact.file))
        load.keywords.append(ast.keyword("sha256", literal(artifact.sha256)))
    node = assign(computed.name, load)
    lines = laid_out(node)
    word = "cell" if len(computed.cells) == 1 else "cells"
    cells = ", ".join(one_line(cell) for cell in computed.cells)
    origin = (computed.cells[-1], 1) if computed.cells else None
    return Piece(
        lines=tuple(lines),
        nodes=(node,),
        origins=(origin,) * len(lines) if origin else (),
        heading=f"# computed in {word} {cells}",
    )


def _serve(registration: Registration, app: str) -> Piece:
    takes = ast.Dict(
        keys=[literal(parameter) for parameter, _ in registration.takes],
        values=[type_ for _, type_ in registration.takes],
    )
    serve = call(
        attribute(app, "serve"),
        name(registration.function),
        literal(registration.route),
        keywords=[("takes", takes), ("returns", registration.returns)],
    )
    lines = tuple(laid_out(ast.Expr(serve)))
    origin = (registration.cell, registration.line)
    return Piece(lines, (ast.Expr(serve),), (origin,) * len(lines))


def _made(node: ast.stmt, *, apart: bool) -> Piece:
    return Piece(tuple(laid_out(node)), (node,), apart=apart)
