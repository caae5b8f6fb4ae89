"""Rules of the house that no linter knows. An exception is listed here, with its reason."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

import jupyter_modelship

PACKAGE = Path(jupyter_modelship.__file__).parent
ROOT = PACKAGE.parent
GENERATED = ROOT / "tests" / "golden"
FILES = sorted(PACKAGE.rglob("*.py"))
WRITTEN = [
    path
    for folder in (PACKAGE, ROOT / "tests", ROOT / "docs")
    for path in sorted(folder.rglob("*.py"))
    if not path.is_relative_to(GENERATED) or path.parent == GENERATED
]
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}
"""Name -> why it may be longer than the rule says. Empty is how it should be."""

SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:|pyright:|mypy:|ruff:)", re.IGNORECASE)
REASONED = re.compile(
    r"# noqa: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)* - \S.{5,}"
    r"|# type: ignore\[[a-z-]+(,[a-z-]+)*\]  ?# \S.{5,}"
)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_files_tell_one_story_each() -> None:
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name for name, lines in lengths.items() if lines > 400} == LONG_FILES.keys()


def test_functions_do_one_thing_each() -> None:
    long = {
        f"{named(path)}:{node.name}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (node.end_lineno or 0) - node.lineno >= 50
    }
    assert long == LONG_FUNCTIONS.keys()


def test_every_module_says_what_it_is() -> None:
    silent = [
        named(path)
        for path in FILES
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def comments(path: Path) -> Iterator[tuple[int, str]]:
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def test_who_silences_a_checker_names_the_rule_and_the_reason() -> None:
    silent = [
        f"{named(path)}:{line}: {text}"
        for path in WRITTEN
        for line, text in comments(path)
        if SUPPRESSION.search(text) and not REASONED.match(text)
    ]
    assert silent == []


def test_bundles_are_written_without_templates() -> None:
    """Data in a template becomes code; the bundle is made of syntax trees and JSON."""
    found = [
        f"{named(path)}:{node.lineno}"
        for path in sorted((PACKAGE / "bundle").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.stmt, ast.expr)) and _is_template(node)
    ]
    assert found == []


def _is_template(node: ast.AST) -> bool:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        names = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
        return any(name.partition(".")[0] in ("jinja2", "mako", "Template") for name in names)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return isinstance(node.left, (ast.Constant, ast.JoinedStr))
    attribute = node.func if isinstance(node, ast.Call) else None
    return isinstance(attribute, ast.Attribute) and attribute.attr in ("format", "format_map")


def test_the_layers_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


def loaded_by(statement: str) -> set[str]:
    """The modules that a fresh interpreter has after this statement."""
    source = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "spared"),
    [
        ("import jupyter_modelship.notebook", "nbformat msgspec asyncio subprocess http logging"),
        ("import jupyter_modelship.plan.plan", "nbformat msgspec papermill jupyter_client numpy"),
        ("import jupyter_modelship.cli", "nbformat papermill msgspec asyncio sqlite3 numpy"),
        ("import jupyter_modelship.runs.client", "nbformat papermill msgspec numpy pandas"),
        ("from jupyter_modelship.rehearsal import engine; engine._papermill()", "lark"),
    ],
)
def test_starting_pays_only_for_what_it_needs(statement: str, spared: str) -> None:
    assert loaded_by(statement) & {*spared.split()} == set()
