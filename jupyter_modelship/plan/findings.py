"""The catalogue of findings: each code with why it matters and what to do, as data and as a page.

Every layer that can find something has a table `CATALOGUE` of `Check`s; the page of the
documentation is made of all of them, and a test holds that no finding has a code of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from jupyter_modelship.model import Check, Finding, Severity

_MARKS = re.compile(r"([\\`*_\[\]<>|])")


def by_code(tables: Iterable[Iterable[Check]]) -> Mapping[str, Check]:
    """All rows by code, sorted; ValueError when two rows share one."""
    found: dict[str, Check] = {}
    for table in tables:
        for check in table:
            if check.code in found:
                raise ValueError(f"two checks have the code {check.code}")
            found[check.code] = check
    return dict(sorted(found.items()))


def blocking(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those that forbid to go on."""
    return tuple(finding for finding in findings if finding.severity == "block")


def catalogue_page(tables: Iterable[Iterable[Check]]) -> str:
    """The page of the documentation: Markdown, one section a code, in order of the codes."""
    parts = ["# Findings\n"]
    for check in by_code(tables).values():
        parts.append(f"({check.code})=\n## `{check.code}`: {_escaped(check.title)}\n")
        parts.append(f"*{_SEVERITIES[check.severity]}*\n")
        parts.append(f"{_escaped(check.why)}\n")
        parts.append(f"**What to do.** {_escaped(check.remedy)}\n")
    return "\n".join(parts)


_SEVERITIES: Mapping[Severity, str] = {
    "block": "Blocks: nothing ships while it stands.",
    "warn": "Warns: read it before you ship.",
    "note": "A note: good to know.",
}


def _escaped(text: str) -> str:
    return _MARKS.sub(r"\\\1", text)
