"""Secrets are hidden in what a service's process says."""

from __future__ import annotations

import json

import pytest

from jupyter_modelship.targets.keeping.hidden import Hidden

KEY = 'a "quoted" \\ kéy'


@pytest.mark.parametrize(
    "said",
    [
        KEY,
        json.dumps({"message": KEY}),
        json.dumps({"message": KEY}, ensure_ascii=False),
        json.dumps({"message": f"KeyError: {KEY!r}"}),
        json.dumps({"message": f"KeyError: {KEY!r}"}, ensure_ascii=False),
    ],
)
def test_however_it_is_written(said: str) -> None:
    hidden = Hidden([KEY, "quoted", ""])
    assert "***" in hidden.text(said)
    assert "quoted" not in hidden.text(said)
    assert hidden.line(said.encode()) == hidden.text(said).encode()


def test_nothing_to_hide_changes_nothing() -> None:
    assert Hidden().text("text") == "text"
    assert Hidden([""]).line(b"line") == b"line"
