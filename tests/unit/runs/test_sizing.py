"""The review says how much memory a replica gets, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_modelship.bundle.release.wanted import Size
from jupyter_modelship.plan.options import Options
from jupyter_modelship.runs.sizing import in_words, sized
from jupyter_modelship.targets.port import Observation

MIB = 1 << 20
LIVE = Observation(
    service="iris",
    target="kubernetes",
    state="running",
    notebook="/books/iris.ipynb",
    revision=3,
    plan_digest="p",
    bundle_digest="b",
    url="http://iris.team.svc",
    since="2026-01-01T00:00:00+00:00",
    revisions=(),
    measured=178 * MIB - 5,
)
PROVED = (
    "twice the 178 MiB that revision 3 took while it was proved, at least 256 MiB, and more where "
    "a replica of it has taken more since"
)


@pytest.mark.parametrize(
    ("live", "most", "told"),
    [
        (None, 0, "1024 MiB of memory: a guess, since nothing has measured it yet"),
        (
            None,
            512 * MIB,
            (
                "512 MiB of memory: a guess, since nothing has measured it yet; the policy allows "
                "no more, else 1024 MiB"
            ),
        ),
        (
            replace(LIVE, measured=0),
            0,
            "1024 MiB of memory: a guess, since nothing has measured it yet",
        ),
        (LIVE, 0, f"384 MiB of memory: {PROVED}"),
        (LIVE, 4096 * MIB, f"384 MiB of memory: {PROVED}"),
        (
            LIVE,
            300 * MIB + 1,
            f"300 MiB of memory: {PROVED}; the policy allows no more, else 384 MiB",
        ),
    ],
)
def test_the_number_comes_with_its_reason(live: Observation | None, most: int, told: str) -> None:
    assert in_words(live, Size(memory=most)) == f"each replica gets {told}"


def test_it_is_said_of_clusters_and_where_nobody_chose() -> None:
    (found,) = sized(Options(target="kubernetes"), LIVE)
    assert (found.code, found.severity) == ("memory-sized", "note")
    assert sized(Options(target="kubernetes", memory=MIB), LIVE) == ()
    assert sized(Options(), LIVE) == ()
