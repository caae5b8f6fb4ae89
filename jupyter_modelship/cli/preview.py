"""`preview`: the generated code, as far as it is known before a rehearsal."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from pathlib import Path

from jupyter_modelship.cli.ink import Ink
from jupyter_modelship.cli.report import finding_lines, print_json
from jupyter_modelship.cli.review_view import headline, hole_lines, review_data, stop_where_blocked
from jupyter_modelship.errors import UsageError
from jupyter_modelship.model import Bundle
from jupyter_modelship.places import Places, places
from jupyter_modelship.plan.flags import given_flags
from jupyter_modelship.runs.locking import locked
from jupyter_modelship.runs.review import Looked, Reviewed, look


def preview(arguments: Namespace) -> int:
    """Print service.py, or write all files of the bundle to a folder."""
    looked = look(Path(arguments.notebook), given_flags(arguments))
    stop_where_blocked(looked)
    reviewed, bundle = asyncio.run(_bundle(looked, places()))
    if arguments.output:
        _write(bundle, Path(arguments.output))
    if arguments.json:
        files = {name: content.decode("utf-8", "replace") for name, content in _shown(bundle)}
        print_json({**review_data(looked, reviewed.plan), "files": files})
        return 0
    _tell(reviewed, bundle, arguments)
    return 0


async def _bundle(looked: Looked, here: Places) -> tuple[Reviewed, Bundle]:
    from jupyter_modelship.runs.rendering import preview_bundle

    reviewed = await locked(looked, here)
    return reviewed, preview_bundle(reviewed)


def _shown(bundle: Bundle) -> list[tuple[str, bytes]]:
    """The files that people read: not the runtime's own."""
    return [item for item in bundle.files.items() if not item[0].startswith("modelship_runtime/")]


def _write(bundle: Bundle, folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there and not empty", remedy="name a new folder")
    for name, content in bundle.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _tell(reviewed: Reviewed, bundle: Bundle, arguments: Namespace) -> None:
    """The plan goes to standard error where the code goes to standard output."""
    ink = Ink.of(sys.stderr)
    lines = [headline(reviewed.plan, reviewed.notebook), *hole_lines(reviewed.plan)]
    lines += finding_lines(reviewed.findings, ink)
    if arguments.output:
        lines.append(f"{len(bundle.files)} files are in {arguments.output}")
        if reviewed.plan.slice.computed:
            lines.append("Artifacts are not among them: the rehearsal computes them.")
    sys.stderr.write("\n".join(lines) + "\n")
    sys.stderr.flush()
    if not arguments.output:
        sys.stdout.write(bundle.files["service.py"].decode("utf-8"))
