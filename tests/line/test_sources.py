"""What a notebook may be made of: local modules, marks, setup, parameters, types, `%pip`."""

from __future__ import annotations

import json

import pytest

from tests.line.conftest import Home


@pytest.fixture(scope="module")
def shop(home: Home) -> Home:
    """A notebook with modules beside it, one of them imported by the other."""
    (home.folder / "shop.py").write_text(
        "import shop_units\n\n\ndef price(n: int) -> int:\n    return n * shop_units.UNIT\n"
    )
    (home.folder / "shop_units.py").write_text("UNIT = 2\n")
    late = home.folder / "late"
    late.mkdir()
    (late / "__init__.py").write_text("")
    (late / "part.py").write_text("ANSWER = 42\n")
    home.book(
        "till",
        "import late\nimport shop",
        (
            """\
def pay(n: int) -> int:
    return shop.price(n)

def answer() -> int:
    from late import part
    return part.ANSWER""",
            "endpoint",
        ),
        "pay(2)",
    )
    home.run("deploy", "till.ipynb", "--yes")
    return home


def test_a_module_beside_the_notebook_ships(shop: Home) -> None:
    assert shop.call("till", "pay", n=3) == 6
    files = {path.name for path in shop.bundle("till").rglob("*.py")}
    assert {"shop.py", "shop_units.py", "part.py"} <= files


def test_a_change_in_it_is_a_new_revision(shop: Home) -> None:
    (shop.folder / "shop_units.py").write_text("UNIT = 5\n")
    told = shop.run("deploy", "till.ipynb", "--yes")
    assert "revision 2 takes over from 1" in told.out, told.out
    assert "artifacts cached" in told.out
    assert shop.call("till", "pay", n=3) == 15


def test_what_is_imported_late_is_there_after_a_prune(shop: Home) -> None:
    """A process may have been started from a bundle without examples, which then goes."""
    shop.run("prune")
    assert shop.call("till", "answer") == 42


def test_setup_runs_once_when_a_process_starts(home: Home) -> None:
    home.book(
        "counted",
        ("starts = []\nstarts.append(len(starts))", "setup"),
        ("def count() -> int:\n    return len(starts)", "endpoint:GET /count"),
        "count()",
    )
    home.run("deploy", "counted.ipynb", "--yes")
    assert [home.call("counted", "count") for _ in range(3)] == [1, 1, 1]


def test_a_parameter_has_its_value_in_training_and_in_the_service(home: Home) -> None:
    home.book(
        "tuned",
        ("k = 2\nseed = 'a'", "parameters"),
        ("table = {}\ntable[seed] = k", "train"),
        ("def both(x: int) -> list[int]:\n    return [x * k, *table.values()]", "endpoint"),
        "both(1)",
    )
    home.run("deploy", "tuned.ipynb", "--yes")
    assert home.call("tuned", "both", x=3) == [6, 2]
    home.run("deploy", "tuned.ipynb", "--yes", "--parameter", "k=7")
    assert home.call("tuned", "both", x=3) == [21, 7]
    told = home.run("deploy", "tuned.ipynb", "--yes", "--parameter", "j=7", good=False)
    assert (told.code, "no cell tagged `parameters` binds j" in told.err) == (3, True)


def test_a_pip_line_feeds_the_lock_and_does_not_ship(home: Home) -> None:
    home.book(
        "piped",
        "%pip install --quiet 'idna>=3'",
        "import idna",
        ("def ascii(name: str) -> str:\n    return idna.encode(name).decode()", "endpoint"),
        "ascii('a')",
    )
    home.run("deploy", "piped.ipynb", "--yes")
    assert home.call("piped", "ascii", name="bücher") == "xn--bcher-kva"
    assert "%pip" not in home.bundle("piped").joinpath("service.py").read_text()
    home.book(
        "piped2",
        "%pip install tinynetrc",
        "import tinynetrc",
        ("def f() -> str:\n    return tinynetrc.__name__", "endpoint"),
    )
    told = home.run("deploy", "piped2.ipynb", "--yes", good=False)
    assert (told.code, "run the notebook's `%pip install` cell first" in told.err) == (3, True)


@pytest.fixture(scope="module")
def marked(home: Home) -> Home:
    """Comment marks, an async GET endpoint, a dataclass and a TypedDict."""
    home.book(
        "marked",
        "# modelship: parameters\nk = 2",
        """\
import asyncio
from dataclasses import dataclass
from typing import TypedDict


@dataclass
class Point:
    a: int
    b: str = "x"


class Shift(TypedDict):
    by: int""",
        """\
# modelship: endpoint:GET /slow
async def slow(x: int, f: float = 1.5, o: str | None = None) -> float:
    await asyncio.sleep(0)
    return x * f * k""",
        """\
# modelship: endpoint
def move(p: Point, by: Shift) -> Point:
    return Point(p.a + by["by"], p.b)""",
        "await slow(2)",
        "move(Point(2), {'by': 5})",
    )
    told = home.run("deploy", "marked.ipynb", "--yes")
    assert "2 of 2 examples answer as in the notebook" in told.out
    return home


def test_an_async_endpoint_takes_a_query(marked: Home) -> None:
    assert marked.call("marked", "slow", x=3) == 9.0
    assert marked.call("marked", "slow", x=3, f=1.0, o="said") == 6.0


def test_records_go_in_and_out_as_objects(marked: Home) -> None:
    assert marked.call("marked", "move", p={"a": 1}, by={"by": 2}) == {"a": 3, "b": "x"}
    wrong = marked.run(
        "call", "marked", "move", json.dumps({"p": {"a": 1}, "by": {"by": "2"}}), good=False
    )
    assert wrong.code == 1
    assert "✗ 422 The arguments do not fit the endpoint" in wrong.err
    assert "/by/by: " in wrong.err
