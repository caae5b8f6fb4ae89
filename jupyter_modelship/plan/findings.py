"""The catalogue of findings: each code with why it matters and what to do, as data.

Every layer that can find something has a table `CATALOGUE` of `Check`s; the page of the
documentation is made of all of them, and a test holds that no finding has a code of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from jupyter_modelship.model import Check, Finding


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
