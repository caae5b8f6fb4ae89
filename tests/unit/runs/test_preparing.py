"""What is made beside the rehearsal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.model import Lock, Source
from jupyter_modelship.runs.preparing import insist_reviewed

MATHS = Source("team-maths", "1.4", "git+https://h/maths@" + "a" * 40, "a" * 40)
FAST = Source("team-fast", "0.3", "git+https://h/fast@" + "b" * 40, "b" * 40)
LOCK = Lock("", "", "3.11", (), "kernel", sources=(MATHS,))


def test_what_the_review_showed_is_built_and_nothing_else() -> None:
    insist_reviewed(LOCK, LOCK)
    insist_reviewed(replace(LOCK, sources=()), LOCK)
    with pytest.raises(StageFailed, match="the artifacts need team-fast, which would be built"):
        insist_reviewed(replace(LOCK, sources=(FAST, MATHS)), LOCK)
    other = replace(MATHS, pin="c" * 40)
    with pytest.raises(StageFailed, match="team-maths"):
        insist_reviewed(replace(LOCK, sources=(other,)), LOCK)
