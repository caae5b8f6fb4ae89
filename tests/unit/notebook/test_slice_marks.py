"""What marks the cells of a slice: tags, names that were picked, `%%deploy`."""

from __future__ import annotations

import pytest

from jupyter_modelship.model import Endpoint, Parameter

from .conftest import codes, extracted, sliced, texts


def test_endpoints_take_routes_and_parameters_from_their_cells() -> None:
    found = sliced(
        ("async def ask(a: int, /, b='x', *, c: float = 1.5) -> None: ...", "endpoint:GET /q/ask"),
        ("# modelship: endpoint, batch\ndef many(rows: list[int]): ...\ndef _private(): ...",),
    )
    assert found.endpoints == (
        Endpoint(
            "ask",
            "GET",
            "/q/ask",
            "c1",
            1,
            (
                Parameter("a", "int"),
                Parameter("b", None, "'x'"),
                Parameter("c", "float", "1.5", keyword_only=True),
            ),
            "None",
            is_async=True,
        ),
        Endpoint("many", "POST", "/many", "c2", 2, (Parameter("rows", "list[int]"),), batch=True),
    )


def test_a_picked_function_is_served_tagged_or_not() -> None:
    found = extracted("def one(): ...", ("def two(): ...", "endpoint"), endpoints=("one",)).slice
    assert found is not None
    assert [endpoint.function for endpoint in found.endpoints] == ["one"]


def test_examples_take_what_they_need_along() -> None:
    found = sliced(
        "import m\nmodel = m.make()",
        "LIMIT = 1\nrows = m.load()",
        ("def predict(x): return model(x, LIMIT)", "endpoint"),
        ("for row in rows:\n    assert predict(row)", "example"),
        "predict(1)",
    )
    assert found.rehearsal == ("c1",)
    assert found.examples == ("c4",)
    assert found.example_needs == ("c2", "c3")
    assert found.example_names == ("rows",)


def test_bare_words_count_only_in_a_notebook_with_an_endpoint() -> None:
    made = extracted(("x = 1", "train"), ("def predict(): ...", "other-tools-tag"))
    assert [finding.code for finding in made.findings] == ["no-endpoint"]
    assert [candidate.signature for candidate in made.candidates] == ["predict()"]


CELL = "def double(x: int) -> int:\n    return FACTOR * x"


def test_a_cell_that_deploys_itself_is_an_endpoint_and_its_magic_stays() -> None:
    found = sliced("FACTOR = 2", f"%%deploy doubler --yes\n{CELL}", "%deploy other --yes\n1")
    assert texts(found) == ["FACTOR = 2", CELL]
    (endpoint,) = found.endpoints
    assert (endpoint.function, endpoint.cell, endpoint.line) == ("double", "c2", 2)


@pytest.mark.parametrize(
    "line", ["%%deploy", "\n%%deploy", "%%deploy '; rm -rf /' --x=\"", "%%deploy\t"]
)
def test_whatever_stands_behind_the_magic_only_the_body_counts(line: str) -> None:
    assert texts(sliced("FACTOR = 2", f"{line}\n{CELL}")) == ["FACTOR = 2", CELL]


@pytest.mark.parametrize("line", ["%%deployed", "%%deploy?", "# %%deploy", "%deploy"])
def test_what_only_looks_like_the_magic_marks_nothing(line: str) -> None:
    assert codes(extracted(f"{line}\n{CELL}").findings) == ["no-endpoint"]


def test_a_tag_with_a_route_goes_well_with_the_magic() -> None:
    found = sliced("FACTOR = 2", (f"%%deploy\n{CELL}", "endpoint:GET /d"))
    assert [(e.method, e.path) for e in found.endpoints] == [("GET", "/d")]


def test_loading_the_magic_is_not_what_a_rehearsal_needs() -> None:
    body = "def f() -> float:\n    return A"
    found = sliced(
        "%load_ext jupyter_modelship",
        "%load_ext other",
        "A = open('a').read()",
        f"%%deploy\n{body}",
    )
    assert found.rehearsal == ("c2", "c3")
