"""`bases`: the base images that are known by their digests, and what they are today."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from jupyter_modelship.cli.report import print_json
from jupyter_modelship.image.bases import OFFICIAL, known_bases, write_list
from jupyter_modelship.places import places


def bases(arguments: Namespace) -> int:
    """Say which image a service of each Python is made upon."""
    here = places()
    known = known_bases(here)
    if arguments.refresh is not None:
        from jupyter_modelship.runs import base_images  # who only looks needs no client

        known = asyncio.run(base_images.refresh(here, arguments.refresh or OFFICIAL))
    if arguments.output:
        write_list(Path(arguments.output), known)
    if arguments.json:
        print_json({minor: asdict(base) for minor, base in sorted(known.items())})
        return 0
    for minor, base in sorted(known.items()):
        print(f"Python {minor}  {base}  ({base.tag} on {base.seen})")
    return 0
