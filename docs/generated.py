"""Reference pages made from the code: commands, options, findings. Run by conf.py and by a test."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from jupyter_modelship.cli.parser import COMMANDS, EXIT_CODES
from jupyter_modelship.desk.findings import catalogue
from jupyter_modelship.plan.kinds import UNITS, Number, Unfit
from jupyter_modelship.plan.options import SCHEMA_VERSION, Option, table
from jupyter_modelship.runs.honours import TARGETS

_CODE_OR_MARK = re.compile(r"(`[^`]*`)|([\\*_\[\]<>|])")
_SEVERITIES = {
    "block": "Blocks: nothing ships while it stands.",
    "warn": "Warns: read it before you ship.",
    "note": "A note: good to know.",
}


def write_reference(folder: Path) -> None:
    """Write the pages that change with the code; a page that is the same is left alone."""
    pages = {"cli.md": cli_page(), "options.md": options_page(), "findings.md": findings_page()}
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


# --- findings --------------------------------------------------------------------------------


def findings_page() -> str:
    """A section a code, in order of the codes, behind a table of all."""
    checks = catalogue()
    lines = [
        "# Findings",
        "",
        "What `check`, `preview` and `deploy` can say of a notebook. Each finding has a code; the",
        "word behind it says whether it stands in the way.",
        "",
        "| Code | Severity | What it is |",
        "| --- | --- | --- |",
    ]
    for code, check in checks.items():
        lines.append(f"| [`{code}`](#{code}) | {check.severity} | {_marked(check.title)} |")
    for code, check in checks.items():
        lines += ["", f"## `{code}`", "", f"**{_marked(check.title)}.**"]
        lines += [_sentence(check.why), "", f"*{_SEVERITIES[check.severity]}*", ""]
        lines.append(f"What to do: {_sentence(check.remedy, capital=False)}")
    return "\n".join([*lines, ""])


def _sentence(text: str, *, capital: bool = True) -> str:
    """Catalogues write remedies as the terminal shows them; a page ends its sentences."""
    ended = text if text.endswith((".", "?", "`…`")) else f"{text}."
    first = ended[0].upper() if capital else ended[0].lower()
    return _marked(f"{first}{ended[1:]}")


def _marked(text: str) -> str:
    """Markdown in which code stays code and nothing else means anything."""
    return _CODE_OR_MARK.sub(lambda m: m[1] or f"\\{m[2]}", text)


# --- options ---------------------------------------------------------------------------------


def options_page() -> str:
    """A section an option: what it is for, its flag, its values, its default, who honours it."""
    example = {"modelship": {"version": SCHEMA_VERSION, "name": "iris", "time_limit": 5}}
    lines = [
        "# Options",
        "",
        "An option stands in the notebook's metadata under `modelship`, so that it travels with",
        "the notebook, or is given as a flag of `check`, `preview` and `deploy`. A flag replaces",
        "what the notebook says. In JupyterLab the notebook's metadata are in the property",
        "inspector (the gear at the right), under *Advanced tools*:",
        "",
        "```json",
        json.dumps(example, indent=2),
        "```",
        "",
        "No option is ignored. A name that does not exist, a value that does not fit and an option",
        "that the target cannot honour are [findings](findings.md) that block.",
        "",
        f"The version of this schema is {SCHEMA_VERSION}.",
    ]
    for option in table().values():
        lines += ["", f"## `{option.name}`", "", option.help, ""]
        lines += [f"- {term}: {told}" for term, told in _facts(option)]
    return "\n".join([*lines, ""])


def _facts(option: Option) -> Iterator[tuple[str, str]]:
    if option.kind.placeholder:
        often = "; may be given more than once" if option.kind.several else ""
        yield "Flag", f"`{option.flag} {option.kind.placeholder}`{often}"
    else:
        yield "Flag", f"`{option.flag}`, `--no-{option.name.replace('_', '-')}`"
    yield "Value", _value(option)
    if option.default not in ("", ()) and not isinstance(option.default, Mapping):
        default = json.dumps(option.default)
        yield "Default", f"`{default.removesuffix('.0')}`"
    if option.by == "target":
        for target, honours in TARGETS.items():
            reason = honours.get(option.name, "it says nothing about it")
            yield f"Target {target}", f"refuses it: {reason}" if reason else "honours it"


def _value(option: Option) -> str:
    """What the option says of itself when it is given something that it cannot be."""
    told = ""
    try:
        option.kind.read(object())
    except Unfit as refusal:
        told = str(refusal).removeprefix("must be ")
    units = UNITS[option.kind.unit] if isinstance(option.kind, Number) else ()
    named = ", ".join(f"`{unit}`" for unit in units if unit)
    return f"{told}; a flag takes a unit too: {named}" if named else told


# --- commands --------------------------------------------------------------------------------


def cli_page() -> str:
    """A section a command: its summary, its usage and what it takes."""
    lines = [
        "# Command line",
        "",
        "`jupyter modelship COMMAND`, or `modelship COMMAND` for short. Every command takes two",
        "more flags: `--json` prints one JSON document on standard output instead of lines for",
        "people; `--debug` shows the traceback of a failure.",
        "",
        "| Exit code | |",
        "| --- | --- |",
    ]
    for entry in EXIT_CODES.partition(": ")[2].split(", "):
        code, _, meaning = entry.partition(" ")
        lines.append(f"| {code} | {meaning} |")
    lines.append("| 130 | interrupted at the keyboard |")
    for name, parser in parsers().items():
        lines += ["", f"## `{name}`", ""]
        lines += [_sentence(COMMANDS[name].summary), ""]
        lines += ["```text", _usage(name, parser), "```", ""]
        lines += [f"{_spelling(action)}\n: {_sentence(_help(action))}\n" for action in own(parser)]
        if takes_options(parser):
            lines += ["Every [option](options.md) is a flag too.", ""]
    return "\n".join([*lines, ""])


def parsers() -> Mapping[str, argparse.ArgumentParser]:
    """What each command takes, in the order in which people read them."""
    found = {name: argparse.ArgumentParser(add_help=False) for name in COMMANDS}
    for name, command in COMMANDS.items():
        command.arguments(found[name])
    return found


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return parser._actions  # noqa: SLF001 - argparse has no public way to what a parser takes


def own(parser: argparse.ArgumentParser) -> tuple[argparse.Action, ...]:
    """What a command takes, beside the flags of options."""
    return tuple(a for a in _actions(parser) if not a.dest.startswith("option_"))


def takes_options(parser: argparse.ArgumentParser) -> bool:
    return any(action.dest.startswith("option_") for action in _actions(parser))


def _usage(name: str, parser: argparse.ArgumentParser) -> str:
    words = [f"jupyter modelship {name}"]
    for action in own(parser):
        told = action.metavar if not action.option_strings else action.option_strings[0]
        value = f" {action.metavar}" if action.option_strings and action.metavar else ""
        optional = action.option_strings or action.nargs == "?"
        words.append(f"[{told}{value}]" if optional else f"{told}{value}")
    return " ".join([*words, *(["[OPTION …]"] if takes_options(parser) else [])])


def _spelling(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"`{action.metavar}`"
    value = f" {action.metavar}" if action.metavar else ""
    return ", ".join(f"`{flag}{value}`" for flag in action.option_strings)


def _help(action: argparse.Action) -> str:
    return (action.help or "").replace("%%", "%")
