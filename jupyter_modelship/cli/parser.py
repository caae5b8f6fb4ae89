"""Every command and its arguments: one table for the parser and for the reference page."""

from __future__ import annotations

import argparse

from jupyter_modelship import __version__

from .arguments import (
    bases_arguments,
    call_arguments,
    deploy_arguments,
    doctor_arguments,
    logs_arguments,
    no_arguments,
    notebook_arguments,
    optional_service_argument,
    preview_arguments,
    prune_arguments,
    release_arguments,
    remove_arguments,
    rollback_arguments,
    run_argument,
    service_argument,
)

TYPE_CHECKING = False
if TYPE_CHECKING:  # `--help` waits for every import
    from collections.abc import Callable, Sequence
    from typing import Any

EXIT_CODES = (
    "exit codes: 0 done, 1 failed, 2 usage, 3 findings block, 4 nothing there, 130 interrupted"
)


class Command:
    """One command: what it is for, and the function in `cli/<module>.py` that does it."""

    __slots__ = ("arguments", "function", "module", "summary")

    def __init__(
        self,
        summary: str,
        module: str,
        function: str,
        arguments: Callable[[argparse.ArgumentParser], None],
    ) -> None:
        self.summary = summary
        self.module = module
        self.function = function
        self.arguments = arguments


COMMANDS: dict[str, Command] = {
    "check": Command(
        "say what would ship and what stands in the way", "check", "check", notebook_arguments
    ),
    "preview": Command(
        "show the generated code, or write it to a folder", "preview", "preview", preview_arguments
    ),
    "deploy": Command(
        "turn a notebook into a running service", "deploy", "deploy", deploy_arguments
    ),
    "list": Command("list the services", "services", "list_services", no_arguments),
    "status": Command("say how services are", "services", "status", optional_service_argument),
    "logs": Command(
        "show what a service, or the run that made it, says", "logs", "logs", logs_arguments
    ),
    "call": Command("send one request to an endpoint", "call", "call", call_arguments),
    "cancel": Command("stop a run that is under way", "runs", "cancel", run_argument),
    "stop": Command("stop a service, keep all of it", "services", "stop", service_argument),
    "start": Command("start a stopped service", "services", "start", service_argument),
    "rollback": Command(
        "go back to an earlier revision", "services", "rollback", rollback_arguments
    ),
    "release": Command(
        "write what runs on a cluster as a folder for kubectl",
        "release",
        "release",
        release_arguments,
    ),
    "delete": Command(
        "remove a service and all its revisions", "services", "delete", remove_arguments
    ),
    "prune": Command("remove what no service needs any more", "prune", "prune", prune_arguments),
    "bases": Command(
        "list the base images that are known by digest", "bases", "bases", bases_arguments
    ),
    "audit": Command(
        "say who shipped what, from which data", "audit", "audit", optional_service_argument
    ),
    "debug": Command("open a shell where a run failed", "debug", "debug", run_argument),
    "doctor": Command("say what this machine can do", "doctor", "doctor", doctor_arguments),
}


class _CommandParser(argparse.ArgumentParser):
    """The parser of one command, which takes its arguments when it is first asked about them: the
    flags of all commands together cost more time than most commands."""

    def __init__(self, *, command: Command, **given: Any) -> None:
        super().__init__(
            description=f"{command.summary[0].upper()}{command.summary[1:]}.",
            epilog=EXIT_CODES,
            allow_abbrev=False,
            **given,
        )
        self._pending: Command | None = command

    def parse_known_args(  # type: ignore[override]  # typeshed has overloads, we hand all on
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        self._complete()
        return super().parse_known_args(args, namespace)

    def format_help(self) -> str:
        self._complete()
        return super().format_help()

    def _complete(self) -> None:
        command, self._pending = self._pending, None
        if command is not None:
            command.arguments(self)
            self.add_argument("--json", action="store_true", help="print one JSON document")
            self.add_argument(
                "--debug", action="store_true", help="show the traceback of a failure"
            )


def command_parser() -> argparse.ArgumentParser:
    """The parser of `jupyter modelship`."""
    parser = argparse.ArgumentParser(
        prog="jupyter modelship",
        description="Turn a notebook that works into a typed service that runs.",
        epilog=EXIT_CODES,
    )
    parser.add_argument("--version", action="version", version=f"jupyter-modelship {__version__}")
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=_CommandParser
    )
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.summary, command=command)
    return parser
