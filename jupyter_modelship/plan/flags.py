"""The flags of options, made from the options' own table."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence

from jupyter_modelship.plan.kinds import Kind, Unfit
from jupyter_modelship.plan.options import Option, table

_PREFIX = "option_"


def add_flags(parser: ArgumentParser) -> None:
    """One flag an option; what is not given stays out of the namespace's values."""
    group = parser.add_argument_group("options", "Each can stand in the notebook's metadata too.")
    for option in table().values():
        if not option.kind.placeholder:
            group.add_argument(
                option.flag,
                action=argparse.BooleanOptionalAction,
                dest=_PREFIX + option.name,
                help=_help(option),
                default=None,
            )
            continue
        group.add_argument(
            option.flag,
            dest=_PREFIX + option.name,
            metavar=option.kind.placeholder,
            action="append" if option.kind.several else "store",
            type=_parse(option.kind),
            help=_help(option),
        )


def given_flags(arguments: Namespace) -> dict[str, object]:
    """The options that the command line sets, by name."""
    given: dict[str, object] = {}
    for name in table():
        value = getattr(arguments, _PREFIX + name, None)
        if value is not None:
            given[name] = _joined(value) if table()[name].kind.several else value
    return given


def _joined(values: Sequence[object]) -> object:
    if all(isinstance(value, Mapping) for value in values):
        return {k: v for value in values if isinstance(value, Mapping) for k, v in value.items()}
    flat = [item for value in values if isinstance(value, tuple) for item in value]
    return list(dict.fromkeys(flat))


def _parse(kind: Kind) -> Callable[[str], object]:
    def parse(text: str) -> object:
        try:
            return kind.parse(text)
        except Unfit as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return parse


def _help(option: Option) -> str:
    text = option.help.replace("%", "%%")
    if option.default in ("", (), None) or isinstance(option.default, Mapping):
        return text
    shown = option.default
    if isinstance(shown, bool):
        shown = "on" if shown else "off"
    return f"{text} Default: {shown}."
