"""How git's ssh is run where nobody can be asked, and what its agent says of itself.

Keys, agent, known hosts and settings are the user's own (ssh_config(5)); a host whose key is not
known is never taken for good.
Sources: git(1), "GIT_SSH_COMMAND"; ssh(1); ssh-add(1), its exit codes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from jupyter_modelship import process
from jupyter_modelship.errors import ModelshipError

_COMMAND = "ssh -oBatchMode=yes"
_OWN = ("GIT_SSH_COMMAND", "GIT_SSH")
_DENIED = re.compile(r"permission denied \(", re.IGNORECASE)
_SECONDS = 10.0

Agent = Literal["", "none", "silent", "empty", "full"]
"""None is named; it does not answer; it has no key; it has some. Nothing: nobody asked."""


def unasked(environ: Mapping[str, str], *, configured: str) -> dict[str, str]:
    """What git is told, so that ssh asks nobody for a password or whether a host is right. A
    command of the user's own, from the environment or git's settings (`configured`), stays."""
    own = configured or any(environ.get(name) for name in _OWN)
    return {"SSH_ASKPASS_REQUIRE": "never", **({} if own else {"GIT_SSH_COMMAND": _COMMAND})}


async def agent(output: str, environ: Mapping[str, str]) -> Agent:
    """What there is of an agent, where ssh wrote that no key was taken."""
    if not _DENIED.search(output):
        return ""
    if not environ.get("SSH_AUTH_SOCK"):
        return "none"
    try:
        done = await process.run(("ssh-add", "-l"), env=environ, timeout=_SECONDS)
    except ModelshipError:
        return "silent"
    return {0: "full", 1: "empty"}.get(done.code, "silent")  # type: ignore[return-value]  # of a table
