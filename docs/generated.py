"""Reference pages made from the code: commands, options, findings. Run by conf.py and by a test."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

from jupyter_modelship.cli.parser import COMMANDS, EXIT_CODES, command_parser
from jupyter_modelship.plan.findings import catalogue_page
from jupyter_modelship.plan.options import SCHEMA_VERSION, table

CATALOGUES = ("notebook", "contract", "plan", "environment", "runs")


def write_reference(folder: Path) -> None:
    """Write the pages that change with the code; a page that is the same is left alone."""
    pages = {"cli.md": cli_page(), "options.md": options_page(), "findings.md": findings_page()}
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def findings_page() -> str:
    return catalogue_page(
        import_module(f"jupyter_modelship.{layer}.catalogue").CATALOGUE for layer in CATALOGUES
    )


def options_page() -> str:
    """A section an option: what it is for, its flag, what it may be, its default."""
    lines = [
        "# Options",
        "",
        f"In the notebook's metadata under `modelship` (schema version {SCHEMA_VERSION}), or as flags of",
        "`check`, `preview` and `deploy`. A flag replaces what the notebook says. No option is ignored: a",
        "target that cannot honour one refuses it and says why.",
        "",
    ]
    for option in table().values():
        value = f" {option.kind.placeholder}" if option.kind.placeholder else ""
        default = _default(option.default)
        lines += [f"## {option.name}", "", option.help, "", f"`{option.flag}{value}`{default}", ""]
    return "\n".join(lines)


def _default(value: object) -> str:
    if value in ("", (), None) or value == {}:
        return ""
    shown = {True: "on", False: "off"}[value] if isinstance(value, bool) else value
    return f", default: {shown}"


def cli_page() -> str:
    """A section a command: its summary, its usage and what it takes."""
    lines = ["# Command line", "", "`jupyter modelship COMMAND`, or `modelship COMMAND` for short.", ""]
    lines += [f"{EXIT_CODES[0].upper()}{EXIT_CODES[1:]}.", ""]
    parser = command_parser()
    children = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction)).choices
    for name, command in COMMANDS.items():
        child: argparse.ArgumentParser = children[name]
        child.formatter_class = _Wide
        lines += [f"## {name}", "", f"{command.summary[0].upper()}{command.summary[1:]}.", ""]
        lines += ["```text", child.format_help().strip(), "```", ""]
    return "\n".join(lines)


class _Wide(argparse.HelpFormatter):
    """The same width on every terminal, so that the page does not depend on it."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=100, max_help_position=30)
