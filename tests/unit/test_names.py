"""Any text becomes a DNS label, and no two texts the same one."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jupyter_modelship.names import LIMIT, is_label, label, short

RFC_1123 = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
ANYTHING = st.text(st.characters(), max_size=80) | st.text("aAbé-_. 0\u0301/", max_size=70)
quick = settings(max_examples=300, deadline=None)


@pytest.mark.parametrize("name", ["iris", "a", "my-service-2", "a" * 63, "a--b", "xn--iris"])
def test_a_label_stays_as_it_is(name: str) -> None:
    assert is_label(name)
    assert label(name) == name


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("Iris", "iris"),
        ("iris flower.ipynb", "iris-flower-ipynb"),
        ("Größe", "groe"),
        ("2 fast", "n-2-fast"),
        ("日本", "n"),
        ("", "n"),
        ("-", "n"),
        ("a" * 64, "a" * 53),
        ("a" * 52 + "-" + "b" * 20, "a" * 52),
        ("iris--0123abcd", "iris-0123abcd"),
        ("iris\n", "iris"),
    ],
)
def test_other_names_keep_what_can_be_read(name: str, readable: str) -> None:
    assert not is_label(name)
    assert re.fullmatch(re.escape(readable) + "--[0-9a-f]{8}", label(name))


@quick
@given(name=ANYTHING)
@example("\ud800")
@example("a" * 1_000_000)
def test_every_name_gives_a_valid_label(name: str) -> None:
    made = label(name)
    assert RFC_1123.fullmatch(made)
    assert made[0].isalpha()
    assert len(made) <= LIMIT
    assert label(name) == made


@quick
@given(one=ANYTHING, other=ANYTHING)
@example("iris", "Iris")
@example("é", "e\u0301")
@example("a b", "a-b")
@example("a" * 64, "a" * 65)
@example("日本", "日本語")
def test_two_names_never_meet(one: str, other: str) -> None:
    assert (label(one) == label(other)) == (one == other)


def test_twenty_thousand_names_of_few_characters_never_meet() -> None:
    rng = random.Random(20_000)
    characters = "aAbB1-_. /é\u0301\u00c9日\U0001f338"
    names = {"".join(rng.choices(characters, k=rng.randint(2, 9))) for _ in range(30_000)}
    assert len(names) > 20_000
    assert len({label(name) for name in names}) == len(names)


@quick
@given(name=ANYTHING)
def test_a_made_label_cannot_be_typed(name: str) -> None:
    made = label(name)
    assert is_label(made) == (made == name)


def test_a_digest_is_shown_by_six_digits() -> None:
    assert short("0123456789abcdef") == "012345"
