"""The catalogue as data."""

from __future__ import annotations

import pytest

from jupyter_modelship.model import Check
from jupyter_modelship.plan.findings import by_code

ROW = Check("a-b", "warn", "A title", "Why so.", "do this")


def test_two_rows_cannot_share_a_code() -> None:
    with pytest.raises(ValueError, match="a-b"):
        by_code([[ROW], [ROW]])
