"""Causes out of objects that a real cluster showed: recorded by `make campaign` on it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.targets.kubernetes.cause_texts import CODES
from jupyter_modelship.targets.kubernetes.causes import Seen, causes

RECORDED = sorted((Path(__file__).parent / "recorded").glob("*.json"))
WORDED_BY_HAND = {"evicted", "image-not-pulled", "not-made", "not-started", "registry-silent"} | {
    "no-such-node",
    "restarts",
    "unschedulable",
}
"""A test cluster of one node does not bring these about; test_causes.py has them."""


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_what_a_cluster_showed_has_one_cause(path: Path) -> None:
    told = read(path)
    seen = Seen(told["deployment"], told["pods"], told["events"], told["logs"])
    found = causes(seen, now=datetime.fromisoformat(told["now"]))
    assert [each.code for each in found] == [told["code"]]
    assert found[0].evidence == told["evidence"]


def test_every_other_cause_is_recorded() -> None:
    assert {read(path)["code"] for path in RECORDED} == set(CODES) - WORDED_BY_HAND
