"""What every target promises, said once and held against each of them."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from jupyter_modelship.errors import NothingThere, StageFailed, UsageError
from jupyter_modelship.places import Places
from jupyter_modelship.runs.http import request
from jupyter_modelship.targets.fake import FakeTarget
from jupyter_modelship.targets.local import LocalTarget
from jupyter_modelship.targets.port import Observation, Release, Target
from tests.images.stubs import Yard

STUB = Path(__file__).parents[1] / "unit" / "targets" / "stub_bundle"
Releases = Callable[[str], Release]


@pytest.fixture
def releases(tmp_path: Path, target: Target, images: dict[str, str]) -> Releases:
    """Makes a release of the service iris by its digest, with what can run."""

    def make(digest: str) -> Release:
        folder = tmp_path / "h" / "state" / "bundles" / digest
        shutil.copytree(STUB, folder, dirs_exist_ok=True)
        (folder / "stub.json").write_text("{}")
        return Release(
            service="iris",
            plan_digest=f"plan-{digest}",
            bundle_digest=digest,
            bundle_folder=folder,
            python=Path(sys.executable),
            notebook="/books/iris.ipynb",
            run=f"run-{digest}",
            who="ada",
            image=images[digest] if target.name == "container" else "",
        )

    return make


@pytest.fixture(scope="module")
def images() -> dict[str, str]:
    """Names of the images by the digest of what is in them; the target `container` fills it."""
    return {}


@pytest.fixture(scope="module")
def containers() -> Iterator[Yard]:
    """One store of images for all of them: to unpack the base takes seconds."""
    home = Path(tempfile.mkdtemp(prefix="yard-"))
    yield Yard(home)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(
    params=["fake", "local", pytest.param("container", marks=pytest.mark.ordinary_user)]
)
async def target(
    request: pytest.FixtureRequest, tmp_path: Path, images: dict[str, str]
) -> AsyncIterator[Target]:
    if request.param == "fake":
        yield FakeTarget(waits=["no room yet"])
        return
    if request.param == "container":
        yard: Yard = request.getfixturevalue("containers")
        images |= {digest: await yard.image(digest) for digest in ("base", "one", "two")}
        yield yard.target
        await yard.clear()
        return
    home = tmp_path / "h"
    local = LocalTarget(Places(home / "state", home / "cache", home / "run"))
    yield local
    await local.close()
    with suppress(FileNotFoundError, psutil.NoSuchProcess):
        psutil.Process(int((home / "state" / "keeper.lock").read_text())).kill()


async def ship(target: Target, release: Release) -> Observation:
    staged = await target.stage(release)
    try:
        await target.open(staged)
        return await target.apply(release, staged)
    finally:
        await target.discard(staged)


async def test_a_release_that_is_applied_runs(target: Target, releases: Releases) -> None:
    seen = await ship(target, releases("one"))
    assert (seen.service, seen.target, seen.state) == ("iris", target.name, "running")
    assert (seen.revision, seen.plan_digest, seen.bundle_digest) == (1, "plan-one", "one")
    assert seen.notebook == "/books/iris.ipynb"
    assert await target.observe("iris") == seen
    assert await target.list() == (seen,)


async def test_a_release_is_a_folder_for_others_or_refused_with_a_reason(
    target: Target, releases: Releases
) -> None:
    with pytest.raises((NothingThere, UsageError)):
        await target.release("iris")
    await ship(target, releases("one"))
    if target.name in ("local", "container"):
        with pytest.raises(UsageError, match="others can apply nothing") as caught:
            await target.release("iris", namespace="team-b")
        assert caught.value.remedy
        return
    made = await target.release("iris", namespace="team-b")
    assert any(b"team-b" in content for content in made.files.values())


async def test_a_way_leads_to_what_runs_and_to_its_metrics(
    target: Target, releases: Releases
) -> None:
    seen = await ship(target, releases("one"))
    async with target.reach(seen) as way, target.reach_metrics(seen) as processes:
        assert way.url == seen.url
        assert len(processes) <= 1, "one process has one name"
        if target.name != "fake":  # which runs nothing
            reply = await request(way.url, "GET", "/", token=way.token, unix=way.socket)
            assert (reply.status, "answer" in json.loads(reply.body)) == (200, True)


async def test_what_is_waited_for_is_told_in_printable_lines(
    target: Target, releases: Releases
) -> None:
    told: list[str] = []
    staged = await target.stage(releases("one"))
    await target.open(staged, tell=told.append)
    seen = await target.apply(releases("one"), staged, tell=told.append)
    assert seen.state == "running"
    assert all(line and line.isprintable() for line in told)
    assert told or target.name != "fake"


async def test_what_is_followed_is_told_as_when_it_is_asked(
    target: Target, releases: Releases
) -> None:
    seen = await ship(target, releases("one"))
    async with target.followed():
        assert await target.observe("iris") == seen
        assert await target.list() == (seen,)
        assert await target.observe("wine") is None
    assert await target.list() == (seen,)


async def test_what_is_only_staged_is_no_service(target: Target, releases: Releases) -> None:
    staged = await target.stage(releases("one"))
    await target.open(staged)
    assert await target.observe("iris") is None
    assert await target.list() == ()
    await target.discard(staged)
    await target.discard(staged)
    with pytest.raises(StageFailed):
        await target.open(staged)


async def test_revisions_are_numbered_and_told_oldest_first(
    target: Target, releases: Releases
) -> None:
    await ship(target, releases("one"))
    seen = await ship(target, releases("two"))
    told = [(each.number, each.plan_digest, each.run, each.who) for each in seen.revisions]
    assert told == [(1, "plan-one", "run-one", "ada"), (2, "plan-two", "run-two", "ada")]
    assert seen.revision == 2


async def test_a_run_is_applied_once(target: Target, releases: Releases) -> None:
    first = await ship(target, releases("one"))
    assert await ship(target, releases("one")) == first


async def test_of_two_runs_staged_side_by_side_the_second_is_refused(
    target: Target, releases: Releases
) -> None:
    second = await target.stage(releases("two"))
    await target.open(second)
    await ship(target, releases("one"))
    with pytest.raises(StageFailed, match="was changed while this run was under way"):
        await target.apply(releases("two"), second)
    assert [each.run for each in (await target.list())[0].revisions] == ["run-one"]


async def test_a_run_staged_before_the_service_was_stopped_is_refused(
    target: Target, releases: Releases
) -> None:
    await ship(target, releases("one"))
    second = await target.stage(releases("two"))
    await target.open(second)
    await target.stop("iris")
    with pytest.raises(StageFailed, match="was changed while this run was under way"):
        await target.apply(releases("two"), second)
    seen = await target.observe("iris")
    assert seen is not None
    assert (seen.state, seen.revision) == ("stopped", 1)


async def test_a_service_belongs_to_one_notebook(target: Target, releases: Releases) -> None:
    await ship(target, releases("one"))
    with pytest.raises(UsageError, match="belongs to the notebook"):
        await target.stage(replace(releases("two"), notebook="/books/other.ipynb"))


async def test_a_service_is_taken_over_from_whom_is_named_or_that_is_refused(
    target: Target, releases: Releases
) -> None:
    await ship(target, releases("one"))
    before = await target.audit("iris")
    wanted = replace(releases("two"), notebook="/books/other.ipynb", who="bob")
    with pytest.raises(UsageError):
        await target.stage(replace(wanted, takes_over="/books/third.ipynb of ada"))
    taking = replace(wanted, takes_over="/books/iris.ipynb of ada")
    if target.name in ("local", "container"):
        with pytest.raises(UsageError, match="none is taken over"):
            await target.stage(taking)
        return
    seen = await ship(target, taking)
    assert (seen.notebook, seen.revision) == ("/books/other.ipynb", 2)
    with pytest.raises(UsageError, match=r"belongs to the notebook /books/other\.ipynb"):
        await target.stage(releases("one"))
    (line,) = (await target.audit("iris"))[len(before) :]
    assert (line.deed, line.who, line.revision) == ("take-over", "bob", 2)


async def test_a_shared_service_belongs_to_one_person_as_well(
    target: Target, releases: Releases
) -> None:
    """Two people may have the same path, as on a Hub; and bring back what is not theirs."""
    seen = await ship(target, releases("one"))
    colleague = replace(releases("two"), who="bob")
    if target.name in ("local", "container"):  # all there is one user's
        assert seen.owner == ""
        assert (await ship(target, colleague)).revision == 2
        return
    assert seen.owner == "ada"
    with pytest.raises(UsageError, match=r"belongs to the notebook /books/iris\.ipynb of ada"):
        await target.stage(colleague)
    with pytest.raises(UsageError, match="of ada"):
        await target.stage(replace(colleague, takes_over="/books/iris.ipynb of eve"))
    taken = await ship(target, replace(colleague, takes_over="/books/iris.ipynb of ada"))
    assert (taken.revision, taken.owner) == (2, "bob")
    with pytest.raises(UsageError, match="of bob"):
        await target.stage(replace(releases("one"), run="run-again"))
    back = await target.rollback("iris", who="eve")
    assert (back.owner, back.revisions[-1].who) == ("ada", "eve"), "whose it was, and who did it"
    again = await ship(target, replace(releases("two"), run="run-hers"))
    assert (again.revision, again.owner) == (4, "ada")
    deeds = [(line.deed, line.who) for line in await target.audit("iris")]
    assert deeds == [
        ("deploy", "ada"),
        ("take-over", "bob"),
        ("rollback", "eve"),
        ("deploy", "ada"),
    ]


async def test_who_is_vouched_for_is_called_so(target: Target) -> None:
    assert await target.identity("ada", vouched=True) == "ada"
    if target.name in ("local", "container"):
        assert await target.identity("jovyan") == "jovyan"


async def test_what_is_done_to_a_shared_service_is_written_down(
    target: Target, releases: Releases
) -> None:
    overriding = replace(releases("one"), overrides=("secret-found",))
    await ship(target, overriding)
    await ship(target, releases("two"))
    await target.stop("iris", who="bob")
    await target.start("iris", who="eve")
    await target.rollback("iris", who="bob")
    told = [
        (line.deed, line.who, line.revision, line.digest, line.overrides)
        for line in await target.audit("iris")
    ]
    await target.delete("iris", who="ada")
    after = await target.audit()
    if target.name in ("local", "container"):  # what one user does is in that user's own record
        assert (told, after) == ([], ())
        return
    assert told == [
        ("deploy", "ada", 1, "one", ("secret-found",)),
        ("deploy", "ada", 2, "two", ()),
        ("stop", "bob", 2, "two", ()),
        ("start", "eve", 2, "two", ()),
        ("rollback", "bob", 3, "one", ()),
    ]
    assert [(line.deed, line.who, line.digest) for line in after[-1:]] == [("delete", "ada", "one")]


async def test_a_stopped_service_keeps_its_revision_and_starts_again(
    target: Target, releases: Releases
) -> None:
    running = await ship(target, releases("one"))
    stopped = await target.stop("iris")
    assert (stopped.state, stopped.revision, stopped.url) == ("stopped", 1, running.url)
    assert await target.stop("iris") == stopped
    started = await target.start("iris")
    assert (started.state, started.revision, started.url) == ("running", 1, running.url)
    assert await target.start("iris") == started


async def test_a_release_to_a_stopped_service_runs(target: Target, releases: Releases) -> None:
    await ship(target, releases("one"))
    await target.stop("iris")
    assert (await ship(target, releases("two"))).state == "running"


async def test_a_rollback_is_a_new_revision_of_an_old_plan(
    target: Target, releases: Releases
) -> None:
    await ship(target, releases("one"))
    await ship(target, releases("two"))
    back = await target.rollback("iris", run="run-back", who="bob")
    assert (back.revision, back.plan_digest, back.revisions[-1].origin) == (3, "plan-one", 1)
    assert (back.revisions[-1].run, back.revisions[-1].who) == ("run-back", "bob")
    assert await target.rollback("iris", run="run-back", who="bob") == back
    named = await target.rollback("iris", 2)
    assert (named.revision, named.plan_digest, named.revisions[-1].origin) == (4, "plan-two", 2)


async def test_there_is_nothing_to_roll_back_to_before_the_first_revision(
    target: Target, releases: Releases
) -> None:
    await ship(target, releases("one"))
    with pytest.raises(NothingThere, match="has not kept an earlier revision"):
        await target.rollback("iris")
    with pytest.raises(NothingThere, match="has not kept revision 7"):
        await target.rollback("iris", 7)


async def test_a_deleted_service_is_gone_and_its_name_is_free(
    target: Target, releases: Releases
) -> None:
    await ship(target, releases("one"))
    await target.delete("iris")
    assert await target.observe("iris") is None
    assert await target.list() == ()
    other = replace(releases("two"), notebook="/books/other.ipynb")
    assert (await ship(target, other)).revision == 1


async def test_what_revisions_need_is_held_until_they_go(
    target: Target, releases: Releases
) -> None:
    release = releases("one")
    await ship(target, release)
    interpreter = set() if release.image else {release.python}
    assert await target.holds() == {release.bundle_folder, *interpreter}
    await target.delete("iris")
    assert await target.holds() == frozenset()


async def test_nothing_can_be_done_to_a_service_that_is_not_there(target: Target) -> None:
    assert await target.observe("iris") is None
    for act in (target.start, target.stop, target.rollback, target.delete):
        with pytest.raises(NothingThere, match="there is no service iris"):
            await act("iris")
    with pytest.raises(NothingThere):
        async for _ in target.logs("iris"):
            pass


async def test_every_option_is_honoured_or_refused_with_a_reason(target: Target) -> None:
    assert all(isinstance(reason, str) for reason in target.honours.values())
