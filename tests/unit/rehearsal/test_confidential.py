"""What a rehearsal keeps and says holds no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.rehearsal.confidential import Confidential

KEY = 'a "quoted" \\ kéy'
HIDES = Confidential({"KEY": KEY, "SHORT": "abc"})
FORMS = [KEY, 'a \\"quoted\\" \\\\ kéy', 'a \\"quoted\\" \\\\ k\\u00e9y', repr(KEY)[1:-1]]


@pytest.mark.parametrize("form", FORMS)
def test_a_value_is_seen_however_it_is_written(form: str, tmp_path: Path) -> None:
    assert HIDES.masked(f"bad <{form}>") == "bad <***>"
    assert HIDES.named_in(f"x{form}y") == "KEY"
    path = tmp_path / "artifact"
    for before in (0, 1 << 20, (1 << 20) - 5):  # also across two blocks
        path.write_bytes(b"x" * before + form.encode() + b"y")
        assert HIDES.named_in_file(path) == "KEY"


def test_what_is_short_or_no_secret_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "artifact").write_bytes(b"abc")
    assert HIDES.masked("abc") == "abc"
    assert HIDES.named_in_file(tmp_path / "artifact") == HIDES.named_in("abc") == ""
    assert Confidential().named_in_file(tmp_path / "artifact") == ""
    assert KEY not in repr(HIDES)


def test_a_failure_is_told_without_it() -> None:
    failed = HIDES.failure(StageFailed(f"no {KEY}", remedy=f"give {KEY}", detail=f"trace {KEY}"))
    assert (failed.message, failed.remedy, failed.detail) == ("no ***", "give ***", "trace ***")
    assert str(failed) == "no ***"


def test_a_call_with_it_is_no_example() -> None:
    seen = {"kind": "str"}
    call = {"function": "f", "cell": "c", "takes": {}, "returns": seen, "seconds": 1.0}
    clean = {**call, "arguments": {}, "result": "x"}
    leaky = {**call, "arguments": {}, "result": [f"<{KEY}>"]}
    in_type = {**leaky, "returns": {"kind": "dict", "fields": {KEY: seen}}}
    left_out = {"left_out": "it holds the value of the secret KEY"}
    assert HIDES.without_calls([clean, leaky, in_type]) == [
        clean,
        {"function": "f", "cell": "c", "takes": {}, "returns": seen, **left_out},
        {"function": "f", "cell": "c", **left_out},
    ]
