"""What the page about clusters says of causes, against the causes that there are."""

from __future__ import annotations

import re

from jupyter_modelship.targets.kubernetes.cause_texts import CODES
from jupyter_modelship.targets.kubernetes.patience import READY_SECONDS, SURE_SECONDS

from .pages import DOCS

PAGE = (DOCS / "cluster.md").read_text(encoding="utf-8")


def test_every_cause_is_on_the_page_with_its_remedy() -> None:
    table = PAGE.partition("| What is said |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (.+) \| (.+) \| (ends the run|is waited for) \|$", table, re.MULTILINE)
    assert rows == [
        (
            each.what,
            each.remedy.replace("SERVICE", "iris"),
            "ends the run" if each.sure else "is waited for",
        )
        for each in CODES.values()
    ]


def test_a_cause_stands_for_as_long_as_the_page_says() -> None:
    assert SURE_SECONDS == 4
    assert "once it has stood for four seconds" in PAGE
    assert f"at most {READY_SECONDS // 60} minutes" in PAGE
