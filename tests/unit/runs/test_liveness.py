from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys

import pytest

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import Places
from jupyter_modelship.runs import liveness

HOLD_UNTIL_TOLD = """
import sys
print("holding", flush=True)
sys.stdin.read()
"""


def a_process_that_inherits(lock: int) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD_UNTIL_TOLD],
        pass_fds=(lock,),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "holding\n"
    return child


def test_a_run_nobody_ever_worked_on_has_no_worker_and_asking_leaves_no_file(here: Places) -> None:
    assert not liveness.alive(here, "r")
    assert list(here.state.iterdir()) == []


def test_who_holds_the_lock_is_alive_also_to_itself(here: Places) -> None:
    with liveness.hold(here, "r") as lock:
        assert lock is not None
        assert liveness.alive(here, "r")
        assert liveness.alive(here, "r"), "asking must not free it"
    assert not liveness.alive(here, "r")


def test_a_lock_has_one_owner(here: Places) -> None:
    with liveness.hold(here, "r") as first, liveness.hold(here, "r") as second:
        assert first is not None
        assert second is None
    with liveness.hold(here, "r") as third:
        assert third is not None


def test_a_child_that_inherits_the_lock_is_the_owner_until_it_is_killed(here: Places) -> None:
    with liveness.hold(here, "r") as lock:
        assert lock is not None
        child = a_process_that_inherits(lock)
    with child:
        assert liveness.alive(here, "r")
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert not liveness.alive(here, "r")


def test_somebody_who_only_asks_does_not_keep_an_owner_away(here: Places) -> None:
    with liveness.hold(here, "r"):
        pass
    asking = os.open(here.state / "runs" / "r.lock", os.O_RDWR)
    fcntl.flock(asking, fcntl.LOCK_SH)
    child = a_process_that_inherits(asking)
    os.close(asking)
    with child:
        assert child.stdin is not None
        child.stdin.close()  # it lets go while the next line insists
        with liveness.hold(here, "r") as lock:
            assert lock is not None
        child.wait()


def test_the_folder_of_locks_is_private(here: Places) -> None:
    with liveness.hold(here, "r"):
        assert (here.state / "runs").stat().st_mode & 0o777 == 0o700
        assert (here.state / "runs" / "r.lock").stat().st_mode & 0o777 == 0o600


def test_a_disk_without_locks_is_named_with_a_way_out(
    here: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int, _mode: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(ModelshipError) as caught, liveness.hold(here, "r"):
        pass
    assert "MODELSHIP_HOME" in caught.value.remedy
