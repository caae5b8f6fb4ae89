"""How a container of a release is started: podman's argument list and nothing else.

No value of a variable or token is ever part of it, nor of the container's configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jupyter_modelship.targets.keeping.wishes import (
    HANDOVER_SECONDS,
    time_between,
    time_to_finish,
    wants_docs,
)
from jupyter_modelship.targets.port import Release

from .podman import Podman

FIRST = 3
"""The number of the first descriptor inside (podman-run(1), --preserve-fds)."""
TMP = "rw,nosuid,nodev,size=256m,mode=1777"
"""The one place that a service can write to; memory, and taken only as it is filled."""
LABEL = "modelship.service"
_AS_FILE = ("--token-file", "--source-map")


def command(
    release: Release, *, podman: Podman, name: str, given: Mapping[str, int], pid_file: Path
) -> tuple[str, ...]:
    """The argument list for a container called `name`.

    `given`: flags of the runtime in the order of the descriptors that go with them.
    """
    return podman.argv(
        *("run", "--rm", "--name", name, "--label", f"{LABEL}={release.service}"),
        *("--pidfile", str(pid_file), "--pull", "never", "--log-driver", "passthrough"),
        *(
            "--userns",
            "host",
            "--network",
            podman.network,
            "--http-proxy=false",
            "--preserve-fds",
            str(len(given)),
        ),
        *("--read-only", "--read-only-tmpfs=false", "--tmpfs", f"/tmp:{TMP}"),  # noqa: S108 - inside
        *("--security-opt", "no-new-privileges", "--cap-drop", "all", "--ulimit", "host"),
        *("--env", "PYTHONUNBUFFERED=1", "--env", "PYTHONFAULTHANDLER=1"),
        *_limits(release),
        release.image,
        *_flags(release, tuple(given)),
    )


def _limits(release: Release) -> tuple[str, ...]:
    memory, cpu = release.options.get("memory"), release.options.get("cpu")
    words: list[str] = []
    if isinstance(memory, int) and memory:  # and no swap beyond it: what is too much ends, as told
        words += ["--memory", f"{memory}b", "--memory-swap", f"{memory}b"]
    if isinstance(cpu, (int, float)) and cpu:
        words += ["--cpus", f"{cpu:g}"]
    return tuple(words)


def _flags(release: Release, given: tuple[str, ...]) -> tuple[str, ...]:
    """The runtime's flags, after those that the image's entrypoint has: the last one counts."""
    words = ["--drain", str(HANDOVER_SECONDS), "--finish", str(time_to_finish(release))]
    words += time_between(release)
    if wants_docs(release):
        words.append("--docs")
    for number, flag in enumerate(given, start=FIRST):
        words += [flag, f"/dev/fd/{number}" if flag in _AS_FILE else str(number)]
    return tuple(words)
