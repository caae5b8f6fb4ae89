"""The keeper: what it keeps alive, what it survives, what it leaves behind."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from jupyter_modelship.errors import NothingThere, StageFailed, UsageError
from jupyter_modelship.targets import keeper as keeper_program
from jupyter_modelship.targets.keeping import client, log
from tests.processes import ended

from .conftest import Site


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


async def _crash(site: Site, code: int = 3) -> None:
    with pytest.raises(Exception, match=r"disconnect|reset|closed"):
        await site.ask(f"/crash/{code}")


async def test_a_process_that_ends_is_started_again_while_clients_wait(site: Site) -> None:
    await site.deploy("one")
    before = await site.ask()
    await _crash(site)
    after = await site.ask()
    assert after["answer"] == "one"
    assert after["pid"] != before["pid"]
    seen = await site.seen()
    assert (seen.state, seen.restarts, seen.reason) == ("running", 1, "it ended with exit code 3")


async def test_a_service_that_cannot_start_counts_as_failed_and_is_retried(site: Site) -> None:
    await site.deploy("one")
    wishes = site.bundle("one") / "stub.json"
    content = wishes.read_text()
    wishes.write_text('{"fail": "import"}')
    await _crash(site)
    seen = await site.seen_as("failed")
    assert seen.reason.endswith("import: KeyError: 'x'")
    assert (seen.cell, seen.line) == ("3f2a", 2)
    assert seen.remedy == "jupyter modelship logs iris"
    wishes.write_text(content)
    assert (await site.ask())["answer"] == "one"
    assert (await site.seen()).state == "running"


async def test_a_kill_is_named(site: Site) -> None:
    await site.deploy("one")
    site.services()[0].kill()
    await site.ask()
    assert (await site.seen()).reason == "it was ended by SIGKILL (out of memory, perhaps)"


async def test_what_a_process_started_ends_with_it(site: Site) -> None:
    await site.deploy("one")
    pid = await site.ask("/child")
    child = psutil.Process(pid)
    await _crash(site)
    await site.ask()
    assert ended(child.pid)


async def test_a_flood_of_output_is_bounded_and_says_so(site: Site) -> None:
    await site.deploy("one")
    asked = 64 << 20
    await site.ask(f"/flood/{asked}")
    folder = site.places.state / "services" / "iris"
    await _marked(site)
    kept = sum(path.stat().st_size for path in folder.glob("log*"))
    assert log.BURST - log.CHUNK <= kept <= 2 * log.SIZE
    assert (await site.ask())["answer"] == "one"


async def _marked(site: Site) -> None:
    async for line in site.target.logs("iris", follow=True):
        if "log-dropped" in line:
            return


async def test_logs_are_read_without_a_keeper_and_followed_over_a_restart(site: Site) -> None:
    await site.deploy("one")
    heard: list[str] = []

    async def follow() -> None:
        async for line in site.target.logs("iris", follow=True):
            heard.append(line)
            if line == "good-bye":
                return

    following = asyncio.create_task(follow())
    await site.ask("/say/hello")
    await _crash(site)
    await site.ask("/say/good-bye")
    await asyncio.wait_for(following, 60)
    assert heard.index("hello") < heard.index("good-bye")
    site.kill_keeper()
    assert [line async for line in site.target.logs("iris")] == heard


async def test_when_the_keeper_is_killed_its_services_end_and_a_start_brings_them_back(
    site: Site,
) -> None:
    before = await site.deploy("one")
    children = site.services()
    site.kill_keeper()
    assert [ended(child.pid) for child in children] == [True]
    seen = await site.seen()
    assert (seen.state, seen.reason) == ("gone", "the keeper is not running")
    assert seen.remedy == "start it: jupyter modelship start iris"
    assert await site.target.list() == (seen,)
    after = await site.target.start("iris")
    assert (after.state, after.url, after.revision) == ("running", before.url, before.revision)
    assert (await site.ask())["answer"] == "one"


async def test_a_write_to_one_service_brings_back_the_others(site: Site) -> None:
    await site.deploy("one")
    site.kill_keeper()
    site.bundle("two")
    other = site.release("two", service="wine")
    await site.target.apply(other, await site.staged(other))
    assert (await site.ask())["answer"] == "one"
    assert [each.service for each in await site.target.list()] == ["iris", "wine"]


async def test_reads_start_no_keeper(site: Site) -> None:
    assert await site.target.list() == ()
    assert await site.target.observe("iris") is None
    with pytest.raises(NothingThere):
        await site.target.stop("iris")
    assert not site.places.state.exists()


async def test_a_second_keeper_ends_at_once(site: Site) -> None:
    await site.deploy("one")
    first = site.keeper().pid
    folders = ("--state", str(site.places.state), "--runtime", str(site.places.runtime))
    second = subprocess.run([sys.executable, "-m", keeper_program.__name__, *folders], timeout=60)
    assert second.returncode == 0
    assert site.keeper().pid == first
    assert (await site.ask())["answer"] == "one"


async def test_many_clients_at_once_make_one_keeper(site: Site) -> None:
    for number in range(4):
        site.bundle(f"b{number}")
    releases = [site.release(f"b{number}", service=f"s{number}") for number in range(4)]
    staged = await asyncio.gather(*(site.target.stage(release) for release in releases))
    assert len(site.services()) == 4
    for one in staged:
        await site.target.discard(one)
    assert site.services() == []


async def test_the_keeper_ends_when_nothing_is_left_to_keep(site: Site) -> None:
    await site.deploy("one")
    kept = site.keeper()
    await site.target.stop("iris")
    assert ended(kept.pid)
    seen = await site.seen()
    assert (seen.state, seen.reason) == ("stopped", "")
    assert (await site.target.start("iris")).url == seen.url


async def test_a_keeper_that_is_told_to_end_lets_requests_finish(site: Site) -> None:
    await site.deploy("one")
    slow = asyncio.create_task(site.ask("/sleep/1"))
    while not site.services()[0].net_connections("tcp")[1:]:
        await asyncio.sleep(0.01)
    kept = site.keeper()
    kept.send_signal(signal.SIGTERM)
    assert (await slow)["answer"] == "one"
    assert ended(kept.pid)
    assert (await site.seen()).state == "gone"


async def test_stop_closes_the_port_and_start_opens_the_same(site: Site) -> None:
    seen = await site.deploy("one")
    address = ("127.0.0.1", int(seen.url.rpartition(":")[2]))
    stopped = await site.target.stop("iris")
    assert (stopped.state, stopped.url) == ("stopped", seen.url)
    assert site.services() == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
    assert (await site.target.start("iris")).state == "running"
    assert (await site.ask())["answer"] == "one"


async def test_stop_ends_what_is_staged_too(site: Site) -> None:
    await site.deploy("one")
    site.bundle("two")
    staged = await site.staged(site.release("two"))
    processes = site.services()
    await site.target.stop("iris")
    assert all(ended(process.pid) for process in processes)
    with pytest.raises(StageFailed, match="under way: it was stopped"):
        await site.target.apply(site.release("two"), staged)


async def test_a_keeper_that_hangs_does_not_hang_who_reads(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = await site.deploy("one")
    monkeypatch.setattr(client, "GREETING_SECONDS", 0.1)
    site.keeper().suspend()
    try:
        assert (await site.seen()).revision == seen.revision
        assert [each.service for each in await site.target.list()] == ["iris"]
    finally:
        site.keeper().resume()


async def test_a_remembered_port_that_somebody_took_is_no_silent_other_port(site: Site) -> None:
    seen = await site.deploy("one")
    await site.target.stop("iris")
    with socket.create_server(("127.0.0.1", int(seen.url.rpartition(":")[2]))):
        with pytest.raises(StageFailed, match="is taken by another process") as caught:
            await site.target.start("iris")
        assert "ss -ltnp" in caught.value.remedy
        with pytest.raises(StageFailed, match="is taken by another process"):
            await site.deploy("two")
    assert (await site.target.start("iris")).state == "running"


async def test_a_service_that_was_never_published_takes_the_next_free_port(site: Site) -> None:
    wished = (await site.deploy("one")).url
    await site.target.delete("iris")
    with socket.create_server(("127.0.0.1", int(wished.rpartition(":")[2]))):
        assert (await site.deploy("one")).url != wished


async def test_delete_removes_all_that_is_the_service_s_and_nothing_else(site: Site) -> None:
    await site.deploy("one")
    site.bundle("two")
    other = site.release("two", service="wine")
    await site.target.apply(other, await site.staged(other))
    await site.target.delete("iris")
    assert await site.target.observe("iris") is None
    assert [path.name for path in (site.places.state / "services").iterdir()] == ["wine"]
    assert [path.name for path in (site.places.state / "bundles").iterdir()] == ["two"]
    assert len(site.services()) == 1
    assert [path.name for path in site.places.runtime.glob("p-*")] == [
        each.cmdline()[each.cmdline().index("--private-socket") + 1].rpartition("/")[2]
        for each in site.services()
    ]


async def test_a_record_that_cannot_be_read_is_shown_and_can_be_deleted(site: Site) -> None:
    await site.deploy("one")
    site.kill_keeper()
    (site.places.state / "services" / "iris" / "service.json").write_text("{")
    (seen,) = await site.target.list()
    assert seen.state == "failed"
    assert "cannot be read" in seen.reason
    await site.target.delete("iris")
    assert await site.target.list() == ()


async def test_files_and_sockets_are_this_user_s_alone(site: Site) -> None:
    await site.target.configure("iris", {"KEY": "k"})
    await site.deploy("one")
    folder = site.places.state / "services" / "iris"
    private = next(site.places.runtime.glob("p-*"))
    files = [folder / name for name in ("token", "service.json", "values.json", "log")]
    sockets = [site.places.socket("keeper")]
    assert {path.name: _mode(path) for path in (*files, *sockets)} == {
        path.name: 0o600 for path in (*files, *sockets)
    }
    assert _mode(private) & 0o077 == 0
    folders = (site.places.state, site.places.runtime, folder, folder.parent)
    assert {_mode(path) for path in folders} == {0o700}


async def test_the_token_stays_the_same_over_revisions(site: Site) -> None:
    token_file = (await site.deploy("one", token=True)).token_file
    assert token_file is not None
    token = token_file.read_text()
    assert len(token) >= 43
    assert (await site.deploy("two", token=True)).token_file == token_file
    assert token_file.read_text() == token
    assert (await site.deploy("three")).token_file is None


async def test_declared_variables_reach_the_process_and_nothing_else(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "not-for-services")
    await site.target.configure("iris", {"CITY": "Bern", "KEY": "s3cret-value", "OTHER": "x"})
    await site.deploy("one", env=["CITY"], secrets=["KEY"])
    asked = ("CITY", "KEY", "OTHER", "JUPYTERHUB_API_TOKEN", "PYTHONDONTWRITEBYTECODE", "HOME")
    told = [await site.ask(f"/env/{name}") for name in asked]
    assert told == ["Bern", "s3cret-value", None, None, None, os.environ["HOME"]]
    await site.ask("/say/my-s3cret-value")
    folder = site.places.state / "services" / "iris"
    written = (folder / "log").read_text() + (folder / "service.json").read_text()
    assert "my-***" in written
    assert "s3cret-value" not in written + " ".join(site.services()[0].cmdline())


async def test_a_declared_variable_without_a_value_is_named(site: Site) -> None:
    with pytest.raises(StageFailed, match="iris declares CITY, which has no value here"):
        await site.deploy("one", env=["CITY"])


async def test_values_that_others_can_read_are_refused(site: Site) -> None:
    await site.target.configure("iris", {"CITY": "Bern"})
    path = site.places.state / "services" / "iris" / "values.json"
    path.chmod(0o644)
    with pytest.raises(UsageError, match="can be read by others"):
        await site.deploy("one", env=["CITY"])


@pytest.mark.parametrize("name", ["../iris", "Iris", "", "a/b", "a" * 64])
async def test_a_name_that_is_no_label_touches_no_file(site: Site, name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a service"):
        await site.target.stage(site.release("one", service=name))
    assert not site.places.state.exists()


async def test_a_bundle_or_environment_that_is_gone_says_how_to_get_it_back(site: Site) -> None:
    with pytest.raises(StageFailed, match="is gone") as caught:
        await site.target.stage(site.release("missing"))
    assert caught.value.remedy == "deploy the notebook again: that makes it anew"


async def test_thirty_releases_leave_no_descriptor_and_no_process_behind(site: Site) -> None:
    await site.deploy("warm-up")
    await site.deploy("warm-down")
    settled = await _settled(site)
    for number in range(30):
        await site.deploy(f"b{number}")
    while await _settled(site) != settled:  # a connection of ours may still be closing
        await asyncio.sleep(0.02)
    assert site.keeper().num_threads() == 1


async def _settled(site: Site) -> int:
    """The keeper's descriptors once the live process is alone."""
    live = (await site.ask())["pid"]
    assert all(ended(each.pid) for each in site.services() if each.pid != live)
    while [each.pid for each in site.services()] != [live]:
        await asyncio.sleep(0.01)
    await site.seen()  # one more turn of the keeper's loop
    return int(site.keeper().num_fds())
