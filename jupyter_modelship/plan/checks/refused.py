"""No silent no-ops: an option is honoured by the line or by the target, or refused."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_modelship.model import Finding
from jupyter_modelship.plan.catalogue import finding
from jupyter_modelship.plan.options import Options, table


def refused(
    options: Options, given: Mapping[str, str], honours: Mapping[str, str]
) -> tuple[Finding, ...]:
    """A finding for every given option that the target does not honour.

    `honours` is what the target says: option name -> "" where it honours it, else the reason why
    it does not. What the line honours needs no word of it. An option that the target does not
    mention is refused too.
    """
    found = []
    for name, place in given.items():
        option = table()[name]
        if option.by == "line" or getattr(options, name) == option.default:
            continue
        reason = honours.get(name, "the target says nothing about it")
        if reason:
            found.append(
                finding(
                    "option-refused",
                    f"target {options.target} cannot honour option {name} ({place}): {reason}",
                )
            )
    return tuple(found)
