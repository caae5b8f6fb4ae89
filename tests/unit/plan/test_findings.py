"""The catalogue as a page."""

from __future__ import annotations

import pytest

from jupyter_modelship.model import Check
from jupyter_modelship.plan.findings import by_code, catalogue_page

ROW = Check("a-b", "warn", "A [title]", "Why *so*.", "Do `this`.")


def test_a_row_becomes_a_section() -> None:
    assert catalogue_page([[ROW]]) == (
        "# Findings\n\n"
        "(a-b)=\n## `a-b`: A \\[title\\]\n\n"
        "*Warns: read it before you ship.*\n\n"
        "Why \\*so\\*.\n\n"
        "**What to do.** Do \\`this\\`.\n"
    )


def test_two_rows_cannot_share_a_code() -> None:
    with pytest.raises(ValueError, match="a-b"):
        by_code([[ROW], [ROW]])
