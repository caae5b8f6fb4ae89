"""Whole processes of the command line, with byte code, against an interpreter that does nothing."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from .goals import Figure
from .machine import settle
from .page import Block, Row
from .samples import Samples
from .user import EXAMPLES, User

ROUNDS = 21


def measure(user: User, *, rounds: int, wait: float) -> Block:
    """`--help` and `check` in turn with `python -c pass` of the same environment."""
    shutil.copy(EXAMPLES / "iris.ipynb", user.folder / "iris.ipynb")
    interpreter = user.modelship.with_name("python")
    commands: dict[str, Sequence[str | Path]] = {
        "`python -c pass`": [interpreter, "-c", "pass"],
        "`modelship --help`": [user.modelship, "--help"],
        "`modelship check` of iris": [user.modelship, "check", "iris.ipynb"],
    }
    for words in commands.values():
        user.measure(words)  # the first time writes byte code
    quiet = settle(wait)
    turns = [{name: user.measure(words) for name, words in commands.items()} for _ in range(rounds)]
    clock = {n: Samples(tuple(turn[n].seconds * 1e3 for turn in turns), "ms") for n in commands}
    work = {n: Samples(tuple(turn[n].cpu * 1e3 for turn in turns), "ms") for n in commands}
    base, helped, checked = commands
    return Block(
        title="Starting the command line",
        method="Whole processes, started and waited for, byte code written before. `check` reads "
        "the iris notebook and says what would ship.",
        rows=[
            Row(
                name,
                clock[name],
                clock[name].over(clock[base]) if name != base else None,
                (str(work[name]), str(work[name].over(work[base])) if name != base else ""),
            )
            for name in commands
        ],
        figures=[
            Figure("help", clock[helped], clock[base]),
            Figure("check", clock[checked], clock[base]),
        ],
        quiet=quiet,
        columns=("processor time", "its ratio"),
    )
