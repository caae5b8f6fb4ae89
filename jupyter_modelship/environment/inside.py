"""Runs inside the kernel's interpreter, by `python -I -c`: says what that environment holds.

Standard library only, Python 3.8 on; imports nothing of the user's. Prints one line of JSON.
Sources: PEP 376 and 627 (RECORD), PEP 610 (direct_url.json), PEP 503 (normalised names).
"""

from __future__ import annotations

import ast
import csv
import json
import os
import platform
import re
import site
import sys
from importlib import machinery, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DEPTH = 4
"""Dotted names are told down to this many parts, for modules that distributions share."""
SUFFIXES = tuple(machinery.all_suffixes())


def facts() -> dict[str, Any]:
    """What `probe.py` makes KernelFacts of."""
    sites = site_folders()
    paths = list(dict.fromkeys([absolute(p) for p in sys.path if p] + sites))
    found: dict[str, dict[str, Any]] = {}
    files: dict[str, set[str]] = {}
    broken: list[str] = []
    for dist in metadata.distributions(path=paths):
        try:
            described = describe(dist, sites)
            if described["name"] not in found:
                files[described["name"]] = set(modules_of(dist))
                found[described["name"]] = described
        except Exception as error:  # whatever a record holds, it hides no other
            broken.append(repr(error))
    return {
        "version": platform.python_version().rstrip("+"),
        "implementation": sys.implementation.name,
        "base": absolute(getattr(sys, "_base_executable", None) or sys.executable),
        "prefix": sys.prefix,
        "distributions": list(found.values()),
        "owners": owners(files),
        "standard": sorted(getattr(sys, "stdlib_module_names", sys.builtin_module_names)),
        "watched": paths,
        "broken": broken,
    }


def site_folders() -> list[str]:
    """The folders that installers write to; `-I` hides the user's, the kernel sees it."""
    folders = list(site.getsitepackages())
    isolated = sys.prefix != sys.base_prefix
    if isolated:
        said = lines(Path(sys.prefix, "pyvenv.cfg"))
        isolated = "include-system-site-packages = true" not in [line.lower() for line in said]
    if not isolated and not os.environ.get("PYTHONNOUSERSITE"):
        folders.append(site.getusersitepackages())
    return [absolute(folder) for folder in folders]


def absolute(path: str) -> str:
    """Without `..`, links not followed: a venv's interpreter is the link itself."""
    return os.path.abspath(path)  # noqa: PTH100 - Path.resolve follows links


def describe(dist: metadata.Distribution, sites: list[str]) -> dict[str, Any]:
    """Name, version, and where it came from if not from an index."""
    name, version = dist.metadata["Name"], dist.metadata["Version"]
    if not name or not version:
        raise ValueError("no name or no version in " + str(getattr(dist, "_path", dist)))
    url, editable, credentials = origin(dist)
    place = absolute(str(dist.locate_file("")))
    if url is None and not any(place == s or place.startswith(s + os.sep) for s in sites):
        url, editable = "file://" + place, True  # `setup.py develop`, or a folder on the path
    return {
        "name": normal(name),
        "version": version,
        "url": url,
        "editable": editable,
        "requires": list(dist.requires or []),
        "credentials": credentials,
    }


def origin(dist: metadata.Distribution) -> tuple[str | None, bool, bool]:
    """The direct reference without credentials, whether it is editable (PEP 610), and whether
    there were credentials."""
    text = dist.read_text("direct_url.json")
    if not text:
        return None, False, False
    record = json.loads(text)
    editable = bool((record.get("dir_info") or {}).get("editable"))
    installer = (dist.read_text("INSTALLER") or "").strip().lower()
    if installer == "conda" and not editable:
        return None, False, False  # the folder on conda's build machine: no direct reference
    told = str(record.get("url") or "")
    url = re.sub(r"//[^/]*@", "//", told)
    if re.match(r"ssh://[^/@:]+@", told):
        url = told  # a name without a password: who to log in as
    return repository(url, record), editable, url != told


def repository(url: str, record: dict[str, Any]) -> str:
    """The reference of a repository's commit as installers write it; other URLs as they are."""
    vcs = record.get("vcs_info") or {}
    if not vcs.get("vcs") or not vcs.get("commit_id"):
        return url
    below = record.get("subdirectory")
    return f"{vcs['vcs']}+{url}@{vcs['commit_id']}" + (f"#subdirectory={below}" if below else "")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def modules_of(dist: metadata.Distribution) -> Iterator[str]:
    """Dotted names of modules that it installs; of a package's `__init__` as `a.b.__init__`."""
    record = dist.read_text("RECORD")
    listed = [row[0] for row in csv.reader(record.splitlines()) if row] if record else []
    if not listed:
        listed = (dist.read_text("installed-files.txt") or "").replace("\\", "/").splitlines()
        listed = [re.sub(r"^(\.\./)+", "", entry) for entry in listed]
    for entry in listed:
        name = dotted(entry)
        if name:
            yield name
        elif "/" not in entry and entry.endswith(".pth"):
            yield from linked(Path(str(dist.locate_file(entry))))
        elif re.fullmatch(r"__editable___.*_finder\.py", entry):
            yield from mapped(Path(str(dist.locate_file(entry))))
    for line in (dist.read_text("top_level.txt") or "").split():
        if line.replace("/", ".").replace(".", "").isidentifier():
            yield line.replace("/", ".") + ".__init__"


def dotted(entry: str) -> str | None:
    """`a/b/c.py` -> `a.b.c`; None for what cannot be imported."""
    for suffix in SUFFIXES:
        if entry.endswith(suffix):
            parts = entry[: -len(suffix)].split("/")
            if all(part.isidentifier() for part in parts) and "__pycache__" not in parts:
                hidden = len(parts) == 1 and parts[0].startswith("__editable__")
                return None if hidden else ".".join(parts)
    return None


def linked(path: Path) -> Iterator[str]:
    """Top-level modules in the folders that a .pth file names (an editable install)."""
    for line in lines(path):
        if line.startswith(("import ", "import\t", "#")) or not Path(line).is_dir():
            continue
        for entry in Path(line).iterdir():
            name = dotted(entry.name)
            if name:
                yield name
            elif entry.name.isidentifier() and (entry / "__init__.py").is_file():
                yield entry.name + ".__init__"


def mapped(path: Path) -> Iterator[str]:
    """Top-level modules that setuptools' finder for an editable install maps to folders."""
    for line in lines(path):
        found = re.match(r"MAPPING(?:\s*:[^=]*)?\s*=\s*(\{.*\})\s*$", line)
        if found:
            for name in ast.literal_eval(found.group(1)):
                yield str(name) + ".__init__"


def lines(path: Path) -> list[str]:
    try:
        return [line.strip() for line in path.read_text("utf-8", "replace").splitlines()]
    except OSError:
        return []


def owners(files: dict[str, set[str]]) -> dict[str, list[str]]:
    """Module -> names of distributions. Top-level modules always; dotted names only below those
    that several distributions share."""
    tops: dict[str, set[str]] = {}
    for name, modules in files.items():
        for module in modules:
            tops.setdefault(module.split(".")[0], set()).add(name)
    result = {top: sorted(holders(top, names, files)) for top, names in tops.items()}
    shared = {top for top, names in tops.items() if len(names) > 1}
    below: dict[str, set[str]] = {}
    for name, modules in files.items():
        for module in modules:
            parts = module.split(".")
            if parts[0] in shared:
                for prefix in prefixes(parts):
                    below.setdefault(prefix, set()).add(name)
    result.update({prefix: sorted(holders(prefix, n, files)) for prefix, n in below.items()})
    return result


def prefixes(parts: list[str]) -> Iterable[str]:
    known = parts[:-1] if parts[-1] == "__init__" else parts
    return [".".join(known[:length]) for length in range(2, min(len(known), DEPTH) + 1)]


def holders(module: str, names: set[str], files: dict[str, set[str]]) -> set[str]:
    """Those with the package's own `__init__`, or the module itself; else (a namespace) all."""
    own = {n for n in names if module + ".__init__" in files[n] or module in files[n]}
    return own or names


if __name__ == "__main__":
    print(json.dumps(facts()))
