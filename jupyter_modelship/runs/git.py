"""The commit that a folder stands at, asked of git where it is there."""

from __future__ import annotations

from pathlib import Path

from jupyter_modelship import process
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.records import GitFact

SECONDS = 10.0


async def commit_of(folder: Path) -> GitFact | None:
    """HEAD's commit and whether files under `folder` differ from it; None outside of git."""
    try:
        head = await process.run(["git", "rev-parse", "HEAD"], cwd=folder, timeout=SECONDS)
        if head.code != 0:
            return None
        status = await process.run(
            ["git", "--no-optional-locks", "status", "--porcelain", "--", "."],
            cwd=folder,
            timeout=SECONDS,
        )
    except ModelshipError:
        return None
    return GitFact(head.output.strip(), dirty=bool(status.output.strip()) or status.code != 0)
