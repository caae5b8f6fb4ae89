"""After a deploy that failed: what is live as before is asked, and said."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import pytest

from jupyter_modelship.cli import deploy
from jupyter_modelship.errors import ModelshipError, StageFailed, UsageError
from jupyter_modelship.places import Places
from jupyter_modelship.runs import services
from jupyter_modelship.targets.port import Observation

LIVE = Observation("iris", "kubernetes", "running", "/n.ipynb", 1, "p", "b", "http://x", "", ())
FAILED = StageFailed("the process ends by itself")


@pytest.mark.parametrize(
    ("live", "now", "error", "said"),
    [
        (LIVE, LIVE, FAILED, "revision 1 of iris is live as before\n"),
        (LIVE, dataclasses.replace(LIVE, state="failed"), FAILED, ""),
        (LIVE, dataclasses.replace(LIVE, revision=2), FAILED, ""),
        (LIVE, None, FAILED, ""),
        (LIVE, StageFailed("the cluster does not answer"), FAILED, ""),
        (LIVE, LIVE, UsageError("no such option"), ""),
        (None, LIVE, FAILED, ""),
    ],
    ids=["as before", "fails now", "another", "gone", "silent", "nothing began", "there was none"],
)
async def test_the_revision_before_is_said_to_be_live_only_where_it_is(
    live: Observation | None,
    now: Observation | ModelshipError | None,
    error: ModelshipError,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def observe(service: str) -> Observation | None:
        if isinstance(now, ModelshipError):
            raise now
        return now

    target = SimpleNamespace(observe=observe)
    monkeypatch.setattr(services, "open_target", lambda *_: target)
    await deploy._tell_what_stays(live, error, Places(tmp_path, tmp_path, tmp_path))
    assert capsys.readouterr().out == said
