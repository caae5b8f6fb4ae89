"""What a release asks of the process that serves it, read from its options."""

from __future__ import annotations

from jupyter_modelship.plan.options import KEEP_ALIVE
from jupyter_modelship.targets.port import Release

FINISH_SECONDS = 10.0
"""For requests in flight when a revision ends; option `drain`."""
HANDOVER_SECONDS = 0.5
"""For clients that keep a connection to learn, from a reply's `Connection: close`, that it ends."""


def wants_token(release: Release) -> bool:
    """Whether callers must show a token: always, unless it was turned off."""
    return release.options.get("token", True) is not False


def wants_docs(release: Release) -> bool:
    return bool(release.options.get("docs", True))


def time_to_finish(release: Release) -> float:
    """Seconds for requests in flight when the release's process ends."""
    option = release.options.get("drain")
    return float(option) if isinstance(option, (int, float)) else FINISH_SECONDS


def finish_seconds(release: Release) -> float:
    """How long a process of the release may take to end, once it is told to drain."""
    return HANDOVER_SECONDS + time_to_finish(release)


def time_between(release: Release) -> tuple[str, ...]:
    """The runtime's flag for connections between two requests; none where it does so anyway: a
    revision's runtime is as old as the revision, and may not know it."""
    option = release.options.get("keep_alive", KEEP_ALIVE)
    if not isinstance(option, (int, float)) or option == KEEP_ALIVE:
        return ()
    return ("--idle-timeout", f"{option:g}")


def declared(release: Release, option: str) -> tuple[str, ...]:
    """The variables that option `env` or `secrets` names."""
    names = release.options.get(option) or ()
    return tuple(str(name) for name in names) if isinstance(names, (list, tuple)) else ()
