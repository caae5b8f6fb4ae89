"""What this user did to services beside deploying them: one line each, appended and never changed.

`<state>/audit.jsonl`, mode 0600. Deploys are runs, and the journal has them with all that went in.
"""

from __future__ import annotations

import json
import os

from jupyter_modelship.places import Places
from jupyter_modelship.targets.audit import AuditLine, Deed, line_data, now, read
from jupyter_modelship.targets.port import Observation

FILE = "audit.jsonl"


def write(places: Places, deed: Deed, seen: Observation, who: str) -> None:
    """Append a line about a service as it was seen last; it is on disk on return."""
    line = AuditLine(
        when=now(),
        deed=deed,
        service=seen.service,
        who=who,
        where=seen.target,
        revision=seen.revision,
        digest=seen.bundle_digest,
    )
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    descriptor = os.open(places.state / FILE, flags, 0o600)
    try:
        os.write(descriptor, json.dumps(line_data(line)).encode() + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lines(places: Places, service: str = "") -> tuple[AuditLine, ...]:
    """Of that service, or of all, oldest first; without a line that a full disk cut short."""
    try:
        text = (places.state / FILE).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ()
    found = (_line(each) for each in text.splitlines())
    return tuple(line for line in found if line is not None and service in ("", line.service))


def _line(text: str) -> AuditLine | None:
    try:
        return read(json.loads(text))
    except ValueError:
        return None
