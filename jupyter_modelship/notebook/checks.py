"""What would trouble the code that ships: one function a check."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence

from .effects import Definition
from .flow import Flow
from .knowledge import words
from .reports import Reports
from .slice import Sliced
from .statements import Code, report_broken
from .tags import Marks
from .units import Unit
from .wording import cell_label

_READS_FILE = words("""
    PIL.Image.open builtins.open io.open joblib.load numpy.fromfile numpy.genfromtxt numpy.load
    numpy.loadtxt
""")


_REMOTE = ("http://", "https://", "s3://", "gs://")


def broken_cells(
    codes: Sequence[Code], marks: dict[str, Marks], missing: frozenset[str], reports: Reports
) -> None:
    """Cells that are no Python: they block where tagged or perhaps defining what is missing."""
    for code in codes:
        mark = marks.get(code.cell.id)
        if not code.error or (mark is not None and mark.part == "skip"):
            continue
        words = set(re.findall(r"\w+", code.cell.source)) if missing else set()
        report_broken(code, reports, matters=mark is not None or bool(words & missing))


def shipped_code(sliced: Sliced, flow: Flow, marks: dict[str, Marks], reports: Reports) -> None:
    """Run every check over the statements that ship."""
    for order in sorted(sliced.shipping.shipped):
        unit, _ = sliced.shipping.shipped[order]
        for check in _CHECKS:
            check(unit, flow, reports)
    _magics(sliced, reports)
    _configuration(sliced, flow, marks, reports)
    _stars(sliced, flow, reports)
    _shared_state(sliced, flow, reports)


def _calls(unit: Unit, flow: Flow) -> Iterator[tuple[ast.Call, str]]:
    """Calls in a shipped statement, bodies of functions included, with the path they go to."""
    if unit.node is None:
        return
    for part in ast.walk(unit.node):
        if isinstance(part, ast.Call):
            yield part, _path(part.func, unit, flow)


def _path(node: ast.expr, unit: Unit, flow: Flow) -> str:
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    imported = unit.effects.imports.get(node.id)
    return (
        ".".join([imported, *reversed(attributes)])
        if imported
        else flow.path(node.id, reversed(attributes))
    )


def _report(unit: Unit, code: str, said: str, node: ast.AST, reports: Reports) -> None:
    reports.add(
        code, f"{cell_label(unit.cell)} {said}", at=unit.cell, line=getattr(node, "lineno", None)
    )


def _files(unit: Unit, flow: Flow, reports: Reports) -> None:
    for call, path in _calls(unit, flow):
        reads = path in _READS_FILE or path.startswith(("pandas.read_", "polars.read_"))
        given = call.args[0] if call.args else None
        value = given.value if isinstance(given, ast.Constant) else None
        if reads and isinstance(value, str) and not value.startswith(_REMOTE):
            said = f"reads {value!r}, which is not in the service"
            _report(unit, "reads-file", said, call, reports)


def _interactive(unit: Unit, flow: Flow, reports: Reports) -> None:
    for call, path in _calls(unit, flow):
        name = path.removeprefix("builtins.")
        if name in {"input", "getpass.getpass", "breakpoint"}:
            _report(unit, "asks-a-person", f"calls `{name}()` in code that ships", call, reports)
        elif name in {"exit", "quit", "sys.exit", "os._exit", "os.abort"}:
            _report(unit, "ends-the-process", f"calls `{name}()` in code that ships", call, reports)
        elif name == "get_ipython" or name.startswith("IPython.get_ipython"):
            _report(
                unit, "needs-ipython", "calls `get_ipython()` in code that ships", call, reports
            )
        elif name == "display" or name.startswith(("IPython.display.", "ipywidgets.")):
            said = f"uses `{name}` in code that ships: a service has nobody to show it to"
            _report(unit, "shows-output", said, call, reports)


def _names(unit: Unit, flow: Flow, reports: Reports) -> None:
    del flow
    if unit.node is None:
        return
    for part in ast.walk(unit.node):
        if isinstance(part, ast.Name) and part.id == "__file__":
            _report(unit, "needs-file", "uses `__file__`, which a notebook has not", part, reports)
        elif isinstance(part, ast.ImportFrom) and part.level:
            said = f"imports `{'.' * part.level}{part.module or ''}` relative to a package"
            _report(unit, "relative-import", said, part, reports)


def _environment(unit: Unit, flow: Flow, reports: Reports) -> None:
    if unit.node is None:
        return
    for part in ast.walk(unit.node):
        key: ast.expr | None = None
        if isinstance(part, ast.Call) and part.args:
            path = _path(part.func, unit, flow)
            key = part.args[0] if path in {"os.getenv", "os.environ.get"} else None
        elif isinstance(part, ast.Subscript) and _path(part.value, unit, flow) == "os.environ":
            key = part.slice
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            said = f"reads the environment variable {key.value}"
            _report(unit, "reads-environment", said, part, reports)


def _awaits(unit: Unit, flow: Flow, reports: Reports) -> None:
    del flow
    if unit.effects.awaits and unit.node is not None:
        said = "awaits outside a function, and would have to ship"
        _report(unit, "top-level-await", said, unit.node, reports)


_CHECKS: tuple[Callable[[Unit, Flow, Reports], None], ...] = (
    _files, _interactive, _names, _environment, _awaits,
)  # fmt: skip


def _magics(sliced: Sliced, reports: Reports) -> None:
    """A magic in the middle of a statement that ships, or one that binds what is needed."""
    for unit, _ in sliced.shipping.shipped.values():
        node = unit.node
        for magic in unit.code.cleaned.magics:
            if node is not None and node.lineno < magic.line <= (node.end_lineno or 0):
                reports.add(
                    "magic-in-code",
                    f"{cell_label(unit.cell)} has `{magic.text}` in code that ships",
                    at=unit.cell,
                    line=magic.line,
                )
    for computation in sliced.shipping.computed.values():
        for event in computation.events:
            if event.unit.magic is not None:
                reports.add(
                    "magic-binds",
                    f"`{computation.name}` is what `{event.unit.magic.text}` gives in "
                    f"{cell_label(event.unit.cell)}",
                    at=event.unit.cell,
                    line=event.unit.magic.line,
                )


def _configuration(sliced: Sliced, flow: Flow, marks: dict[str, Marks], reports: Reports) -> None:
    """Settings of a module that ships stay behind, unless their cell is tagged `setup`."""
    shipped = sliced.shipping.shipped
    modules = {name for unit, _ in shipped.values() for name in unit.effects.imports}
    for name in sorted(modules):
        for event in flow.events.get(name, ()):
            unit = event.unit
            if event.kind != "mutate" or unit.order in shipped or unit.node is None:
                continue
            mark = marks.get(unit.cell.id)
            if mark is None or mark.part != "setup":
                said = f"sets something in `{name}`, which does not ship"
                _report(unit, "setting-stays", said, unit.node, reports)


def _stars(sliced: Sliced, flow: Flow, reports: Reports) -> None:
    """Nobody can tell which names a star import binds."""
    for key in [key for key in flow.events if key.startswith("*")]:
        unit = flow.events[key][0].unit
        relevant = unit.cell.id in sliced.rehearsal.cells or unit.order in sliced.shipping.shipped
        if sliced.shipping.unknown or relevant:
            assert unit.node is not None
            said = f"imports everything from `{key[1:]}`, so that no name can be traced to it"
            _report(unit, "star-import", said, unit.node, reports)


def _shared_state(sliced: Sliced, flow: Flow, reports: Reports) -> None:
    """What an endpoint changes outside itself, every process of the service has for itself."""
    for endpoint in sliced.slice.endpoints:
        meaning = flow.meaning(endpoint.function)
        if not isinstance(meaning, Definition):
            continue
        summary = flow.summary(meaning)
        names = {str(r) for r in summary.changes if str(r)[:1] not in ".<"} | summary.rebinds
        names = {name for name in names if not flow.path(name)}
        unit = next((u for u in flow.units if u.node is meaning.node), None)
        if names and unit is not None and unit.node is not None:
            changed = ", ".join(f"`{name}`" for name in sorted(names))
            said = f"changes {changed} whenever `{endpoint.function}` is called"
            _report(unit, "shared-state", said, unit.node, reports)
