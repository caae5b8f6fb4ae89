"""JSON files: one form for one value."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_modelship.bundle.emit_json import emit_json, one_line_json
from jupyter_modelship.errors import ModelshipError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)  # fmt: skip


def test_text_stays_readable_and_what_hides_is_escaped() -> None:
    value = {"b": "größe 日本 \u202e\u2028\x7f\x00\U000e0041", "a": ["\ud800", 1.5]}
    assert emit_json(value) == (
        b'{\n  "b": "gr\xc3\xb6\xc3\x9fe \xe6\x97\xa5\xe6\x9c\xac '
        rb"\u202e\u2028\u007f\u0000\udb40\udc41"
        b'",\n  "a": [\n    "'
        rb"\ud800"
        b'",\n    1.5\n  ]\n}\n'
    )


@given(JSON)
def test_every_value_reads_back_and_is_printable(value: object) -> None:
    data = emit_json(value)
    assert json.loads(data) == value
    assert data.endswith(b"\n")
    assert all(line.isprintable() for line in data.decode().split("\n"))
    assert one_line_json(value).isprintable()
    assert json.loads(one_line_json(value)) == value


@pytest.mark.parametrize("value", [float("nan"), {1}, object(), {1: 2}])
def test_what_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(ModelshipError):
        emit_json(value)
