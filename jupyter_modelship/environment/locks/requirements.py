"""`requirements.txt` beside the notebook rules; the kernel decides what it leaves open."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from jupyter_modelship.image.recipe import Platform
from jupyter_modelship.model import KernelFacts

from .lines import Line, read_file
from .ruling import Ruling, elsewhere, kernel_versions, marker_environment, text

NAME = "requirements.txt"


def find(folder: Path) -> Path | None:
    """The file that rules for a notebook in `folder`."""
    path = folder / NAME
    return path if path.is_file() else None


def rule(
    path: Path, needed: Iterable[str], facts: KernelFacts, platform: Platform | None = None
) -> Ruling:
    """Pins as the file has them; a line that is no pin limits the kernel's version, and where it
    excludes that one, the line alone rules (and the difference becomes a finding)."""
    lines = read_file(path, marker_environment(facts, platform))
    versions = kernel_versions(facts)
    nowhere = {**elsewhere(facts), **{n: ln.url for n, ln in lines.by_name.items() if ln.url}}
    wanted = sorted(set(needed) - set(nowhere))
    requirements = [_pin(name, lines.by_name.get(name), versions.get(name)) for name in wanted]
    others = {n: ln for n, ln in lines.by_name.items() if n not in wanted and n not in nowhere}
    return Ruling(
        NAME,
        tuple(requirements),
        constraints=tuple(
            text(name, frozenset(), str(line.specifier))
            for name, line in sorted(others.items())
            if line.specifier
        ),
        kernel={
            name: version
            for name, version in versions.items()
            if name not in wanted and _allows(others.get(name), version)
        },
        hashes={name: line.hashes for name, line in lines.by_name.items() if line.hashes},
        elsewhere=nowhere,
        extras={n: ln.extras for n, ln in lines.by_name.items() if n in nowhere and ln.extras},
        indexes=lines.indexes,
        findings=tuple(lines.findings),
    )


def _pin(name: str, line: Line | None, kernel: str | None) -> str:
    extras = line.extras if line else frozenset()
    if line is None or (kernel is not None and _allows(line, kernel) and not line.exact):
        return text(name, extras, f"=={kernel}" if kernel else "")
    return text(name, extras, str(line.specifier))


def _allows(line: Line | None, version: str) -> bool:
    return line is None or line.specifier.contains(version, prereleases=True)
