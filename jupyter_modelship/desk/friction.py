"""A report of what stood in somebody's way: Markdown that can be shown to others.

Stage, cause, the last lines of the log, versions. No code of the notebook unless it is asked for;
no secret, nobody's name, no home folder: see redaction.py.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from jupyter_modelship import __version__
from jupyter_modelship.model import Cell
from jupyter_modelship.runs.events import RunEvent
from jupyter_modelship.runs.run import Run

from .redaction import Redaction
from .transcript import event_lines

LINES = 40
_REDACTED_LINES = 400
NOTE_LIMIT = 4_000
_LINE_LIMIT = 500
_CODE_LIMIT = 20_000
_PACKAGES = (
    *("jupyterlab", "notebook", "jupyter-server", "jupyter-client", "ipykernel", "tornado"),
    *("papermill", "uv"),
)
_LABEL = re.compile(r"(\bcells? \d+) \(`.*`\)", re.IGNORECASE)
"""A cell as people are told of it: its number and its first line, which is code."""
_FRAME = re.compile(r'(?:\[\w+\] )?\s*File "[^"]*", line \d+|(?:\[\w+\] )?\s*[Cc]ell \d+, line \d+')
_QUOTED = re.compile(r"(?:\[\w+\] )?(?:\s{4,}\S.*|\s*-+>\s*\d+.*|\s{2,}\d+ .*)")
"""A line of code below a frame, as Python or IPython shows it."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a report is made of."""

    run: Run
    events: Sequence[RunEvent]
    cells: Sequence[Cell] = ()
    """Cells whose code goes into it; none is how it usually is."""
    note: str = ""
    """What the person says themselves."""


def report(told: Told, redaction: Redaction) -> str:
    """The report as Markdown."""
    run, error = told.run, told.run.error or {}
    stage = _stage(told.events)
    code = str(error.get("code") or run.state)
    parts = [
        f"# Friction: {code}{f' in {stage}' if stage else ''}",
        redaction.text(told.note.strip()[:NOTE_LIMIT]),
        _facts(run, stage, code),
        "## Cause\n\n" + redaction.text(_cause(error)),
        f"## Last lines of the log\n\n{_fenced(_log(told, redaction))}",
        *_code(told.cells, redaction),
        "## Versions\n\n" + "\n".join(f"- {name} {number}" for name, number in versions().items()),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def versions() -> Mapping[str, str]:
    """What had a say, as installed here."""
    found = {"jupyter_modelship": __version__, "Python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    found[platform.system()] = f"{platform.release()} {platform.machine()}"
    return found


def _facts(run: Run, stage: str, code: str) -> str:
    rows = {
        "run": run.id,
        "target": run.request.target,
        "state": run.state,
        "stage": stage or "none",
        "code": code,
        "attempts": str(run.attempts),
    }
    if run.started is not None and run.finished is not None:
        rows["took"] = f"{run.finished - run.started:.1f} s"
    return "\n".join(f"- {name}: {value}" for name, value in rows.items())


def _cause(error: Mapping[str, object]) -> str:
    if not error:
        return "The run did not fail."
    place = "".join(f", {key} {error[key]}" for key in ("line",) if error.get(key))
    lines = [without_code(str(error.get("message") or ""))[:2000] + place]
    if error.get("remedy"):
        lines.append(f"Remedy shown: {without_code(str(error['remedy']))[:1000]}")
    return _escaped("\n\n".join(lines))


def _log(told: Told, redaction: Redaction) -> list[str]:
    lines = [line for event in told.events for line in event_lines(event)]
    lines = lines if told.cells else list(_without_quotes(lines))
    # More than is shown: a secret may have line ends in it, and have begun before.
    text = redaction.text("\n".join(lines[-_REDACTED_LINES:]))
    return [line[:_LINE_LIMIT] for line in text.split("\n")[-LINES:]]


def _stage(events: Iterable[RunEvent]) -> str:
    """The stage that failed, else the last one."""
    stages = [event for event in events if event.kind == "stage"]
    failed = [event.stage for event in stages if event.payload.get("state") == "failed"]
    return failed[-1] if failed else stages[-1].stage if stages else ""


def without_code(text: str) -> str:
    """A sentence without the first lines of cells."""
    return _LABEL.sub(r"\1", text)


def _without_quotes(lines: Iterable[str]) -> Iterator[str]:
    """Lines of a log without the source that tracebacks show."""
    below = False
    for line in lines:
        if below and _QUOTED.fullmatch(line):
            continue
        below = _FRAME.match(line) is not None
        yield without_code(line)


def _code(cells: Sequence[Cell], redaction: Redaction) -> Iterator[str]:
    if cells:
        yield "## Code"
    for cell in cells:
        text = redaction.text(cell.source)[:_CODE_LIMIT]
        yield f"Cell {cell.number}:\n\n{_fenced(text.splitlines(), 'python')}"


def _fenced(lines: Sequence[str], language: str = "text") -> str:
    """A code block that nothing in the lines can end."""
    text = "".join(f"{_visible(line)}\n" for line in lines)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}{fence}"


def _visible(text: str) -> str:
    """Without characters that steer a terminal or turn the direction of a text."""
    return "".join(
        char if char == "\t" or (char.isprintable() and char not in _BIDI) else "\ufffd"
        for char in text
    )


_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is: nothing in it is a link, a picture or a tag."""
    visible = "\n".join(map(_visible, text.split("\n")))
    return re.sub(r"([\\`*_{}\[\]<>#|!])", r"\\\1", visible)
