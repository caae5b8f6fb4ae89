"""Requirements files as pip reads them: requirements, constraints, options, nested files.

Source: pip documentation, "Requirements File Format".
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from jupyter_modelship.environment.catalogue import finding
from jupyter_modelship.environment.indexes import Indexes, without_login
from jupyter_modelship.environment.logins import host_of, known_hosts
from jupyter_modelship.model import Finding

DEPTH = 10
_FULFILLED = ("--require-hashes", "--prefer-binary", "--no-build-isolation", "--use-pep517")
"""Options that hold anyway, or that mean nothing where only wheels are taken."""
_WHEEL = re.compile(r"([A-Za-z0-9_.]+)-[^/-]+(?:-\d[^/-]*)?-[^/-]+-[^/-]+-[^/-]+\.whl")


@dataclass(slots=True)
class Line:
    """What all lines about one distribution say together."""

    specifier: SpecifierSet = field(default_factory=SpecifierSet)
    extras: frozenset[str] = frozenset()
    hashes: frozenset[str] = frozenset()
    url: str | None = None
    required: bool = False
    """Some line asks for it; otherwise lines only constrain it."""

    @property
    def exact(self) -> bool:
        """Whether it is pinned to one version."""
        return any(s.operator in ("==", "===") and "*" not in s.version for s in self.specifier)


@dataclass(slots=True)
class Lines:
    """The meaning of a requirements file for one marker environment."""

    by_name: dict[str, Line] = field(default_factory=dict)
    indexes: Indexes = field(default_factory=Indexes)
    findings: list[Finding] = field(default_factory=list)


def parse_texts(
    texts: Iterable[str], environment: Mapping[str, str], *, where: str, folder: Path
) -> Lines:
    """Requirement texts that stand alone, e.g. those of `%pip install` lines; paths count from
    `folder`."""
    lines = Lines()
    for text in texts:
        _take(text, lines, environment, where, folder, constraint=False)
    return lines


def read_file(path: Path, environment: Mapping[str, str]) -> Lines:
    """The file and those it refers to with -r and -c, which must lie in its folder."""
    lines = Lines()
    _read(path, path.parent.resolve(), lines, environment, constraint=False, seen=set())
    return lines


def _read(
    path: Path,
    root: Path,
    lines: Lines,
    environment: Mapping[str, str],
    *,
    constraint: bool,
    seen: set[Path],
) -> None:
    resolved = path.resolve()
    if not resolved.is_relative_to(root):
        lines.findings.append(
            finding("requirements-outside", f"{path.name} lies outside the notebook's folder")
        )
        return
    if resolved in seen or len(seen) >= DEPTH:
        return
    seen.add(resolved)
    name = resolved.relative_to(root).as_posix()
    try:
        content = resolved.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        lines.findings.append(finding("lock-broken", f"{name} cannot be read: {reason}"))
        return
    for number, text in logical(content):
        nested = re.fullmatch(
            r"(-r|--requirement|-c|--constraint)(?:\s+|\s*=\s*|(?<=-[rc]))(\S.*)", text
        )
        if nested:
            limits = constraint or nested[1] in ("-c", "--constraint")
            target = resolved.parent / nested[2].strip("\"'")
            _read(target, root, lines, environment, constraint=limits, seen=seen)
        else:
            where = f"{name}, line {number}"
            _take(text, lines, environment, where, resolved.parent, constraint=constraint)


def logical(content: str) -> Iterator[tuple[int, str]]:
    """(number of the first line, text) with continuations joined and comments removed."""
    start, held = 0, ""
    for number, raw in enumerate([*content.splitlines(), ""], 1):
        start = start or number
        line = re.sub(r"(^|\s)#.*$", "", raw)
        if line.endswith("\\"):
            held += line[:-1] + " "
            continue
        joined = (held + line).strip()
        if joined:
            yield start, joined
        start, held = 0, ""


def _take(
    text: str,
    lines: Lines,
    environment: Mapping[str, str],
    where: str,
    folder: Path,
    *,
    constraint: bool,
) -> None:
    hashes = frozenset(re.findall(r"--hash[=\s]+(\w+:[0-9a-fA-F]+)", text))
    text = re.sub(r"\s+--(?:hash|config-settings?|global-option)[=\s]\s*\S+", "", text).strip()
    if text.startswith("-"):
        _option(text, lines, where, folder)
        return
    parsed = _requirement(text)
    if parsed is None:
        _reference(text, lines, where, folder)
        return
    if parsed.marker is not None and not parsed.marker.evaluate(dict(environment)):
        return
    line = lines.by_name.setdefault(canonicalize_name(parsed.name), Line())
    line.specifier &= parsed.specifier
    line.hashes |= hashes
    if not constraint:
        line.extras |= parsed.extras
        line.required = True
    if parsed.url is not None:
        line.url = _bare(parsed.url, parsed.name, lines, where)


def _requirement(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def without_credentials(url: str) -> str:
    """The URL without name and password; who to log in as by ssh is none."""
    if re.match(r"(?:git\+)?ssh://[^/@:\s]+@", url):
        return url
    return without_login(url)


def _bare(url: str, name: str, lines: Lines, where: str) -> str:
    bare = without_credentials(url)
    if bare != url:
        lines.findings.append(
            finding("url-credentials", f"{where}: the URL of {name} holds credentials")
        )
    return bare


def _option(text: str, lines: Lines, where: str, folder: Path) -> None:
    words = _words(text)
    option, _, value = words[0].partition("=")
    written = value or " ".join(words[1:])
    value = _expanded(written)
    known = lines.indexes
    if value != written and "://" in value and host_of(value) not in known_hosts(os.environ):
        lines.findings.append(
            finding(
                "index-variable",
                f"{where}: a variable of your environment would be sent to an address that is "
                f"none of your own package indexes ({host_of(value) or 'without a host'})",
            )
        )
        return
    if option in ("-e", "--editable") and value:
        _reference(value, lines, where, folder)
    elif option in ("-i", "--index-url", "--pypi-url") and value:
        lines.indexes = Indexes(value, known.extra, known.links, known.none)
    elif option == "--extra-index-url" and value:
        lines.indexes = Indexes(known.default, (*known.extra, value), known.links, known.none)
    elif option in ("-f", "--find-links") and value:
        local = value if "://" in value else str((folder / value).resolve())
        lines.indexes = Indexes(known.default, known.extra, (*known.links, local), known.none)
    elif option == "--no-index":
        lines.indexes = Indexes(known.default, known.extra, known.links, none=True)
    elif option == "--only-binary" or option in _FULFILLED:
        pass
    else:
        shown = option if option.startswith("-") else "it"
        lines.findings.append(finding("requirements-line", f"{where}: `{shown}` is not honoured"))


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text) or [text]
    except ValueError:
        return text.split() or [text]


def _expanded(value: str) -> str:
    """`${NAME}` from the environment, as pip does: the way to keep a password out of the file.
    The file may be a stranger's, and so may be the address."""
    return re.sub(r"\$\{([A-Z0-9_]+)\}", lambda found: os.environ.get(found[1]) or found[0], value)


def _reference(text: str, lines: Lines, where: str, folder: Path) -> None:
    """A path, an archive or a repository: named by its `#egg=`, its file name or its folder."""
    place = text.split(";")[0].strip()
    named = re.search(r"[#&]egg=([A-Za-z0-9._-]+)", place) or _WHEEL.search(place)
    path = re.sub(r"\[[^\]]*\]$", "", place.removeprefix("file://"))
    if named:
        name = named[1]
    elif "://" in place and not place.startswith("file://"):
        name = re.sub(r"(\.git)?(@[^/]*)?(#.*)?$", "", place).rpartition("/")[2]
    elif place.startswith((".", "/", "~", "file://")) or (folder / path).is_dir():
        name = _project(folder / Path(path).expanduser()) or Path(path).resolve().name
    else:
        lines.findings.append(finding("requirements-line", f"{where} is no requirement"))
        return
    line = lines.by_name.setdefault(canonicalize_name(name), Line())
    line.url, line.required = _bare(place, name, lines, where), True


def _project(folder: Path) -> str | None:
    """The name in the folder's pyproject.toml."""
    try:
        content = (folder / "pyproject.toml").read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found = re.search(r"(?ms)^\[project\].*?^name\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']", content)
    return found[1] if found else None
