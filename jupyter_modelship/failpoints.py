"""Named points at which a test may kill, stop or fail this process. Without a test: nothing.

MODELSHIP_FAILPOINT="name=action[@nth][;name=action…]" with the actions `kill` (SIGKILL to this
process), `raise` (OSError), `sleep:SECONDS`. `nth` counts passes from 1; default 1. Every call
names its point with a literal, so that a test can list them all from the source.
"""

from __future__ import annotations

import os
import signal
import time

VARIABLE = "MODELSHIP_FAILPOINT"
STRUCK_VARIABLE = "MODELSHIP_FAILPOINT_STRUCK"
"""A file that gets the name of each point before its action: how a test knows that it happened."""
_passes: dict[str, int] = {}


def failpoint(name: str) -> None:
    """Do what the environment asks for at `name`; return at once where it asks for nothing."""
    wanted = os.environ.get(VARIABLE)
    if wanted:
        _strike(name, wanted)


def _strike(name: str, wanted: str) -> None:
    for order in wanted.split(";"):
        point, _, rest = order.partition("=")
        if point != name:
            continue
        action, _, nth = rest.partition("@")
        _passes[name] = _passes.get(name, 0) + 1
        if _passes[name] == int(nth or 1):
            _act(name, action)


def _act(name: str, action: str) -> None:
    if struck := os.environ.get(STRUCK_VARIABLE):
        with open(struck, "a", encoding="utf-8") as note:  # noqa: PTH123 - no pathlib for a test's sake
            note.write(f"{name}\n")
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "raise":
        raise OSError(f"failpoint {name}")
    verb, _, seconds = action.partition(":")
    if verb == "sleep":
        time.sleep(float(seconds))
