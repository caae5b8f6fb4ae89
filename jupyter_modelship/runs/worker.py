"""The process that works on one run: `python -m jupyter_modelship.runs.worker RUN`.

It holds the run's lock for its whole life; where somebody else holds it, it leaves quietly.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.places import Places, places

from . import liveness
from .attempt import Ending, Pipeline, attend, work
from .journal import Journal
from .run import canonical

PIPELINE = "jupyter_modelship.runs.pipeline:line"
PIPELINE_VARIABLE = "MODELSHIP_PIPELINE"
"""For tests: a folder of modules; a request's "pipeline" then names another line in it."""
POLL_SECONDS = 0.2


def main(argv: Sequence[str] | None = None) -> int:
    """Work on the run that the arguments name; the exit code is 0 when its end is written down."""
    options = _parser().parse_args(argv)
    here = Places(*options.places) if options.places else places()
    run = canonical(options.run)
    if options.lock is not None:  # whoever started us took the lock and left it to us
        os.set_inheritable(options.lock, False)
        return _work(run, here)
    with liveness.hold(here, run) as lock:
        return 0 if lock is None else _work(run, here)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="worker", description="Works on one run.")
    parser.add_argument("run", help="id of the run")
    parser.add_argument("--lock", type=int, help="inherited descriptor that holds the run's lock")
    parser.add_argument("--places", nargs=3, type=Path, metavar=("STATE", "CACHE", "RUNTIME"))
    return parser


def _work(run: str, here: Places) -> int:
    failpoint("worker.locked")
    with Journal.open(here) as journal:
        asyncio.run(_attend(run, journal))
    return 0


async def _attend(run: str, journal: Journal) -> None:
    """Work on the run while listening for its end."""
    ending = Ending()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, ending.ask, "interrupted")
    watch = asyncio.ensure_future(_watch(run, journal, ending))
    try:
        ended = await work(journal, run, load, ending)
    finally:
        watch.cancel()
    if ended is not None:
        await attend(journal, ended, load, ending)
    failpoint("worker.ended")
    if ended is None:  # a line that does not stop: the loop's own end would wait for it
        sys.stderr.flush()
        os._exit(1)


async def _watch(run: str, journal: Journal, ending: Ending) -> None:
    """Ask for the end as soon as somebody asked the journal for it."""
    version = None
    while True:
        try:
            if version != (version := journal.version()) and journal.get(run).cancel:
                ending.ask("cancelled")
        except ModelshipError as error:  # whoever writes next is told; the run may still succeed
            sys.stderr.write(f"{error.message}\n")
        await asyncio.sleep(POLL_SECONDS)


def load(request: Mapping[str, object]) -> Pipeline:
    """The pipeline for a request's body: `line`, and `clean` and `after` where the module has
    them."""
    name = PIPELINE
    if folder := os.environ.get(PIPELINE_VARIABLE):
        name = str(request.get("pipeline", PIPELINE))
        sys.path.insert(0, folder)
    module_name, _, function = name.partition(":")
    module = importlib.import_module(module_name)
    clean, after = getattr(module, "clean", None), getattr(module, "after", None)
    return Pipeline(getattr(module, function), clean, after)


if __name__ == "__main__":
    sys.exit(main())
