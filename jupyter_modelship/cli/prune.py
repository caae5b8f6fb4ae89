"""`prune`: free what no service needs any more."""

from __future__ import annotations

import asyncio
from argparse import Namespace

from jupyter_modelship.cli.ink import count, size
from jupyter_modelship.cli.report import print_json
from jupyter_modelship.places import places
from jupyter_modelship.runs import pruning


def prune(arguments: Namespace) -> int:
    """Say what goes and how much room that makes; `--dry-run` only says it."""
    here = places()
    found = asyncio.run(pruning.find_waste(here, caches=arguments.cache))
    if not arguments.dry_run:
        pruning.remove(found, here)
    total = sum(item.size for item in found)
    if arguments.json:
        paths = [str(item.path) for item in found]
        print_json({"removed": not arguments.dry_run, "paths": paths, "bytes": total})
        return 0
    if not found:
        print("There is nothing to remove.")
        return 0
    verb = "could go" if arguments.dry_run else "removed"
    print(f"{count(len(found), 'item')} {verb}, {size(total)}.")
    return 0
