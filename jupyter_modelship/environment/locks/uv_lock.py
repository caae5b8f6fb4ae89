"""`uv.lock` beside the notebook rules, or the one of the project that the kernel runs in.

Source: uv documentation, "Structure and files"; the lock's own format, version 1.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

if sys.version_info >= (3, 11):
    import tomllib
else:  # the standard library has no reader yet
    import tomli as tomllib

from packaging.markers import InvalidMarker, Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from jupyter_modelship.environment.catalogue import finding
from jupyter_modelship.environment.indexes import Indexes
from jupyter_modelship.image.recipe import Platform
from jupyter_modelship.model import Finding, KernelFacts

from .lines import without_credentials
from .ruling import Ruling, elsewhere, kernel_versions, marker_environment, text

NAME = "uv.lock"
VERSION = 1
_OWN = ("editable", "virtual")
"""Sources of the project's own packages."""


def find(folder: Path) -> Path | None:
    """The `uv.lock` beside the notebooks in `folder`."""
    path = folder / NAME
    return path if path.is_file() else None


def find_above(folder: Path) -> Path | None:
    """The nearest `uv.lock` above `folder`; the search ends at the project's root, which is the
    first folder with a pyproject.toml (for a member of a workspace: the workspace's)."""
    rooted = (folder / "pyproject.toml").is_file()
    for place in folder.absolute().parents:
        project = place / "pyproject.toml"
        if (place / NAME).is_file() and (not rooted or _is_workspace(project)):
            return place / NAME
        rooted = rooted or project.is_file()
    return None


def is_kernels(path: Path, facts: KernelFacts) -> bool:
    """Whether the kernel's interpreter lives in an environment inside the lock's project, as
    `.venv` does: only then the lock above a notebook speaks of what the notebook runs with."""
    return Path(facts.python).parent.resolve().is_relative_to(path.parent.resolve())


def passed_over(path: Path, facts: KernelFacts) -> Finding:
    """That a lock above the notebook does not rule."""
    return finding(
        "lock-passed-over",
        f"{path} does not rule: kernel `{facts.kernel}` runs {facts.python}, which is not in "
        "that project",
    )


def _is_workspace(project: Path) -> bool:
    tool = _toml(project).get("tool")
    uv = tool.get("uv") if isinstance(tool, dict) else None
    return isinstance(uv, dict) and "workspace" in uv


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def rule(
    path: Path, needed: Iterable[str], facts: KernelFacts, platform: Platform | None = None
) -> Ruling:
    """Its versions and hashes for this Python and platform, restricted to what is needed."""
    lock = _toml(path)
    packages = lock.get("package", [])
    if lock.get("version") != VERSION or not isinstance(packages, list):
        broken = finding("lock-broken", f"{path.name} cannot be read as a uv lock of version 1")
        return Ruling(NAME, (), findings=(broken,))
    environment = marker_environment(facts, platform)
    chosen = {p["name"]: p for p in packages if _is_for(p, environment)}
    pinned = {n: str(p["version"]) for n, p in chosen.items() if _registry(p) and "version" in p}
    nowhere = {n: _origin(p) for n, p in chosen.items() if not _registry(p)}
    extras = _extras(packages)
    versions = kernel_versions(facts)
    wanted = sorted(set(needed) - set(nowhere))
    return Ruling(
        NAME,
        tuple(
            text(
                n,
                extras.get(n, frozenset()),
                f"=={v}" if (v := pinned.get(n) or versions.get(n)) else "",
            )
            for n in wanted
        ),
        constraints=tuple(f"{n}=={v}" for n, v in sorted(pinned.items()) if n not in wanted),
        kernel={n: v for n, v in versions.items() if n not in wanted and n not in chosen},
        hashes={n: h for n, p in chosen.items() if n in pinned and (h := _hashes(p))},
        elsewhere={**{n: u for n, u in elsewhere(facts).items() if n not in pinned}, **nowhere},
        extras={n: e for n, e in extras.items() if n in nowhere and e},
        indexes=_indexes(path),
        findings=(
            *_python(lock, facts),
            *_lacking(wanted, chosen, versions),
            *_credentials(chosen),
        ),
    )


def _lacking(
    wanted: Iterable[str], chosen: Mapping[str, object], versions: Mapping[str, str]
) -> Iterator[Finding]:
    for name in wanted:
        if name not in chosen:
            yield finding(
                "lock-lacks",
                f"{NAME} does not list {name}, which is needed: the kernel's "
                f"{versions.get(name, 'version')} ships",
                remedy=f"run `uv add {name}` in the project",
            )


def _credentials(chosen: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    for name, package in chosen.items():
        if without_credentials(told := str(package.get("source", {}).get("git", ""))) != told:
            yield finding("url-credentials", f"{NAME}: the URL of {name} holds credentials")


def _is_for(package: Mapping[str, Any], environment: Mapping[str, str]) -> bool:
    """Whether this entry is the one for the environment, where the lock forks."""
    markers = package.get("resolution-markers") or []
    return not markers or any(_holds(str(marker), environment) for marker in markers)


def _holds(marker: str, environment: Mapping[str, str]) -> bool:
    try:
        return Marker(marker).evaluate(dict(environment))
    except InvalidMarker:
        return False


def _registry(package: Mapping[str, Any]) -> bool:
    return "registry" in package.get("source", {})


def _origin(package: Mapping[str, Any]) -> str:
    source = package.get("source", {})
    if "git" in source:
        return _repository(str(source["git"]))
    return without_credentials(str(next(iter(source.values()), "")))


def _repository(told: str) -> str:
    """`https://host/path?rev=main&subdirectory=x#COMMIT` as installers write it."""
    url, _, commit = told.partition("#")
    url, _, query = url.partition("?")
    below = dict(parse_qsl(query)).get("subdirectory")
    where = without_credentials(f"git+{url}")
    return f"{where}@{commit}" + (f"#subdirectory={below}" if below else "")


def _extras(packages: Iterable[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """Extras that the project's own packages ask for."""
    found: dict[str, frozenset[str]] = {}
    for package in packages:
        if not any(kind in package.get("source", {}) for kind in _OWN):
            continue
        groups = [
            package.get("dependencies", []),
            *package.get("optional-dependencies", {}).values(),
            *package.get("dev-dependencies", {}).values(),
        ]
        for dependency in (d for group in groups for d in group):
            name = canonicalize_name(dependency["name"])
            found[name] = found.get(name, frozenset()) | frozenset(dependency.get("extra", []))
    return found


def _hashes(package: Mapping[str, Any]) -> frozenset[str]:
    files = [*package.get("wheels", []), *filter(None, [package.get("sdist")])]
    return frozenset(str(file["hash"]) for file in files if "hash" in file)


def _indexes(path: Path) -> Indexes:
    """The project's indexes, with their names: uv finds credentials by name."""
    tool = _toml(path.with_name("pyproject.toml")).get("tool", {})
    named = tool.get("uv", {}).get("index", []) if isinstance(tool, dict) else []
    default: str | None = None
    extra: list[str] = []
    for entry in named if isinstance(named, list) else []:
        url = str(entry.get("url", ""))
        told = f"{entry['name']}={url}" if entry.get("name") else url
        if entry.get("default"):
            default = told
        else:
            extra.append(told)
    return Indexes(default, tuple(extra))


def _python(lock: Mapping[str, Any], facts: KernelFacts) -> Iterator[Finding]:
    try:
        wanted = SpecifierSet(str(lock.get("requires-python") or ""))
    except InvalidSpecifier:
        return
    if not wanted.contains(facts.version, prereleases=True):
        yield finding(
            "python-differs",
            f"{NAME} is for Python {wanted}, kernel `{facts.kernel}` has {facts.version}",
        )
