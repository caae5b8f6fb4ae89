"""What exists as source alone: which commit or archive it is and what it needs, with nothing run.

What it needs is taken from the kernel, which has built and installed that very version. uv hears it
from a stand-in wheel that holds metadata and nothing else.
Source: PEP 508 and 610 (direct references); PyPA specifications "Core metadata", "Binary
distribution format".
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.model import Finding, KernelFacts, Source

from .catalogue import finding

_GIT = re.compile(
    r"git\+(?P<url>(?P<scheme>https|http|ssh)://[^\s@#?]+(?:@[^\s@#?/]+/[^\s@#?]+)?)"
    r"(?:@(?P<revision>[^\s@#?]+))?(?:\?[^\s#]*)?(?:#(?P<fragment>\S*))?"
)
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_BELOW = re.compile(r"[\w.+-]+(?:/[\w.+-]+)*")


@dataclass(frozen=True, slots=True)
class GitReference:
    """A repository, what of it was asked for, and where in it the project is."""

    url: str
    """As git takes it, without credentials."""
    revision: str = ""
    below: str = ""
    """The project's folder in the repository, with slashes; empty: its root."""

    @property
    def commit(self) -> str:
        """The full commit; empty where a branch, a tag or nothing was named."""
        return self.revision if _COMMIT.fullmatch(self.revision) else ""

    def at(self, commit: str) -> str:
        """The reference with that commit, as installers write it."""
        return f"git+{self.url}@{commit}" + (f"#subdirectory={self.below}" if self.below else "")


def git_reference(reference: str) -> GitReference | None:
    """What a direct reference says of a git repository that can be fetched; None for others."""
    found = _GIT.fullmatch(reference.strip())
    if found is None:
        return None
    fragment = dict(
        pair.partition("=")[::2] for pair in (found["fragment"] or "").split("&") if "=" in pair
    )
    below = fragment.get("subdirectory", "").strip("/")
    if below and (not _BELOW.fullmatch(below) or ".." in below.split("/")):
        return None
    return GitReference(found["url"], found["revision"] or "", below)


def from_git(name: str, reference: str, facts: KernelFacts) -> Source | Finding | None:
    """The source that `reference` names; a finding where it is not one commit, or not the kernel's;
    None where it is no git repository at all."""
    wanted = git_reference(reference)
    if wanted is None:
        return None
    installed = facts.distributions.get(name)
    has = git_reference(installed.url or "") if installed else None
    commit = wanted.commit or (has.commit if has and _same_place(has, wanted) else "")
    if not commit:
        return finding(
            "git-unpinned",
            f"{name} comes from {reference}, which names no commit",
            remedy=f"write the full commit: `{name} @ git+{wanted.url}@COMMIT`"
            + (f"; the kernel has {has.commit}" if has else ""),
        )
    if installed is None or has is None or has.commit != commit:
        there = installed.url or installed.version if installed else "nothing of that name"
        return finding(
            "source-differs",
            f"{name} is to be built from {wanted.at(commit)}, the kernel has {there}",
            remedy=f'install the same in the kernel: `{facts.python} -m pip install "{name} @ '
            f'{wanted.at(commit)}"`',
        )
    return Source(name, installed.version, wanted.at(commit), commit, installed.requires)


def _same_place(one: GitReference, other: GitReference) -> bool:
    return _place(one) == _place(other)


def _place(reference: GitReference) -> tuple[str, str]:
    """Host and path, however they are reached."""
    told = re.sub(r"^\w+://(?:[^/@]*@)?", "", reference.url).removesuffix(".git").rstrip("/")
    return told.lower(), reference.below


def stand_in(source: Source, folder: Path) -> Path:
    """A wheel for the resolver alone: the source's name, version and needs."""
    stem = f"{re.sub('[-_.]+', '_', source.name)}-{source.version}"
    path = folder / f"{stem}-py3-none-any.whl"
    info = f"{stem}.dist-info"
    files: Mapping[str, str] = {
        "METADATA": _metadata(source),
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(f"{info}/{name}", (1980, 1, 1, 0, 0, 0)), text)
    return path


def _metadata(source: Source) -> str:
    needs = [" ".join(text.split()) for text in source.requires]
    extras = {
        extra for text in needs for extra in re.findall(r"extra\s*==\s*[\"']([^\"']+)[\"']", text)
    }
    lines = ["Metadata-Version: 2.1", f"Name: {source.name}", f"Version: {source.version}"]
    lines += [f"Requires-Dist: {text}" for text in needs]
    return "\n".join([*lines, *(f"Provides-Extra: {extra}" for extra in sorted(extras)), ""])
