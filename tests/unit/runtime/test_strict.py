"""JSON that decoders let pass is refused, with the place where it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_modelship.runtime.endpoint import Endpoint
from jupyter_modelship.runtime.problems import INVALID, MALFORMED, Flaw, Refused
from jupyter_modelship.runtime.strict import EXPLAINED, flaw_of, refuse_duplicates, too_deep


def endpoint(takes: Any) -> Endpoint:
    def take(value: Any) -> Any:
        return value

    return Endpoint(
        take, "POST", "/take", {"value": takes}, object,
        depth_limit=64, result_limit=1000, execution="inline",
    )  # fmt: skip


def refused(takes: Any, body: bytes) -> tuple[str, tuple[Flaw, ...]]:
    with pytest.raises(Refused) as found:
        endpoint(takes).read(body)
    return found.value.kind.slug, found.value.flaws


@pytest.mark.parametrize(
    ("takes", "body", "pointer", "says"),
    [
        (float, b'{"value": NaN}', "/value", "NaN is not"),
        (list[float], b'{"value": [1, -Infinity]}', "/value/1", "-Infinity is not"),
        (float, b'{"value": 1e400}', "/value", "out of range"),
        (list[float], b'{"value": [1, -1e999]}', "/value/1", "out of range"),
        (int, b'{"value": ' + b"9" * 5000 + b"}", "/value", "out of range"),
        (float, b'{"value": ' + b"9" * 5000 + b"}", "/value", "out of range"),
        (float, b'{"value": 1, "value": 2}', "/value", "twice"),
        (float, b'{"value": 1, "v\\u0061lue": 2}', "/value", "twice"),
        (object, b'{"value": {"a": {"b": 1, "b": 2}}}', "/value/a/b", "twice"),
        (dict[str, int], b'{"value": {"a": 1, "a": 1}}', "/value/a", "twice"),
        (str, b'{"value": "\\ud800"}', "/value", "surrogate"),
        (str, b'{"value": "\\udc00x"}', "/value", "surrogate"),
        (dict[str, int], b'{"value": {"\\ud800": 1}}', "/value", "surrogate"),
        (str, b'\xef\xbb\xbf{"value": "a"}', "", "byte order mark"),
        (str, b'{"value": "\xff"}', "", "not UTF-8, at byte 11"),
        (str, b'{"value": "\xed\xa0\x80"}', "", "not UTF-8"),
        (str, '{"value": "a"}'.encode("utf-16"), "", "not UTF-8"),
        (str, '{"value": "a"}'.encode("utf-16-le"), "", "not JSON"),
        (float, b'\x00{"value": 1}', "", "not JSON"),
        (float, b'\x00\x00\x00{"value": 1}', "", "not JSON"),
        (object, b'{"value": ' + b"[" * 64 + b"]" * 64 + b"}", "", "deeper than 64"),
        (object, b"[" * 100_000, "", "deeper than 64"),
        (list[int], b'{"value": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "", "deeper than 64"),
        (float, b"", "", "not JSON"),
        (float, b"{", "", "not JSON"),
        (float, b'{"value": 1} x', "", "not JSON"),
        (float, b'{"value": 01}', "", "not JSON"),
        (float, b"{'value': 1}", "", "not JSON"),
        (float, b'{"value": 1,}', "", "not JSON"),
        (str, b'{"value": "a\x01"}', "", "not JSON"),
        (str, b'{"value": "\x00"}', "", "not JSON"),
    ],
)  # fmt: skip
def test_what_is_no_clean_json_is_malformed(
    takes: Any, body: bytes, pointer: str, says: str
) -> None:
    slug, flaws = refused(takes, body)
    assert slug == MALFORMED.slug
    assert [flaw.pointer for flaw in flaws] == [pointer]
    assert says in flaws[0].message


@pytest.mark.parametrize(
    ("takes", "body", "flaw"),
    [
        (list[float], b'{"value": [1, 2, "a"]}', Flaw("/value/2", "Expected `float`, got `str`")),
        (float, b"[]", Flaw("", "Expected `object`, got `array`")),
        (float, b"null", Flaw("", "Expected `object`, got `null`")),
        (float, b"{}", Flaw("", "Object missing required field `value`")),
        (float, b'{"value": 1, "a/b": 2}', Flaw("/a~1b", "Object contains unknown field `a/b`")),
        (dict[str, list[int]], b'{"value": {"a.b": ["x"]}}',
         Flaw("/value", "Expected `int`, got `str`")),
    ],
)  # fmt: skip
def test_clean_json_of_another_type_is_invalid(takes: Any, body: bytes, flaw: Flaw) -> None:
    assert refused(takes, body) == (INVALID.slug, (flaw,))


def test_a_key_with_dots_and_brackets_is_found_in_the_document() -> None:
    document = b'{"rows": [{"sepal length (cm).x[0]": "a"}]}'
    message = "Expected `float`, got `str` - at `$.rows[0].sepal length (cm).x[0]`"
    assert flaw_of(message, document).pointer == "/rows/0/sepal length (cm).x[0]"


def test_large_bodies_are_refused_without_being_read_twice() -> None:
    long = b'{"value": [' + b"1," * EXPLAINED + b'"a"]}'
    assert refused(list[float], long)[0] == INVALID.slug
    twice = b'{"value": ["' + b"a" * EXPLAINED + b'"], "value": []}'
    assert refused(list[str], twice)[1] == (Flaw("", "the key 'value' appears twice"),)
    broken = b'{"value": [' + b"1," * EXPLAINED + b"NaN]}"
    assert refused(list[float], broken)[0] == MALFORMED.slug


@pytest.mark.parametrize("body", [b'{"value": "a:b"}', b'{"value": "{[\\"]:"}'])
def test_colons_and_brackets_in_text_mean_nothing(body: bytes) -> None:
    assert endpoint(str).read(body).f0 == json.loads(body)["value"]


def test_depth_up_to_the_limit_is_fine() -> None:
    body = b'{"value": ' + b"[" * 63 + b"]" * 63 + b"}"
    assert endpoint(object).read(body) is not None
    assert endpoint(object).read(b'{"value": [' + b",".join([b"[]"] * 1000) + b"]}") is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
)


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


@given(JSON, st.integers(0, 6))
def test_depth_is_what_it_is(value: object, limit: int) -> None:
    assert too_deep(json.dumps(value).encode(), limit) == (depth(value) > limit)


@given(JSON)
def test_documents_without_duplicates_are_never_refused(value: object) -> None:
    refuse_duplicates(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("takes", "body", "value"),
    [
        (int, b"1.0", 1),
        (int, b"-2e2", -200),
        (list[int], b"[1, 2.00, 3E0]", [1, 2, 3]),
        (dict[str, int], b'{"1.0": 1.0, "\\"2.0": 2.0}', {"1.0": 1, '"2.0': 2}),
        (tuple[int, float], b"[1.0, 1.5]", [1, 1.5]),
    ],
)
def test_a_whole_number_is_an_integer_however_it_is_written(
    takes: Any, body: bytes, value: object
) -> None:
    one = endpoint(takes)
    assert json.loads(one.work(one.read(b'{"value": ' + body + b"}"))) == value


@pytest.mark.parametrize("body", [b"1.5", b"1e-1", b"1e309", b"1e999999999", b'"1.0"'])
def test_other_numbers_are_no_integers(body: bytes) -> None:
    body = b'{"value": ' + body + b"}"
    assert refused(int, body)[0] in (INVALID.slug, MALFORMED.slug)


def test_a_long_body_is_not_read_again_for_its_numbers() -> None:
    body = b'{"value": [' + b"1.0," * EXPLAINED + b"1.0]}"
    assert refused(list[int], body)[0] == INVALID.slug
