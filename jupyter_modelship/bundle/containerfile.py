"""Containerfiles as typed instructions: written in JSON-array form, read back, compared.

The grammar is the part of Dockerfile's that all builders share and in which no value can become
an instruction: one printable line each, no variable is expanded, no wildcard, no directive.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from jupyter_modelship.errors import ModelshipError

_IMAGE = re.compile(r"[a-z0-9][A-Za-z0-9._:/@-]{0,511}")
_PATH = re.compile(r"[\w./][\w./+-]{0,4095}")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")
_PLAIN = re.compile(r"[A-Za-z0-9._:/@+=,-]{0,4096}")
_USER = re.compile(r"[1-9][0-9]{4,9}")
_SIGNAL = re.compile(r"SIG[A-Z0-9]{2,8}")
_COMMENT = re.compile(r"(?!\s*\w+\s*=)[ !-\[\]-~]{0,99}[!-\[\]-~]")
"""ASCII without a backslash, and no `word=`, which could be a directive of the parser."""
_SECRET = re.compile(r"[a-z][a-z0-9.]{0,31}")
_MOUNT = "--mount=type=secret,id="


@dataclass(frozen=True, slots=True)
class From:
    image: str

    def line(self) -> str:
        return f"FROM {_held(_IMAGE, self.image)}"


@dataclass(frozen=True, slots=True)
class Workdir:
    path: str

    def line(self) -> str:
        return f"WORKDIR {_held(_PATH, self.path)}"


@dataclass(frozen=True, slots=True)
class Copy:
    sources: tuple[str, ...]
    destination: str

    def line(self) -> str:
        return f"COPY {_array([_held(_PATH, path) for path in (*self.sources, self.destination)])}"


@dataclass(frozen=True, slots=True)
class Comment:
    """A line that builders pass over."""

    text: str

    def line(self) -> str:
        return f"# {_held(_COMMENT, self.text)}"


@dataclass(frozen=True, slots=True)
class Run:
    argv: tuple[str, ...]
    secrets: tuple[str, ...] = ()
    """Names of files that are there while it runs, below /run/secrets, where the builder was given
    them; they are in no layer."""

    def line(self) -> str:
        mounts = [f"{_MOUNT}{_held(_SECRET, name)} " for name in self.secrets]
        return f"RUN {''.join(mounts)}{_array(self.argv)}"


@dataclass(frozen=True, slots=True)
class Env:
    key: str
    value: str

    def line(self) -> str:
        return f'ENV {_held(_KEY, self.key)}="{_held(_PLAIN, self.value)}"'


@dataclass(frozen=True, slots=True)
class Label:
    key: str
    value: str

    def line(self) -> str:
        return f'LABEL {_held(_KEY, self.key)}="{_held(_PLAIN, self.value)}"'


@dataclass(frozen=True, slots=True)
class Expose:
    port: int

    def line(self) -> str:
        return f"EXPOSE {self.port:d}"


@dataclass(frozen=True, slots=True)
class User:
    """A numeric user id of at least 10000: nobody on the machine that runs it."""

    id: str

    def line(self) -> str:
        return f"USER {_held(_USER, self.id)}"


@dataclass(frozen=True, slots=True)
class Stopsignal:
    signal: str

    def line(self) -> str:
        return f"STOPSIGNAL {_held(_SIGNAL, self.signal)}"


@dataclass(frozen=True, slots=True)
class Entrypoint:
    argv: tuple[str, ...]

    def line(self) -> str:
        return f"ENTRYPOINT {_array(self.argv)}"


Instruction: TypeAlias = (
    Comment | From | Workdir | Copy | Run | Env | Label | Expose | User | Stopsignal | Entrypoint
)


def emit_containerfile(instructions: Sequence[Instruction]) -> str:
    """The text of a Containerfile; ModelshipError when a value is outside of the grammar."""
    text = "".join(f"{instruction.line()}\n" for instruction in instructions)
    if parse_containerfile(text) != tuple(instructions):
        raise ModelshipError("the generated Containerfile does not read back as it was written")
    return text


def parse_containerfile(text: str) -> tuple[Instruction, ...]:
    """The instructions of a text that `emit_containerfile` wrote; ModelshipError for any other."""
    found = []
    for line in text.removesuffix("\n").split("\n"):
        word, _, rest = line.partition(" ")
        read = _READERS.get(word)
        if read is None:
            raise ModelshipError(f"{line!r:.80} is no instruction that a bundle has")
        try:
            found.append(read(rest))
        except (TypeError, ValueError) as error:
            raise ModelshipError(f"{line!r:.80} cannot be read: {error}") from error
        if found[-1].line() != line:
            raise ModelshipError(f"{line!r:.80} is not as a bundle has it")
    return tuple(found)


def _held(grammar: re.Pattern[str], value: str) -> str:
    if grammar.fullmatch(value) is None:
        raise ModelshipError(f"{value!r:.80} cannot stand in a Containerfile")
    return value


def _array(words: Sequence[str]) -> str:
    if not words or not all(word.isprintable() and word for word in words):
        raise ModelshipError(f"{list(words)!r:.80} cannot stand in a Containerfile")
    return json.dumps(list(words))


def _words(text: str) -> tuple[str, ...]:
    words = json.loads(text)
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ValueError("no list of words")
    return tuple(words)


def _copy(text: str) -> Copy:
    *sources, destination = _words(text)
    return Copy(tuple(sources), destination)


def _run(text: str) -> Run:
    secrets = []
    while text.startswith(_MOUNT):
        mount, _, text = text.partition(" ")
        secrets.append(mount.removeprefix(_MOUNT))
    return Run(_words(text), tuple(secrets))


def _pair(text: str) -> tuple[str, str]:
    key, _, quoted = text.partition("=")
    if len(quoted) < 2 or quoted[0] != '"' or quoted[-1] != '"':
        raise ValueError("no quoted value")
    return key, quoted[1:-1]


_READERS: Mapping[str, Callable[[str], Instruction]] = MappingProxyType(
    {
        "#": Comment,
        "FROM": From,
        "WORKDIR": Workdir,
        "COPY": _copy,
        "RUN": _run,
        "ENV": lambda text: Env(*_pair(text)),
        "LABEL": lambda text: Label(*_pair(text)),
        "EXPOSE": lambda text: Expose(int(text)),
        "USER": User,
        "STOPSIGNAL": Stopsignal,
        "ENTRYPOINT": lambda text: Entrypoint(_words(text)),
    }
)
