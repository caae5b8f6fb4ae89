from __future__ import annotations

import ast
from typing import Any

import pytest

from jupyter_modelship.environment.imports import imports, imports_of
from jupyter_modelship.model import Slice, Statement


@pytest.mark.parametrize(
    ("source", "required", "optional"),
    [
        ("import a.b, c", {"a.b", "c"}, set()),
        ("from a.b import c", {"a.b.c"}, set()),
        ("from a import *", {"a"}, set()),
        ("def f():\n    import late", {"late"}, set()),
        ("from . import x", {"pkg.x"}, set()),
        ("from .y import z", {"pkg.y.z"}, set()),
        ("from ... import far", set(), set()),
        ("try:\n    import fast\nexcept ImportError:\n    import slow", set(), {"fast", "slow"}),
        ("try:\n    import fast\nexcept (KeyError, ImportError):\n    pass", set(), {"fast"}),
        ("try:\n    import must\nexcept KeyError:\n    pass", {"must"}, set()),
        ("if TYPE_CHECKING:\n    import t\nelse:\n    import e", {"e"}, {"t"}),
    ],
)
def test_imports_by_dotted_name(source: str, required: set[str], optional: set[str]) -> None:
    found = list(imports(ast.parse(source), package="pkg"))
    assert {i.dotted for i in found if not i.optional} == required
    assert {i.dotted for i in found if i.optional} == optional


def cut(*texts: str) -> Slice:
    statements = tuple(Statement("c", 1, text, "import") for text in texts)
    return Slice((), statements, (), (), (), (), (), (), ("whole",), (), ())


def test_a_slice_names_the_parts_that_its_statements_import(make_facts: Any) -> None:
    text = "try:\n    import fast, absent\nexcept ImportError:\n    pass"
    found = imports_of(cut("from google.cloud import storage", text), make_facts("fast==1"))
    assert found == ("fast", "google.cloud.storage")


def test_a_statement_that_does_not_parse_leaves_the_slices_own_list(make_facts: Any) -> None:
    assert imports_of(cut("import"), make_facts()) == ("whole",)
