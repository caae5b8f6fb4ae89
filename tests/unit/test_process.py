"""Children: none outlives its reason, none is left unburied."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_modelship import process
from jupyter_modelship.errors import ModelshipError
from tests.processes import ended

PYTHON = sys.executable
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", CHILD])
print(child.pid, file=sys.stderr, flush=True)
child.wait()
"""
SLEEP = "import time; time.sleep(600)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "


def python(source: str, *words: str | Path) -> list[str | Path]:
    return [PYTHON, "-c", source, *words]


def family(child: str = SLEEP) -> list[str | Path]:
    """A child that starts a grandchild, says its pid, and waits."""
    return python(f"CHILD = {child!r}\n{PARENT}")


class Heard:
    """The first line that a child says, as an event."""

    def __init__(self) -> None:
        self.line: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def __call__(self, line: str) -> None:
        if not self.line.done():
            self.line.set_result(line)


def descriptors() -> int:
    """How many this process has open."""
    return int(psutil.Process().num_fds())


async def test_output_errors_and_exit_code_are_told() -> None:
    done = await process.run(python("import sys; print('é'); print('e', file=sys.stderr); exit(3)"))
    assert (done.code, done.output, done.errors) == (3, "é\n", "e\n")
    assert done.argv[0] == PYTHON


async def test_lines_of_standard_error_come_one_by_one_and_without_their_ends() -> None:
    lines: list[str] = []
    await process.run(
        python("import sys; sys.stderr.write('a\\nb\\r\\nlast')"), on_line=lines.append
    )
    assert lines == ["a", "b\r", "last"]


async def test_a_line_of_many_megabytes_is_taken_whole() -> None:
    done = await process.run(python("import sys; sys.stdout.write('x' * 3_000_001 + '\\ny')"))
    assert done.output == "x" * 3_000_001 + "\ny"


async def test_bytes_that_are_no_text_are_replaced() -> None:
    done = await process.run(python("import os; os.write(1, b'a\\xff')"))
    assert done.output == "a\ufffd"


async def test_a_child_reads_nothing_and_leads_a_session_of_its_own(tmp_path: Path) -> None:
    source = "import os, sys; print(sys.stdin.read(), os.getsid(0) == os.getpid(), os.getcwd())"
    done = await process.run(python(source), cwd=tmp_path)
    assert done.output == f" True {tmp_path}\n"


async def test_what_is_not_there_cannot_be_started() -> None:
    with pytest.raises(ModelshipError, match="cannot start /nowhere: No such file"):
        await process.run(["/nowhere"])


async def test_a_child_that_takes_too_long_is_ended_with_its_group() -> None:
    heard = Heard()
    for seconds in (1, 8, 64):  # until it has come to say something by then
        with pytest.raises(ModelshipError, match=rf"python.* took longer than {seconds} s"):
            await process.run(family(), timeout=seconds, on_line=heard)
        if heard.line.done():
            break
    assert ended(int(heard.line.result()))


async def test_cancelling_the_wait_ends_the_group() -> None:
    heard = Heard()
    task = asyncio.create_task(process.run(family(), on_line=heard))
    grandchild = int(await heard.line)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended(grandchild)


async def test_who_does_not_listen_is_killed_after_the_grace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "GRACE_SECONDS", 0.1)
    heard = Heard()
    loud = "import os, sys; print(os.getpid(), file=sys.stderr, flush=True); "
    task = asyncio.create_task(process.run(python(DEAF + loud + SLEEP), on_line=heard))
    child = int(await heard.line)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not psutil.pid_exists(child)


async def test_a_child_that_ends_leaves_no_helper_of_its_behind() -> None:
    """The helper has closed its outputs, so that nobody waits for it."""
    source = (
        "import subprocess, sys; quiet = dict.fromkeys(('stdout', 'stderr'), subprocess.DEVNULL)\n"
        f"print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}], **quiet).pid)"
    )
    done = await process.run(python(source))
    assert ended(int(done.output))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a death")
def test_a_child_dies_with_the_process_that_waits_for_it() -> None:
    source = (
        "import asyncio, os, sys\nfrom jupyter_modelship import process\n"
        f"child = 'import os; os.write(2, b\"%d\\\\n\" % os.getpid()); {SLEEP}'\n"
        "words = [sys.executable, '-c', child]\n"
        "asyncio.run(process.run(words, on_line=lambda line: print(line, flush=True)))"
    )
    with subprocess.Popen(python(source), stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    assert ended(child)


def test_variables_that_change_how_python_starts_are_not_inherited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("KEPT", "1")
    made = process.environment({"MORE": "2", "PYTHONPATH": "given"})
    assert made == {
        **{k: v for k, v in os.environ.items() if not k.startswith("PYTHON") or k in made},
        "MORE": "2",
        "PYTHONPATH": "given",
    }
    assert "PYTHONDONTWRITEBYTECODE" not in made
    assert (made["KEPT"], "PYTHONHOME" in made, "PYTHONSTARTUP" in made) == ("1", False, False)


def test_logins_reach_those_alone_who_need_them(monkeypatch: pytest.MonkeyPatch) -> None:
    index = {
        "UV_INDEX": "corp=https://ada:pass@index.example/simple",
        "UV_INDEX_CORP_PASSWORD": "pass",
        "PIP_EXTRA_INDEX_URL": "https://a@b.example:pass@index.example/simple",
    }
    hub, server = {"JUPYTERHUB_API_TOKEN": "h"}, {"JUPYTER_TOKEN": "t", "JPY_API_TOKEN": "t"}
    plain = {"UV_DEFAULT_INDEX": "https://index.example/simple", "UV_CACHE_DIR": "/c@1"}
    for name, value in {**index, **hub, **server, **plain}.items():
        monkeypatch.setenv(name, value)

    def told(environment: dict[str, str]) -> dict[str, str]:
        names = {*index, *hub, *server, *plain}
        return {name: value for name, value in environment.items() if name in names}

    assert told(process.environment()) == plain
    assert told(process.index_environment()) == {**index, **plain}
    assert told(process.kernel_environment()) == {**hub, **plain}
    assert told(process.entrusted_environment()) == {**index, **hub, **plain}


async def test_the_environment_is_ours_unless_one_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONSTARTUP", "nowhere")
    monkeypatch.setenv("KEPT", "1")
    source = "import os; print(os.environ.get('KEPT'), os.environ.get('PYTHONSTARTUP'))"
    assert (await process.run(python(source))).output == "1 None\n"
    assert (await process.run(python(source), env={"PYTHONSTARTUP": ""})).output == "None \n"


TELL = """
import json, os, sys, time
told = {"pid": os.getpid(), "sid": os.getsid(0), "group": os.getpgid(0), "cwd": os.getcwd(),
        "input": sys.stdin.read(), "descriptors": sorted(map(int, os.listdir("/proc/self/fd"))),
        "umask": os.environ.get("KEPT")}
print(json.dumps(told), flush=True)
print("error", file=sys.stderr, flush=True)
"""


@asynccontextmanager
async def detached(source: str, **ends: Any) -> AsyncIterator[int]:
    """The pid of a detached child, which is ended afterwards."""
    pid = process.detach(python(source), **ends)
    try:
        yield pid
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


async def test_a_detached_child_has_a_session_and_a_group_of_its_own(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("before\n")
    async with detached(TELL, log=log, cwd=tmp_path) as pid:
        assert ended(pid)
    before, told, error = log.read_text().splitlines()
    facts = json.loads(told)
    assert (before, error) == ("before", "error")
    assert (facts["pid"], facts["sid"], facts["group"]) == (pid, pid, pid)
    assert (facts["cwd"], facts["input"]) == (str(tmp_path), "")


async def test_a_detached_child_inherits_the_named_descriptors_and_no_others(
    tmp_path: Path,
) -> None:
    kept, other = os.open(tmp_path, os.O_RDONLY), os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(other, True)
    log = tmp_path / "log"
    async with detached(TELL, log=log, pass_fds=(kept,)) as pid:
        assert ended(pid)
    listing = 1  # listdir itself has one open while it looks
    found = json.loads(log.read_text().splitlines()[0])["descriptors"]
    assert len(found) == 4 + listing
    assert {0, 1, 2, kept} <= set(found)
    assert other not in found
    os.close(kept)
    os.close(other)


async def test_the_log_of_a_detached_child_is_private(tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with detached("", log=log) as pid:
        assert ended(pid)
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


async def test_a_detached_child_is_not_ours_to_bury(tmp_path: Path) -> None:
    before, beside = descriptors(), psutil.Process().children()
    async with detached(SLEEP, log=tmp_path / "log") as pid:
        assert psutil.Process().children() == beside
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        assert psutil.Process(pid).ppid() != os.getpid()
    assert descriptors() == before


def test_a_detached_child_survives_our_death(tmp_path: Path) -> None:
    source = (
        "import sys\nfrom pathlib import Path\nfrom jupyter_modelship import process\n"
        f"print(process.detach([sys.executable, '-c', {SLEEP!r}], log=Path(sys.argv[1])), "
        "flush=True)\nsys.stdin.read()"
    )
    ours = subprocess.Popen(
        python(source, tmp_path / "log"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with ours:
        assert ours.stdout is not None
        pid = int(ours.stdout.readline())
        os.killpg(os.getpgid(pid), 0)
        ours.kill()
    assert psutil.Process(pid).is_running()
    os.kill(pid, signal.SIGKILL)


def test_a_child_that_is_killed_before_it_has_begun_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_tell: int) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(process, "_leave", die)
    before = descriptors()
    with pytest.raises(ChildProcessError, match="was killed before it had begun"):
        process.detach(python(SLEEP), log=tmp_path / "log")
    assert descriptors() == before


def test_what_cannot_be_detached_says_so_and_leaves_nothing_open(tmp_path: Path) -> None:
    before, beside = descriptors(), psutil.Process().children()
    with pytest.raises(FileNotFoundError):
        process.detach(["/nowhere"], log=tmp_path / "log")
    assert descriptors() == before
    assert psutil.Process().children() == beside


def test_a_started_child_is_waited_for_by_its_caller(tmp_path: Path) -> None:
    log = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    kept = os.open(tmp_path, os.O_RDONLY)
    source = "import os, sys; print(os.fstat(int(sys.argv[1])).st_ino, os.environ); sys.exit(4)"
    child = process.start(
        python(source, str(kept)), output=log, keep=[kept], cwd=tmp_path, env={"ONLY": "this"}
    )
    assert child.wait(60) == 4
    told = (tmp_path / "log").read_text()
    assert told.startswith(f"{tmp_path.stat().st_ino} ")
    assert "'ONLY': 'this'" in told
    assert "PATH" not in told
    os.close(log)
    os.close(kept)


def test_a_started_child_finds_what_it_is_given_as_the_lowest_descriptors(tmp_path: Path) -> None:
    log = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    folders = [tmp_path / name for name in ("one", "two", "three")]
    for folder in folders:
        folder.mkdir()
    kept = [os.open(folder, os.O_RDONLY) for folder in folders]
    before = descriptors()
    source = (
        "import json, os\n"
        "names = sorted(int(name) for name in os.listdir('/proc/self/fd'))\n"
        "print(json.dumps([names, [os.fstat(one).st_ino for one in (3, 4, 5)]]))"
    )
    child = process.start(python(source), output=log, lowest=kept[::-1], cwd=tmp_path, env={})
    assert child.wait(60) == 0
    names, inodes = json.loads((tmp_path / "log").read_text())
    assert inodes == [folder.stat().st_ino for folder in folders[::-1]]
    assert names == [0, 1, 2, 3, 4, 5, 6]  # 6: the listing's own
    assert descriptors() == before
    with pytest.raises(FileNotFoundError):
        process.start(["/nowhere"], output=log, lowest=kept, cwd=tmp_path, env={})
    assert descriptors() == before
    for one in (log, *kept):
        os.close(one)


def test_a_terminal_is_given_away_until_the_child_ends(tmp_path: Path) -> None:
    source = "import os, sys; open('here', 'w').write(os.environ['SAID']); sys.exit(5)"
    assert process.take_over(python(source), cwd=tmp_path, env={"SAID": "yes"}) == 5
    assert (tmp_path / "here").read_text() == "yes"


def test_a_signal_to_nobody_is_fine() -> None:
    child = subprocess.Popen(python(""), start_new_session=True)
    child.wait()
    process.signal_group(child.pid, signal.SIGTERM)
