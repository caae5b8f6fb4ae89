"""How a service's process is started here: its argument list and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.targets.keeping.wishes import (
    HANDOVER_SECONDS,
    time_between,
    time_to_finish,
    wants_docs,
    wants_token,
)
from jupyter_modelship.targets.port import Release


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
    words += ["--drain", str(HANDOVER_SECONDS), "--finish", str(time_to_finish(release))]
    words += time_between(release)
    if wants_token(release):
        words += ["--token-file", str(token)]
    if wants_docs(release):
        words.append("--docs")
    if release.source_map is not None and release.source_map.exists():
        words += ["--source-map", str(release.source_map)]
    return tuple(words)
