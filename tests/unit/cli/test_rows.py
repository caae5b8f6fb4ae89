"""A service in one line, as `list` and `status` say it."""

from __future__ import annotations

import dataclasses

import pytest

from jupyter_modelship.cli.services import _row
from jupyter_modelship.targets.port import Observation, Replicas

SEEN = Observation("iris", "local", "running", "/n.ipynb", 1, "p", "b", "http://x", "", ())


@pytest.mark.parametrize(
    ("replicas", "said"),
    [
        (None, "running  local  revision 1  http://x"),
        (Replicas(ready=1, wanted=1), "running  local  revision 1, 1 replica  http://x"),
        (
            Replicas(ready=2, wanted=3),
            "running  local  revision 1, 2 of 3 replicas ready  http://x",
        ),
    ],
)
def test_replicas_are_said_where_there_may_be_many(replicas: Replicas | None, said: str) -> None:
    assert _row(dataclasses.replace(SEEN, replicas=replicas)) == said
