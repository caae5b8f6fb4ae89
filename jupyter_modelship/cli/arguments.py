"""The arguments of the commands. The flags of options come from the options' own table."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError


def no_arguments(parser: ArgumentParser) -> None:
    """Nothing beyond what all commands take."""


def service_argument(parser: ArgumentParser) -> None:
    parser.add_argument("service", metavar="NAME", help="name of the service")


def optional_service_argument(parser: ArgumentParser) -> None:
    parser.add_argument(
        "service", metavar="NAME", nargs="?", help="name of a service; default: all"
    )


def run_argument(parser: ArgumentParser) -> None:
    parser.add_argument(
        "run", metavar="RUN", help="a run's id or its first digits, or the name of its service"
    )


def remove_arguments(parser: ArgumentParser) -> None:
    service_argument(parser)
    yes_argument(parser)


def yes_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--yes", "-y", action="store_true", help="do not ask")


def rollback_arguments(parser: ArgumentParser) -> None:
    service_argument(parser)
    parser.add_argument(
        "--to",
        metavar="REVISION",
        type=int,
        help="revision to bring back; default: the one before the live one",
    )


def release_arguments(parser: ArgumentParser) -> None:
    service_argument(parser)
    parser.add_argument(
        "--output", "-o", metavar="DIR", required=True, help="write the release's files there"
    )
    parser.add_argument(
        "--namespace",
        metavar="NAMESPACE",
        help="namespace that they are for; default: the one where the service is",
    )


def prune_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="say what would go, remove nothing")
    parser.add_argument(
        "--cache", action="store_true", help="also remove cached environments and rehearsals"
    )


def doctor_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--build", action="store_true", help="also build a tiny image for real")
    parser.add_argument(
        "--policies",
        action="store_true",
        help="also start two small pods in the cluster: does it enforce network policies?",
    )


def bases_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--refresh",
        metavar="NAME",
        nargs="?",
        const="",
        help="look the digests up first, and keep them on this machine; NAME is where your "
        "registry has Python's images, as in registry.example/mirror/python",
    )
    parser.add_argument("--output", "-o", metavar="FILE", help="also write the list to a file")


def logs_arguments(parser: ArgumentParser) -> None:
    service_argument(parser)
    parser.add_argument("--build", action="store_true", help="the log of the run that made it")
    parser.add_argument("--follow", "-f", action="store_true", help="go on as lines come")


def call_arguments(parser: ArgumentParser) -> None:
    service_argument(parser)
    parser.add_argument("endpoint", metavar="ENDPOINT", help="name of the function that is served")
    parser.add_argument(
        "body",
        metavar="JSON",
        nargs="?",
        default="{}",
        help="the arguments as a JSON object; `-` reads standard input",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="how long to wait for the reply; default: 60",
    )


def notebook_arguments(parser: ArgumentParser) -> None:
    from jupyter_modelship.plan.flags import add_flags

    parser.add_argument("notebook", metavar="NOTEBOOK", help="path of the notebook")
    add_flags(parser)


def preview_arguments(parser: ArgumentParser) -> None:
    notebook_arguments(parser)
    parser.add_argument("--output", "-o", metavar="DIR", help="write the bundle's files there")


def deploy_arguments(parser: ArgumentParser) -> None:
    notebook_arguments(parser)
    yes_argument(parser)
    parser.add_argument(
        "--detach", "-d", action="store_true", help="start the run, do not watch it"
    )
    parser.add_argument(
        "--fresh", action="store_true", help="rehearse again, whatever the caches hold"
    )
    parser.add_argument(
        "--take-over",
        action="store_true",
        help="also where the service belongs to another notebook, or to somebody else's: from now "
        "on it is this one's, which `audit` says (services of a cluster)",
    )
    parser.add_argument(
        "--override",
        metavar="CODE=REASON",
        action="append",
        default=[],
        type=_override,
        help="ship in spite of the blocking finding with this code, where policy lets you; the "
        "reason is kept with the run",
    )


def _override(text: str) -> tuple[str, str]:
    code, given, reason = text.partition("=")
    if not given:
        raise ArgumentTypeError(f"{text!r:.60} gives no reason: CODE=REASON")
    return code.strip(), reason.strip()
