"""An image that is handed to a target and pushed nowhere is an effect of its run as well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jupyter_modelship.engines.fake import FakeEngine
from jupyter_modelship.engines.port import Access, Job
from jupyter_modelship.image.recipe import Config, Platform, Recipe
from jupyter_modelship.places import Places
from jupyter_modelship.runs import imaging
from jupyter_modelship.runs.context import RunContext
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.run import Request


async def test_what_a_target_takes_is_cleaned_up_after_where_the_run_fails(
    journal: Journal, ask: Callable[..., Request], here: Places, tmp_path: Path
) -> None:
    asked = journal.submit(ask(1, service="iris"))
    run = journal.transition(asked.id, asked.state, "running")
    context = RunContext(run, journal, lambda *_: None)
    base = f"registry.example/python@sha256:{'0' * 64}"
    recipe = Recipe(base, Platform("plan9", "mips"), (), Config(("python",), "10001"))
    chosen: Any = SimpleNamespace(engine=FakeEngine(tmp_path / "registry"))
    imaged: Any = SimpleNamespace(ground=SimpleNamespace(access=Access()))
    job = Job(run.id, tmp_path / "job", here.cache)
    job.scratch.mkdir()

    async def take(layout: Path) -> str:
        assert list(journal.effects(run.id)) == ["take"], "meant before it is done"
        return f"loaded from {layout.name}"

    image, name = await imaging._made(context, take, chosen, recipe, job, imaged)
    assert name == "loaded from layout"
    assert journal.effects(run.id)["take"].intent == {"digest": image.digest}
    journal.transition(run.id, "running", "failed")
    assert [each.id for each in journal.unsettled("iris")] == [run.id]
