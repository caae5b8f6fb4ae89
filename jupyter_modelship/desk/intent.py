"""What was typed behind `%deploy` in a cell, read with the flags of the command line."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import NoReturn

from jupyter_modelship.errors import UsageError
from jupyter_modelship.plan.flags import add_flags, given_flags


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(
            message,
            remedy="%deploy takes the options of `jupyter modelship deploy`, --yes, --fresh and "
            "--take-over",
        )


def intent(flags: Sequence[str]) -> dict[str, object]:
    """Options by name, as JSON has them, and how to ship; UsageError."""
    parser = _Parser(prog="%deploy", add_help=False, allow_abbrev=False)
    add_flags(parser)
    parser.add_argument("--yes", "-y", action="store_true")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--take-over", action="store_true")
    parser.add_argument("--detach", "-d", action="store_true")
    arguments = parser.parse_args(list(flags))
    if arguments.detach:
        raise UsageError(
            "--detach is for terminals: in a cell nothing waits for the run",
            remedy="leave --detach out; the run goes on when the browser is closed",
        )
    options = json.loads(json.dumps(given_flags(arguments)))
    return {
        "options": options,
        "yes": arguments.yes,
        "fresh": arguments.fresh,
        "take_over": arguments.take_over,
    }
