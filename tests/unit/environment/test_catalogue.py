from __future__ import annotations

import re
from pathlib import Path

import pytest

from jupyter_modelship.environment.catalogue import CATALOGUE, finding

SOURCES = Path(__file__).parents[3] / "jupyter_modelship" / "environment"
RAISED = {
    code
    for path in SOURCES.rglob("*.py")
    for code in re.findall(r"(?:finding|_report)\(\s*\"([a-z-]+)\"", path.read_text())
}
TESTED = "".join(p.read_text() for p in Path(__file__).parent.rglob("test_*.py"))


def test_the_catalogue_lists_what_is_raised_and_nothing_else() -> None:
    assert {check.code for check in CATALOGUE} == RAISED
    assert len(CATALOGUE) == len(RAISED)


@pytest.mark.parametrize("check", CATALOGUE, ids=lambda check: check.code)
def test_every_check_is_told_in_full_and_tested(check: object) -> None:
    told = [getattr(check, name) for name in ("title", "why", "remedy")]
    assert all(told)
    assert f'"{getattr(check, "code")}"' in TESTED  # noqa: B009 - parametrised as an object


def test_an_unlisted_code_cannot_be_raised() -> None:
    with pytest.raises(KeyError):
        finding("not-listed", "message")
