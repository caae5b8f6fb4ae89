"""IPython's additions to Python, blanked out line by line, so that the rest can be parsed.

What a magic does to the names of the notebook is kept as data; IPython itself is not imported.
Syntax: https://ipython.readthedocs.io/en/stable/interactive/reference.html
"""

from __future__ import annotations

import itertools
import re
import shlex
from dataclasses import dataclass

_MAYBE = re.compile(
    r"^[ \t]*(?:[%!?]|(?:pip|conda|mamba|uv|cd)[ \t])|\?[ \t]*$|=[ \t]*[%!]", re.MULTILINE
)
_ASSIGN = re.compile(r"(\s*)([^=!%#'\"]+?)\s*=\s*([%!].*)", re.DOTALL)
_HELP = re.compile(r"\s*%{0,2}[\w.*]+(?:\[[^\]]*\])?\?{1,2}\s*(?:#.*)?")
_BARE = re.compile(
    r"\s*(?:(?:pip|conda|mamba|uv)\s+(?:pip\s+)?(?:install|uninstall)\b|cd\s+[^\s=(.])"
)
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_LEXEME = re.compile(
    r"\"\"\"|'''|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|#[^\n]*|[()\[\]{}]|\\\n|\n", re.DOTALL
)
_PYTHON_CELLS = frozenset({"time", "capture", "prun", "memit", "mprun", "snakeviz", "px", "deploy"})
"""Cell magics that run their body as Python in the notebook's own namespace."""
_PYTHON_LINES = frozenset({"time", "prun", "memit"})
_PROCESS = frozenset({"cd", "env", "set_env", "load_ext", "config", "pushd", "popd"})
"""Line magics that change the process in which later cells run."""
_OURS = re.compile(r"\s*%(?:load_ext|reload_ext)\s+jupyter_modelship\s*")
_INSTALLERS = frozenset({"pip", "uv"})
_NO_VALUE = frozenset(
    {
        "-U",
        "--upgrade",
        "-q",
        "--quiet",
        "-qq",
        "--user",
        "--pre",
        "--no-cache-dir",
        "--force-reinstall",
        "--system",
        "-y",
        "--no-deps",
        "-I",
        "--ignore-installed",
    }
)


@dataclass(frozen=True, slots=True)
class Magic:
    """One magic: the line it stands on, its text, the names it binds."""

    line: int
    text: str
    binds: tuple[str, ...] = ()
    process: bool = False
    """Whether it changes the process (working directory, environment variables)."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Python with as many lines as the cell, and what was taken out."""

    text: str
    magics: tuple[Magic, ...] = ()
    installs: tuple[str, ...] = ()


def may_hold_magic(source: str) -> bool:
    """Whether anything in the cell looks like a magic; cheap, and wrong only by saying yes."""
    return _MAYBE.search(source) is not None


def clean(source: str) -> Cleaned:
    """The cell without its magics. Lines keep their numbers."""
    lines = source.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        magic = _cell_magic(lines[first], first + 1)
        if _name(lines[first]) not in _PYTHON_CELLS:
            return Cleaned("\n" * (len(lines) - 1), (magic,))
        lines[first] = ""
        inner = clean("\n".join(lines)) if may_hold_magic("\n".join(lines)) else None
        if inner is None:
            return Cleaned("\n".join(lines), (magic,))
        return Cleaned(inner.text, (magic, *inner.magics), inner.installs)
    return _clean_lines(lines)


def _clean_lines(lines: list[str]) -> Cleaned:
    magics: list[Magic] = []
    installs: list[str] = []
    starts, number = _LineStarts(), 0
    while number < len(lines):
        if not (starts.at_start and _is_magic(lines[number])):
            starts.feed(lines[number] + "\n")
            number += 1
            continue
        end = number + 1
        while lines[end - 1].endswith("\\") and end < len(lines):
            end += 1
        text = "\n".join(lines[number:end])
        magic, python = _line_magic(text, number + 1)
        magics.append(magic)
        installs += _requirements(text)
        lines[number:end] = [python] + [""] * (end - number - 1)
        starts.feed(python + "\n")
        number = end
    return Cleaned("\n".join(lines), tuple(magics), tuple(installs))


class _LineStarts:
    """Follows strings and brackets, to tell where a physical line begins a logical one."""

    def __init__(self) -> None:
        self._depth = 0
        self._quote = ""
        self._continued = False

    @property
    def at_start(self) -> bool:
        return not self._depth and not self._quote and not self._continued

    def feed(self, line: str) -> None:
        self._continued = False
        position = 0
        while position < len(line):
            if self._quote:
                end = line.find(self._quote, position)
                if end < 0:
                    return
                position, self._quote = end + 3, ""
                continue
            match = _LEXEME.search(line, position)
            if match is None:
                return
            position = match.end()
            self._take(match[0])

    def _take(self, lexeme: str) -> None:
        if lexeme in ('"""', "'''"):
            self._quote = lexeme
        elif lexeme in "([{":
            self._depth += 1
        elif lexeme in ")]}":
            self._depth = max(0, self._depth - 1)
        elif lexeme == "\\\n":
            self._continued = True


def _is_magic(line: str) -> bool:
    stripped = line.lstrip()
    if stripped[:1] in {"%", "!", "?"}:
        return True
    if _ASSIGN.fullmatch(line) or _BARE.match(line):
        return True
    return stripped.rstrip().endswith("?") and _HELP.fullmatch(line) is not None


def _line_magic(text: str, line: int) -> tuple[Magic, str]:
    """The magic, and the Python that stays in its place."""
    indent = text[: len(text) - len(text.lstrip())]
    if assign := _ASSIGN.fullmatch(text):
        names = tuple(_IDENTIFIER.findall(assign[2]))
        return Magic(line, text.strip(), names), f"{indent}pass" if indent else ""
    name = _name(text)
    if text.lstrip().startswith("%") and name in _PYTHON_LINES:
        body = re.sub(r"^\s*%{1,2}\w+\s*(?:-\w+\s+)*", "", text)
        return Magic(line, text.strip()), indent + body
    process = text.lstrip()[:1] not in "!?" and name in _PROCESS and not _OURS.fullmatch(text)
    return Magic(line, text.strip(), process=process), f"{indent}pass" if indent else ""


def _name(text: str) -> str:
    match = re.match(r"\s*%{0,2}\s*(\w+)", text)
    return match[1] if match else ""


def _cell_magic(text: str, line: int) -> Magic:
    words = text.split()
    binds: tuple[str, ...] = ()
    if words[0] == "%%capture":
        binds = tuple(word for word in words[1:2] if _IDENTIFIER.fullmatch(word))
    for option, value in itertools.pairwise(words):
        if option in {"--out", "--err"} and _IDENTIFIER.fullmatch(value):
            binds = (*binds, value)
    return Magic(line, text.strip(), binds)


def _requirements(text: str) -> list[str]:
    """What a `pip install` line asks for; options and what they take are left out."""
    try:
        words = shlex.split(text.replace("\\\n", " ").lstrip().lstrip("%!"), comments=True)
    except ValueError:
        return []
    while words and (
        words[0] in {"-m", "sys.executable", "{sys.executable}"} or "python" in words[0]
    ):
        words = words[1:]
    if words[:2] == ["uv", "pip"]:
        words = words[1:]
    if (
        not words
        or words[0].rsplit("/", 1)[-1] not in {"pip", "pip3", "uv"}
        or "install" not in words[:2]
    ):
        return []
    found = []
    skip = False
    for word in words[words.index("install") + 1 :]:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word not in _NO_VALUE and "=" not in word
        elif word in {"&&", ";", "|", ">", "2>", ">/dev/null"}:
            break
        else:
            found.append(word)
    return found
