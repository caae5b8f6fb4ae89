"""The tables of findings, all together: one type, one name, no code twice, nothing unused."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import jupyter_modelship
from jupyter_modelship.model import Check
from jupyter_modelship.plan.findings import by_code

PACKAGE = Path(jupyter_modelship.__file__).parent
LAYERS = sorted(path.parent.name for path in PACKAGE.rglob("catalogue.py"))
TABLES: dict[str, tuple[Check, ...]] = {
    layer: import_module(f"jupyter_modelship.{layer}.catalogue").CATALOGUE for layer in LAYERS
}
CHECKS = [check for table in TABLES.values() for check in table]
SOURCES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in PACKAGE.rglob("*.py")
    if not path.name.startswith("catalogue")
}
MAKERS = {
    "notebook/reports.py": "add",
    "runs/failure.py": "restore",
    "runs/searching.py": "_recalled",
}
"""Who makes findings beside the catalogues: with the severity of the table, or as recorded."""


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the name of the function around it."""
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for node in ast.walk(function):
                if isinstance(node, ast.Call):
                    yield function.name, node


def test_the_layers_that_find_have_a_table_each() -> None:
    assert LAYERS == ["contract", "environment", "image", "notebook", "plan"]
    assert all(type(table) is tuple and table for table in TABLES.values())
    assert {type(check) for check in CHECKS} == {Check}


def test_no_code_is_in_two_tables() -> None:
    assert len(by_code(TABLES.values())) == len(CHECKS)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_a_row_says_all_that_a_page_needs(check: Check) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", check.code)
    assert check.severity in ("block", "warn", "note")
    assert check.title
    assert check.why.endswith(".")
    assert check.remedy


def test_every_row_is_used() -> None:
    words = {
        node.value
        for tree in SOURCES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
    }
    named = {node.attr for tree in SOURCES.values() for node in ast.walk(tree)
             if isinstance(node, ast.Attribute)} | {
        alias.name for tree in SOURCES.values() for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) for alias in node.names}  # fmt: skip
    rows = vars(import_module("jupyter_modelship.contract.catalogue"))
    by_name = {value.code for name, value in rows.items()
               if isinstance(value, Check) and name in named}  # fmt: skip
    assert {check.code for check in CHECKS} - by_name - words == set()


def test_a_finding_is_as_grave_as_its_page_says() -> None:
    assert not {
        (file, function)
        for file, tree in SOURCES.items()
        for function, call in calls(tree)
        if any(word.arg == "severity" for word in call.keywords)
        and getattr(call.func, "id", "") != "Finding"
    }
    makers = {
        (file, function)
        for file, tree in SOURCES.items()
        for function, call in calls(tree)
        if getattr(call.func, "id", "") == "Finding"
    }
    assert makers == set(MAKERS.items())
