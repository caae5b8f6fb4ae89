"""What a person reads when a rehearsal fails: the cell as they count it, the line, the cause."""

from __future__ import annotations

import re
import signal

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.model import Cell

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_FILE = re.compile(r" \((?:<ipython-input-[^)]*|\d+\.py), line \d+\)$")
"""IPython's own name for the cell, behind the message of a syntax error."""
_FIRST_LINE = 60
_LAST_LINES = 12
_CRASH = "Current thread "
"""How faulthandler begins to tell of the thread that crashed, innermost frame first."""
_CRASH_LINES = 30
_PLACES = (
    # IPython 8.5 and later; syntax errors too
    re.compile(r"^\s*(?:File )?(?:(?:Cell|Input) )?In ?\[\d+\], line (\d+)", re.MULTILINE),
    # IPython 8.0 to 8.4
    re.compile(r"^Input In \[\d+\], in <cell line: (\d+)>", re.MULTILINE),
    # IPython 7: syntax errors, then the others
    re.compile(r"^\s*File \"<ipython-input-[^\"]*\", line (\d+)", re.MULTILINE),
    re.compile(r"^<ipython-input-[^>]*> in <module>.*?^-+> (\d+) ", re.MULTILINE | re.DOTALL),
)


def plain(text: str) -> str:
    """`text` without terminal colours."""
    return _ANSI.sub("", text)


def line_in_cell(traceback: str) -> int | None:
    """The line of the cell itself in an IPython traceback without colours; None if unsaid."""
    for pattern in _PLACES:
        found = pattern.search(traceback)
        if found:
            return int(found.group(1))
    return None


def place(cell: Cell) -> str:
    """The cell as people know it: its number and its first line."""
    line = cell.first_line
    short = line if len(line) <= _FIRST_LINE else f"{line[: _FIRST_LINE - 1]}…"
    return f"cell {cell.number} (`{short}`)"


class CellRaised(StageFailed):
    """The user's code raised an exception; `exception` is its class's name."""

    exception = ""


def raised(cell: Cell, name: str, message: str, traceback: str) -> CellRaised:
    """The cell raised an exception."""
    detail = plain(traceback).rstrip()
    line = line_in_cell(detail)
    where = place(cell) if line is None else f"{place(cell)}, line {line}"
    said = _FILE.sub("", plain(message).strip())
    cause = f"{name}: {said}" if said else name
    failed = CellRaised(
        f"{where}: {cause}",
        remedy="run the notebook from the top in a fresh kernel, and correct the cell",
        detail=detail,
        cell=cell.id,
        line=line,
    )
    failed.exception = name
    return failed


def ended(cell: Cell) -> StageFailed:
    """The cell called for the end of the interpreter."""
    return StageFailed(
        f"{place(cell)} ended the rehearsal by SystemExit",
        remedy="take `exit()` out, or tag the cell `skip`",
        cell=cell.id,
    )


def too_slow(cell: Cell, seconds: int) -> StageFailed:
    """The cell exceeded the time limit."""
    return StageFailed(
        f"{place(cell)} took longer than {seconds} s",
        remedy="raise the option `cell_time_limit`, or let the cell do less",
        cell=cell.id,
    )


def died(cell: Cell | None, code: int | None, output: str) -> StageFailed:
    """The kernel process is gone; `code` is its exit code, negative for a signal."""
    cause, remedy = "", "look at the kernel's last words, shown one click away"
    if code is not None and code < 0:
        cause = f" by {_signal_name(-code)}"
        if -code == signal.SIGKILL:
            cause += ": out of memory?"
            remedy = "give the machine more memory, or let the cell use less"
    elif code:
        cause = f" with exit code {code}"
    where = place(cell) if cell is not None else "the rehearsal"
    return StageFailed(
        f"{where}: the kernel died{cause}",
        remedy=remedy,
        detail=last_lines(output),
        cell=cell.id if cell is not None else None,
    )


def not_started(python: str, output: str, cause: str) -> StageFailed:
    """The kernel never answered."""
    said = last_lines(output) or cause
    last = said.rstrip().rsplit("\n", 1)[-1]
    if "No module named" in last and ("ipykernel" in last):
        return StageFailed(
            f"the kernel's environment has no ipykernel: {python}",
            remedy=f"install it there: `{python} -m pip install ipykernel`",
            detail=said,
        )
    return StageFailed(
        f"the kernel did not start: {last}",
        remedy=f"try `{python} -m ipykernel_launcher --version`",
        detail=said,
    )


def injected(name: str, message: str, traceback: str) -> StageFailed:
    """Our own cells failed: nothing that the user's code did."""
    return StageFailed(
        f"the rehearsal's own code failed in the kernel: {name}: {plain(message)}",
        remedy="please report this with the text shown one click away",
        detail=plain(traceback),
    )


def last_lines(output: str) -> str:
    """The last lines of a process's output, without colours; of a crash the first ones."""
    lines = plain(output).rstrip().splitlines()
    crash = next((at for at, line in enumerate(lines) if line.startswith(_CRASH)), None)
    chosen = lines[-_LAST_LINES:] if crash is None else lines[crash:][:_CRASH_LINES]
    return "\n".join(chosen)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
