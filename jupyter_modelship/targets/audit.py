"""Audit lines: who did what to a service, with which digest, where, in spite of what. Pure.

As an annotation of a cluster's object they are bounded, in number and in each value, and hold no
text that a person wrote freely: of an override its code, never its reason.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timezone
from typing import Any, Literal, get_args

Deed = Literal["deploy", "take-over", "rollback", "start", "stop", "delete"]
"""`take-over`: a deploy of another notebook than the one that had the service until then."""
LINES = 50
"""So many are kept with a service of a cluster; the oldest go first."""
BYTES = 48 << 10
"""All annotations of an object together may have 256 KiB."""
_VALUE = 128
_CODES = 16


@dataclass(frozen=True, slots=True)
class AuditLine:
    when: str
    """RFC 3339, UTC."""
    deed: Deed
    service: str
    who: str
    where: str
    """The target, on a cluster the namespace too: `kubernetes team-a`."""
    revision: int
    """The one that was live afterwards, or until then."""
    digest: str
    """Of that revision's bundle."""
    run: str = ""
    overrides: tuple[str, ...] = ()
    """Codes of the blocking findings in spite of which it was shipped."""


def now() -> str:
    """RFC 3339, UTC."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def line_data(line: AuditLine) -> dict[str, Any]:
    """As a JSON object."""
    return {**asdict(line), "overrides": list(line.overrides)}


def dump(lines: Sequence[AuditLine]) -> str:
    """The newest lines as JSON in ASCII, within the bounds."""
    kept: list[str] = []
    for line in reversed(lines[-LINES:]):
        text = json.dumps(_bounded(line), ensure_ascii=True, separators=(",", ":"))
        if sum(map(len, kept)) + len(text) > BYTES:
            break
        kept.append(text)
    return f"[{','.join(reversed(kept))}]"


def load(text: str) -> tuple[AuditLine, ...]:
    """What `dump` wrote. What somebody else put in its place is passed over: an annotation can be
    changed by whoever may change the object."""
    try:
        found = json.loads(text) if text else []
    except ValueError:
        return ()
    lines = [read(each) for each in found] if isinstance(found, list) else []
    return tuple(line for line in lines if line is not None)


def read(data: object) -> AuditLine | None:
    """A line from its JSON object; None where it is none."""
    if not isinstance(data, Mapping) or data.get("deed") not in get_args(Deed):
        return None
    known = {field.name: data.get(field.name, "") for field in fields(AuditLine)}
    codes = known.pop("overrides")
    revision = known.pop("revision")
    if not isinstance(codes, list) or type(revision) is not int:
        return None
    if not all(isinstance(value, str) for value in (*known.values(), *codes)):
        return None
    try:
        datetime.fromisoformat(known["when"])
    except ValueError:
        return None
    return AuditLine(**known, revision=revision, overrides=tuple(codes))


def _bounded(line: AuditLine) -> dict[str, Any]:
    codes = [code[:_VALUE] for code in line.overrides[:_CODES]]
    return {
        name: codes if name == "overrides" else value[:_VALUE] if isinstance(value, str) else value
        for name, value in line_data(line).items()
    }
