"""How a service's process is started: its argument list and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.targets.port import Release

FINISH_SECONDS = 10.0
"""For requests in flight when a revision ends; option `drain`."""
HANDOVER_SECONDS = 0.5
"""For clients that keep a connection to learn, from a reply's `Connection: close`, that it ends."""


@dataclass(frozen=True, slots=True)
class Ends:
    """What a process is given to talk through; `listen` and `control` are inherited descriptors."""

    listen: int
    control: int
    private: Path


def command(release: Release, *, ends: Ends, token: Path) -> tuple[str, ...]:
    """The argument list for a release. No value of a variable or token is ever part of it.

    It chooses the port of its metrics itself and names it when it is ready.
    """
    words: list[str] = [str(release.python), "-u", "-X", "faulthandler", "-m", "modelship_runtime"]
    words += ["--bundle", str(release.bundle_folder)]
    words += ["--listen-fd", str(ends.listen), "--control-fd", str(ends.control)]
    words += ["--private-socket", str(ends.private), "--metrics-port", "0"]
    words += ["--drain", str(HANDOVER_SECONDS), "--finish", str(_finish(release))]
    if wants_token(release):
        words += ["--token-file", str(token)]
    if release.options.get("docs", True):
        words.append("--docs")
    if release.source_map is not None and release.source_map.exists():
        words += ["--source-map", str(release.source_map)]
    return tuple(words)


def wants_token(release: Release) -> bool:
    """Whether callers must show a token: always, unless it was turned off."""
    return release.options.get("token", True) is not False


def finish_seconds(release: Release) -> float:
    """How long a process of the release may take to end, once it is told to drain."""
    return HANDOVER_SECONDS + _finish(release)


def _finish(release: Release) -> float:
    option = release.options.get("drain")
    return float(option) if isinstance(option, (int, float)) else FINISH_SECONDS


def declared(release: Release, option: str) -> tuple[str, ...]:
    """The variables that option `env` or `secrets` names."""
    names = release.options.get(option) or ()
    return tuple(str(name) for name in names) if isinstance(names, (list, tuple)) else ()
