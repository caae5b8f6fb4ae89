"""The recorded replies are what openapi.yaml says they are, and hold nothing of a machine."""

from __future__ import annotations

import json
import re

import pytest

from . import wire
from .recorded import FOLDER

KINDS = {
    "about": "About",
    "look": "Look",
    "look-untagged": "Look",
    "options": "OptionsForm",
    "problem": "Problem",
    "review-at-once": "Review",
    "review-drifted": "Review",
    "review-live": "Review",
    "review-locked": "Review",
    "review-rehearsed": "Review",
    "run-failed": "Run",
    "run-proved": "Run",
    "run-shipped": "Run",
}
FILES = sorted(path.stem for path in FOLDER.glob("*.json"))


def test_every_recording_has_a_kind() -> None:
    assert sorted(KINDS) == FILES


@pytest.mark.parametrize("name", FILES)
def test_a_recording_is_of_its_kind(name: str) -> None:
    wire.check(KINDS[name], json.loads((FOLDER / f"{name}.json").read_text("utf-8")))


@pytest.mark.parametrize("name", FILES)
def test_a_recording_tells_of_no_machine(name: str) -> None:
    text = (FOLDER / f"{name}.json").read_text("utf-8")
    assert re.findall(r"/(?:tmp|root|work|home/(?!ada))[\w/]*|index-url", text) == []
