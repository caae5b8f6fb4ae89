"""How errors and findings are put to a person, or to a program as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from jupyter_modelship.errors import Blocked, ModelshipError, StageFailed
from jupyter_modelship.model import Candidate, Finding

from .ink import Ink, plain

_MARKS = {"block": ("✗", "red"), "warn": ("▲", "yellow"), "note": ("·", "dim")}
_ORDER = {"block": 0, "warn": 1, "note": 2}


def finding_lines(findings: Iterable[Finding], ink: Ink) -> list[str]:
    """Two lines a finding, what blocks first: the problem and its place, then the remedy. What
    is said of several lines of a cell is said once."""
    lines = []
    ordered = sorted(findings, key=lambda f: (_ORDER[f.severity], f.number or 0, f.line or 0))
    told = {(each.code, each.message): each for each in ordered}
    for finding in told.values():
        mark, colour = _MARKS[finding.severity]
        lines.append(
            f"{ink.paint(mark, colour)} {finding.message}  {ink.paint(finding.code, 'dim')}"
        )
        if finding.remedy:
            lines.append(f"  {ink.paint('→', 'dim')} {finding.remedy}")
    return lines


def candidate_lines(candidates: Sequence[Candidate], ink: Ink) -> list[str]:
    """A line a function that could be served; what would have to be written is a finding."""
    candidates = [each for each in candidates if each.kind == "function"]
    if not candidates:
        return []
    lines = ["Which function should be served?"]
    width = max(len(each.signature) for each in candidates)
    for each in candidates:
        flag = ink.paint(f"--endpoint {each.function}", "dim")
        lines.append(f"  cell {each.number:<3} {plain(each.signature):<{width}}  {flag}")
    return lines


def report_error(error: ModelshipError, *, as_json: bool) -> int:
    """Tell of an error on standard error (JSON: on standard output); gives the exit code."""
    if as_json:
        print_json({"error": error_data(error)})
        return error.exit_code
    ink = Ink.of(sys.stderr)
    if isinstance(error, Blocked):
        lines = finding_lines(error.findings, ink)
        lines += candidate_lines(getattr(error, "candidates", ()), ink)
    else:
        lines = _error_lines(error, ink)
    sys.stderr.write("\n".join(lines) + "\n")
    return error.exit_code


def _error_lines(error: ModelshipError, ink: Ink) -> list[str]:
    """The sentence, the cause where it does not say it already, and what to do: the cause's remedy,
    which knows more."""
    from jupyter_modelship.runs.failure import cause

    known = cause(error)
    lines = [f"{ink.paint('✗', 'red')} {error.message}"]
    if known and known["cause"] not in error.message:
        shown = "" if known["evidence"] in error.message else f": {plain(known['evidence'])}"
        lines.append(f"  {ink.paint('·', 'dim')} {known['cause']}{shown}")
    remedy = known["remedy"] if known else error.remedy
    return [*lines, f"  {ink.paint('→', 'dim')} {remedy}"] if remedy else lines


def report_defect(error: Exception, *, as_json: bool) -> int:
    """Tell of an exception that nobody foresaw: one sentence, and how to see more."""
    name = f"{type(error).__name__}: {error}"
    remedy = "run it again with --debug to see where, and please report it: see `modelship doctor`"
    return report_error(
        ModelshipError(f"something went wrong that should not have: {name}", remedy=remedy),
        as_json=as_json,
    )


def error_data(error: ModelshipError) -> Mapping[str, object]:
    data: dict[str, object] = {
        "code": error.code,
        "message": error.message,
        "remedy": error.remedy,
    }
    if isinstance(error, Blocked):
        data["findings"] = [asdict(finding) for finding in error.findings]
        data["candidates"] = [asdict(each) for each in getattr(error, "candidates", ())]
    if isinstance(error, StageFailed):
        from jupyter_modelship.runs.failure import cause

        data |= {"cell": error.cell, "line": error.line, "cause": cause(error)}
    return data


def first_line(error: Mapping[str, object]) -> str:
    """The sentence that says why a run failed."""
    return str(error.get("message") or error.get("code") or "").split("\n")[0]


def print_json(document: object) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
