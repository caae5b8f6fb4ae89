"""The command line, one more face over `runs`. Heavy imports happen inside the commands."""

from __future__ import annotations

import sys

from jupyter_modelship.errors import ModelshipError

TYPE_CHECKING = False
if TYPE_CHECKING:  # `--help` waits for every import
    from argparse import Namespace
    from collections.abc import Callable, Sequence


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 done, 1 failed, 2 usage, 3 findings block, 4 nothing
    there, 130 interrupted at the keyboard."""
    from .parser import command_parser

    arguments = command_parser().parse_args(words)
    try:
        return _dispatch(arguments.command)(arguments)
    except ModelshipError as error:
        if arguments.debug:
            raise
        from .report import report_error

        return report_error(error, as_json=arguments.json)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output went away, as in `modelship logs | head`
        sys.stderr.close()
        return 1
    except Exception as error:
        if arguments.debug:
            raise
        from .report import report_defect

        return report_defect(error, as_json=arguments.json)


def _dispatch(command: str) -> Callable[[Namespace], int]:
    from importlib import import_module

    from .parser import COMMANDS

    entry = COMMANDS[command]
    module = import_module(f"{__name__}.{entry.module}")
    function: Callable[[Namespace], int] = getattr(module, entry.function)
    return function
