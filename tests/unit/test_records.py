from __future__ import annotations

import json
from dataclasses import replace

import pytest

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.records import ArtifactFact, FileFact, GitFact, RunRecord, retrainable

PLAIN = RunRecord(
    run="r",
    service="iris",
    target="local",
    revision=4,
    plan_digest="a" * 64,
    bundle_digest="b" * 64,
    notebook=FileFact("iris.ipynb", "c" * 64, 9_000),
    lock_digest="d" * 64,
    python="3.11.7",
    who="ada",
    when=1_800_000_000.0,
    git=GitFact("0123456789abcdef", dirty=False),
)
FULL = replace(
    PLAIN,
    cells={"c1": 1, "c5": 5},
    artifacts=(ArtifactFact("model", "e" * 64, 12_000),),
    reads=(FileFact("data/iris.csv", "f" * 64, 3_858),),
    parameters={"depth": 3, "names": ["a", "b"]},
    examples=3,
    versions={"jupyter-modelship": "0.1.0"},
    overrides={"secret": "a public key"},
    image="registry.example/team/iris@sha256:" + "0" * 64,
)


@pytest.mark.parametrize("record", [PLAIN, FULL, replace(PLAIN, git=None)])
def test_a_record_survives_json(record: RunRecord) -> None:
    assert RunRecord.from_json(json.loads(json.dumps(record.to_json()))) == record


def test_a_record_from_before_there_were_images_is_read() -> None:
    old = PLAIN.to_json()
    del old["image"]
    assert RunRecord.from_json(old) == PLAIN


def test_a_record_of_a_newer_format_is_refused() -> None:
    with pytest.raises(ModelshipError, match="has format 2") as caught:
        RunRecord.from_json({**PLAIN.to_json(), "format": 2})
    assert "upgrade" in caught.value.remedy


@pytest.mark.parametrize(
    "damage", [{"notebook": None}, {"artifacts": [{"name": "x"}]}, {"mood": "good"}, {"git": 1}]
)
def test_what_is_no_record_is_refused(damage: dict[str, object]) -> None:
    with pytest.raises(ModelshipError, match="cannot be read"):
        RunRecord.from_json({**PLAIN.to_json(), **damage})
    with pytest.raises(ModelshipError, match="cannot be read"):
        RunRecord.from_json({})


@pytest.mark.parametrize(
    ("record", "blockers"),
    [
        (PLAIN, ()),
        (FULL, ()),
        (
            replace(PLAIN, git=None),
            ("the notebook is in no git repository: its source exists nowhere else",),
        ),
        (
            replace(PLAIN, git=GitFact("0123456789abcdef", dirty=True), lock_digest=""),
            (
                "the notebook's folder had changes that commit 0123456 does not have",
                "the packages were not locked",
            ),
        ),
        (
            replace(PLAIN, reads=(FileFact("https://example.org/iris.csv", "", 0),)),
            ("nothing is known of the bytes of https://example.org/iris.csv",),
        ),
    ],
)
def test_a_revision_can_be_made_again_unless_something_is_missing(
    record: RunRecord, blockers: tuple[str, ...]
) -> None:
    assert retrainable(record) == (not blockers, blockers)
