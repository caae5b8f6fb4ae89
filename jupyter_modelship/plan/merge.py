"""Options come together: defaults < notebook metadata < flags, within the bounds of policy."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from jupyter_modelship.model import Finding

from .catalogue import finding
from .checks import merged_findings
from .kinds import Unfit
from .options import SCHEMA_VERSION, Option, Options, table
from .policy import Policy, bounded

Origin = Literal["terminal", "review", "run"]
"""Where the options were set that are no part of the notebook."""
_PLACES: Mapping[Origin, str] = MappingProxyType(
    {
        "terminal": "on the command line",
        "review": "in the options of the review",
        "run": "among the options of the run",
    }
)


@dataclass(frozen=True, slots=True)
class Merged:
    options: Options
    given: Mapping[str, str]
    """Options that somebody set -> where, e.g. "the notebook's metadata"."""
    findings: tuple[Finding, ...]


def merge(
    metadata: object,
    flags: Mapping[str, object] = MappingProxyType({}),
    *,
    policies: Sequence[Policy] = (),
    origin: Origin = "terminal",
) -> Merged:
    """The options of a deployment and what is wrong with them; never raises on bad input.

    `metadata` is the notebook's `metadata.modelship` as it stands, `flags` what was set elsewhere,
    by option name; `origin` is where. A flag replaces what the notebook says; values of
    `parameters` replace each other by name. What is invalid is a finding, and the default stays.
    Defaults are lowered to the bounds of `policies`; what was given and exceeds them blocks.
    """
    found: list[Finding] = []
    from_notebook = _read(_members(metadata, found), "in the notebook's metadata", found)
    from_flags = _read(flags, _PLACES[origin], found)
    values = {**from_notebook, **from_flags}
    parameters = {**_mapping(from_notebook), **_mapping(from_flags)}
    if parameters:
        values["parameters"] = MappingProxyType(parameters)
    given = dict.fromkeys(from_notebook, "the notebook's metadata")
    given |= {
        name: table()[name].flag if origin == "terminal" else _PLACES[origin] for name in from_flags
    }
    defaults = bounded(Options(), policies)
    options = dataclasses.replace(defaults, **values)  # type: ignore[arg-type] # kinds have read the values
    found += merged_findings(options, given, policies)
    return Merged(options, MappingProxyType(given), tuple(found))


def _mapping(values: Mapping[str, object]) -> Mapping[str, object]:
    parameters = values.get("parameters", {})
    return parameters if isinstance(parameters, Mapping) else {}


def _members(metadata: object, found: list[Finding]) -> Mapping[str, object]:
    """The metadata as an object of the known version, without its version."""
    if not isinstance(metadata, Mapping):
        found.append(
            finding("options-unreadable", "modelship in the notebook's metadata is no JSON object")
        )
        return {}
    members = {str(name): value for name, value in metadata.items()}
    version = members.pop("version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION or isinstance(version, bool):
        found.append(
            finding(
                "options-unreadable",
                f"the options in the notebook's metadata have version {version!r:.40}; "
                f"this installation reads version {SCHEMA_VERSION}",
            )
        )
        return {}
    return members


def _read(members: Mapping[str, object], place: str, found: list[Finding]) -> dict[str, object]:
    """The values that are valid, frozen; a finding for every other."""
    values: dict[str, object] = {}
    for name, value in members.items():
        option = table().get(name)
        if option is None:
            found.append(_unknown(name, place))
            continue
        try:
            values[name] = option.kind.read(value)
        except Unfit as error:
            found.append(_invalid(option, value, place, str(error)))
    return values


def _unknown(name: str, place: str) -> Finding:
    close = difflib.get_close_matches(name, table(), n=1)
    hint = f"did you mean {close[0]}?" if close else ""
    return finding("option-unknown", f"there is no option {name!r:.60} ({place})", remedy=hint)


def _invalid(option: Option, value: object, place: str, says: str) -> Finding:
    written = f"{value!r:.60}"
    return finding(
        "option-invalid",
        f"option {option.name} ({place}) is {written}",
        remedy=f"{option.name} {says}",
    )
