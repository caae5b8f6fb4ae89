"""The keeper is killed, or a write fails, at every named step: one whole revision is left."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from jupyter_modelship import targets
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.failpoints import VARIABLE
from tests.processes import ended

from .conftest import Site

SECOND_RELEASE = [
    f"keeper.{step}.{side}"
    for step in ("spawn", "open", "intent", "take", "record", "drain")
    for side in ("before", "after")
]


async def deploy(site: Site) -> None:
    await site.deploy("one")


async def start(site: Site) -> None:
    await site.target.start("iris")


async def stop(site: Site) -> None:
    await site.target.stop("iris")


async def delete(site: Site) -> None:
    if await site.target.observe("iris") is not None:
        await site.target.delete("iris")


async def replace(site: Site) -> None:
    await site.deploy("two", keep_revisions=1)


OTHERS = {
    "keeper.token.before": deploy,
    "keeper.token.after": deploy,
    "keeper.bind.before": start,
    "keeper.start.before": start,
    "keeper.start.after": start,
    "keeper.stop.before": stop,
    "keeper.stop.after": stop,
    "keeper.delete.before": delete,
    "keeper.delete.after": delete,
    "keeper.remove.before": delete,
    "keeper.remove.after": delete,
    "keeper.prune.before": replace,
    "keeper.prune.after": replace,
}


@pytest.mark.parametrize(
    ("point", "action"),
    [(point, "kill") for point in SECOND_RELEASE]
    + [(point, "raise") for point in SECOND_RELEASE if point.endswith("before")],
)
async def test_a_second_release_that_is_struck_leaves_the_first_or_the_second(
    site: Site, monkeypatch: pytest.MonkeyPatch, point: str, action: str
) -> None:
    nth = "" if "drain" in point else "@2"  # the first release passes all others
    monkeypatch.setenv(VARIABLE, f"{point}={action}{nth}")
    await site.deploy("one")
    with suppress(ModelshipError):
        await site.deploy("two")
    monkeypatch.delenv(VARIABLE)
    seen = await site.target.start("iris")
    assert seen.state == "running"
    assert (await site.ask())["answer"] == {1: "one", 2: "two"}[seen.revision]
    after = await site.deploy("two")
    assert (after.revision, (await site.ask())["answer"]) == (2, "two")
    await _one_process(site)


@pytest.mark.parametrize(("point", "act"), OTHERS.items())
async def test_what_was_struck_can_be_asked_for_again(
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    point: str,
    act: Callable[[Site], Awaitable[None]],
) -> None:
    monkeypatch.setenv(VARIABLE, f"{point}=kill")
    if act is not deploy:
        await site.deploy("one")
    if act is start:
        await site.target.stop("iris")
    struck = site.keeper() if act is not deploy else None
    with suppress(ModelshipError):
        await act(site)
    assert struck is None or ended(struck.pid)
    monkeypatch.delenv(VARIABLE)
    await act(site)
    if act is delete:
        assert await site.target.list() == ()
    elif act is stop:
        assert (await site.seen()).state == "stopped"
        assert site.services() == []
    else:
        assert (await site.ask())["answer"] == ("two" if act is replace else "one")
        await _one_process(site)


async def _one_process(site: Site) -> None:
    live = (await site.ask())["pid"]
    assert all(ended(each.pid) for each in site.services() if each.pid != live)


def test_every_failpoint_is_struck_by_a_test_and_named_once_by_a_literal() -> None:
    """Those of the kubernetes target are struck on a cluster: tests/cluster/target."""
    here = Path(targets.__file__).parent
    paths = [path for path in here.rglob("*.py") if here / "kubernetes" not in path.parents]
    source = "".join(path.read_text() for path in paths)
    named = re.findall(r'failpoint\("([^"]+)"\)', source)
    assert len(named) == source.count("failpoint(")
    assert sorted(named) == sorted([*SECOND_RELEASE, *OTHERS])
