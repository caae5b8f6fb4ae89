from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from jupyter_modelship.storage import Storage
from jupyter_modelship.targets.container.command import command
from jupyter_modelship.targets.container.podman import Podman
from jupyter_modelship.targets.port import Release

IMAGE = f"localhost/modelship@sha256:{'0' * 64}"
RELEASE = Release(
    service="iris",
    plan_digest="p",
    bundle_digest="b",
    bundle_folder=Path("/bundles/b"),
    python=Path("/env/bin/python"),
    notebook="/books/iris.ipynb",
    run="r",
    image=IMAGE,
)
PODMAN = Podman(
    program="/usr/bin/podman",
    version="4.3.1",
    root=Path("/state/containers/store"),
    run=Path("/run/c"),
    storage=Storage("overlay", "the kernel mounts overlay for this user"),
    runtime="runc",
    network="slirp4netns",
)
GIVEN = {"--control-fd": 17, "--private-fd": 41, "--values-fd": 9, "--token-file": 12}


def _command(release: Release) -> tuple[str, ...]:
    return command(
        release, podman=PODMAN, name="iris-1", given=GIVEN, pid_file=Path("/run/p-1.pid")
    )


def test_the_whole_argument_list_of_a_container() -> None:
    assert _command(RELEASE) == (
        *("/usr/bin/podman", "--root", "/state/containers/store", "--runroot", "/run/c"),
        *("--tmpdir", "/run/c/t", "--storage-driver", "overlay", "--runtime", "runc"),
        *("--events-backend", "none", "--log-level", "error"),
        *("run", "--rm", "--name", "iris-1", "--label", "modelship.service=iris"),
        *("--pidfile", "/run/p-1.pid", "--pull", "never", "--log-driver", "passthrough"),
        *(
            "--userns",
            "host",
            "--network",
            "slirp4netns",
            "--http-proxy=false",
            "--preserve-fds",
            "4",
        ),
        *("--read-only", "--read-only-tmpfs=false"),
        *("--tmpfs", "/tmp:rw,nosuid,nodev,size=256m,mode=1777"),
        *("--security-opt", "no-new-privileges", "--cap-drop", "all", "--ulimit", "host"),
        *("--env", "PYTHONUNBUFFERED=1", "--env", "PYTHONFAULTHANDLER=1"),
        IMAGE,
        *("--drain", "0.5", "--finish", "10.0", "--docs", "--control-fd", "3"),
        *("--private-fd", "4", "--values-fd", "5", "--token-file", "/dev/fd/6"),
    )


def test_limits_are_set_where_they_are_asked_for() -> None:
    words = _command(replace(RELEASE, options={"memory": 1 << 29, "cpu": 1.5, "docs": False}))
    before_image = words[: words.index(IMAGE)]
    assert before_image[-6:] == (
        *("--memory", "536870912b", "--memory-swap", "536870912b"),
        *("--cpus", "1.5"),
    )
    assert "--docs" not in words


def test_no_limit_is_none() -> None:
    words = _command(replace(RELEASE, options={"memory": 0, "cpu": 0.0}))
    assert not {"--memory", "--cpus"} & set(words)
