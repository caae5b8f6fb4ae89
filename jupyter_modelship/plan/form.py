"""The options as a form: their schema with titles, defaults and this machine's bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .kinds import Unfit
from .options import Option, Options, as_json, table
from .policy import Policy, bounded

_TITLES: Mapping[str, str] = {
    "apt": "Debian packages",
    "cpu": "CPU",
    "docs": "Page to try",
    "env": "Environment variables",
}


def options_form(
    policies: Sequence[Policy], targets: Mapping[str, Mapping[str, str]]
) -> dict[str, object]:
    """JSON Schema (draft 7, no references) of the options, properties in the order in which
    people read them.

    Beyond the schema each property has `title`, `description`, the `default` where there is one,
    and where a target does not honour the option `x-refused`: target -> reason. `targets` is as
    `plan_findings` takes it.
    """
    defaults = as_json(bounded(Options(), policies))
    allowed = [name for name in targets if _allows(policies, name)]
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Options",
        "type": "object",
        "properties": {
            name: _property(option, defaults[name], policies, allowed, targets)
            for name, option in table().items()
        },
        "additionalProperties": False,
    }


def _allows(policies: Sequence[Policy], target: str) -> bool:
    return all(policy.targets is None or target in policy.targets for policy in policies)


def _property(
    option: Option,
    default: object,
    policies: Sequence[Policy],
    allowed: Sequence[str],
    targets: Mapping[str, Mapping[str, str]],
) -> dict[str, object]:
    schema: dict[str, object] = {
        "title": _TITLES.get(option.name, option.name.replace("_", " ").capitalize()),
        "description": option.help,
        **option.kind.schema(),
    }
    if _fits(option, default):
        schema["default"] = default
    if "enum" in schema:
        schema["type"] = "string"
    if option.name == "target":
        schema["enum"] = list(allowed)
    bounds = [policy.limits[option.name] for policy in policies if option.name in policy.limits]
    if bounds:
        schema["maximum"] = min(bounds)
    if option.name == "token" and any(policy.require_token for policy in policies):
        schema["enum"] = [True]
    refused = _refused(option, targets)
    return {**schema, "x-refused": refused} if refused else schema


def _fits(option: Option, default: object) -> bool:
    """Whether the default is a value; else it stands for none, and the form leaves it empty."""
    try:
        option.kind.read(default)
    except Unfit:
        return False
    return True


def _refused(option: Option, targets: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Targets that do not honour the option, with the reason."""
    if option.by == "line":
        return {}
    told = {
        name: honours.get(option.name, "the target says nothing about it")
        for name, honours in targets.items()
    }
    return {name: reason for name, reason in told.items() if reason}
