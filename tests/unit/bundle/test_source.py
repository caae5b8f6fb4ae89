"""Source of our own making."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_modelship.bundle.source import (
    assign,
    call,
    import_from,
    laid_out,
    literal,
    name,
    one_line,
    same,
    source_lines,
    written,
)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("  a  b\tc\n", "a b c"),
        ("a\u2028b\x85c\r\nd", "a b c d"),
        ("\u202ea\x00\ud800", "\ufffda\ufffd\ufffd"),
        ("x" * 80, "x" * 71 + "…"),
        ("größe", "größe"),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


@given(st.text(st.characters(codec=None)))
def test_one_line_is_printable_whatever_comes(text: str) -> None:
    assert one_line(text).isprintable()
    assert len(one_line(text)) <= 72
    assert ast.parse(f"# {one_line(text)}\nx = 1").body[0].lineno == 2


def test_lines_end_where_python_ends_them() -> None:
    assert source_lines("a\nb\r\nc\rd\u2028e\x0bf\x0cg\x85h") == [
        "a", "b", "c", "d\u2028e\x0bf\x0cg\x85h",
    ]  # fmt: skip


@given(st.text(), st.floats(allow_nan=False, allow_infinity=False), st.binary())
def test_literals_survive_being_written(text: str, number: float, data: bytes) -> None:
    node = assign("x", call(name("f"), *map(literal, (text, number, data, None, True))))
    assert same(ast.parse(written(node)).body, [node])
    assert same(ast.parse("\n".join(laid_out(node))).body, [node])


def test_strings_are_quoted_as_people_do() -> None:
    assert written(ast.Constant("a")) == '"a"'
    assert written(ast.Constant("it's")) == '"it\'s"'
    assert written(ast.Constant('say "x"')) == "'say \"x\"'"


def test_imports_are_ordered_and_renamed() -> None:
    node = import_from("m", [("artifact", "artifact"), ("App", "App_"), ("MAX", "MAX")])
    assert written(node) == "from m import MAX, App as App_, artifact"


def test_long_calls_take_a_line_an_argument() -> None:
    node = assign(
        "x", call(name("f"), ast.Constant("a" * 60), keywords=[("k", ast.Constant("b" * 60))])
    )
    assert laid_out(node) == ["x = f(", f'    "{"a" * 60}",', f'    k="{"b" * 60}",', ")"]


def test_programs_that_differ_are_told_apart() -> None:
    one = ast.parse("x = 1\ny = 'a'").body
    assert same(one, ast.parse('x  =  1 # c\ny = "a"').body)
    assert not same(one, ast.parse("x = 1").body)
    assert not same(one, ast.parse("x = 1\ny = 'b'").body)
    assert not same(one, ast.parse("x = True\ny = 'a'").body)
