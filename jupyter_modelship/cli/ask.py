"""Questions, where somebody can answer them."""

from __future__ import annotations

import sys

from jupyter_modelship.errors import UsageError


def confirmed(question: str, *, yes: bool) -> bool:
    """Whether to go on. Without `--yes` and without a terminal nobody can say so: UsageError."""
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("nobody is here to answer", remedy="add --yes")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
