"""Which targets there are, which cannot be deployed to, and that a name lives on one of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_modelship.errors import UsageError
from jupyter_modelship.places import Places
from jupyter_modelship.plan.options import table
from jupyter_modelship.runs import honours, services
from jupyter_modelship.targets.container import probe
from jupyter_modelship.targets.fake import FakeTarget
from jupyter_modelship.targets.port import Release

RELEASE = Release(
    service="iris",
    plan_digest="p",
    bundle_digest="b",
    bundle_folder=Path("/bundles/b"),
    python=Path("/env/bin/python"),
    notebook="/books/iris.ipynb",
    run="r",
)


async def test_a_name_lives_on_one_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = FakeTarget("here"), FakeTarget("there")
    monkeypatch.setattr(services, "open_targets", lambda _: {"here": here, "there": there})
    places = Places(tmp_path, tmp_path, tmp_path)
    await services.check_place("iris", "here", places)
    await there.apply(RELEASE, await there.stage(RELEASE))
    await services.check_place("iris", "there", places)
    with pytest.raises(UsageError, match="service iris is on the target there") as caught:
        await services.check_place("iris", "here", places)
    assert "jupyter modelship delete iris" in caught.value.remedy


def test_every_target_that_can_be_chosen_is_there_or_says_why_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(probe, "looked", lambda: "podman is not installed")
    lacking = honours.unavailable()
    choices = table()["target"].kind.schema()["enum"]
    assert isinstance(choices, list)
    assert set(choices) == {"local"} | lacking.keys()
    assert all(lacking.values())
