"""Which engine makes an image: the one that was named, or the first that works here."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_modelship.engines.choosing import choose, engines
from jupyter_modelship.engines.fake import FakeEngine
from jupyter_modelship.engines.port import Engine, Probe
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.plan.options import table


class Broken(FakeEngine):
    """One that does not work here."""

    def __init__(self, name: str, remedy: str = "") -> None:
        super().__init__(Path("/nowhere"))
        self.name = name
        self._remedy = remedy

    async def probe(self) -> Probe:
        return Probe(False, "", f"{self.name} is not installed", self._remedy)


WORKS = FakeEngine(Path("/nowhere"))


def known(*found: Engine) -> dict[str, Engine]:
    return {engine.name: engine for engine in found}


async def test_auto_takes_the_first_that_works_and_says_why_not_those_before() -> None:
    chosen = await choose("auto", known(Broken("buildah"), WORKS, Broken("podman")))
    assert chosen.engine is WORKS
    assert chosen.probe.how.startswith("fake")
    assert chosen.passed == ("buildah: buildah is not installed",)


async def test_one_that_was_named_is_taken_or_nobody() -> None:
    found = known(Broken("buildah", "install buildah"), WORKS)
    assert (await choose("fake", found)).engine is WORKS
    with pytest.raises(StageFailed, match="buildah: buildah is not installed") as raised:
        await choose("buildah", found)
    assert raised.value.remedy == "install buildah"


async def test_where_none_works_all_reasons_are_told() -> None:
    with pytest.raises(StageFailed) as raised:
        await choose("auto", known(Broken("buildah"), Broken("podman", "install podman")))
    assert "buildah is not installed; podman: podman is not installed" in raised.value.message
    assert raised.value.remedy == "install podman"


def test_every_engine_that_can_be_asked_for_is_there(tmp_path: Path) -> None:
    schema = table()["engine"].kind.schema()
    assert {"auto", *engines(tmp_path)} == set(schema["enum"])  # type: ignore[call-overload] # a list of names
