"""The kernel rules: what the rehearsal ran with is what ships."""

from __future__ import annotations

from collections.abc import Iterable

from jupyter_modelship.environment.catalogue import finding
from jupyter_modelship.model import KernelFacts

from .lines import Lines
from .ruling import Ruling, elsewhere, kernel_versions, text


def rule(needed: Iterable[str], facts: KernelFacts, asked: Lines) -> Ruling:
    """Pins of the kernel's versions for `needed`, the others' versions as wishes.

    `asked` (`%pip install` lines) add extras; where they ask for another version than the kernel
    has, the kernel's ships and a finding says so.
    """
    versions = kernel_versions(facts)
    requirements, findings = [], list(asked.findings)
    for name in sorted(set(needed) & set(versions)):
        line = asked.by_name.get(name)
        requirements.append(text(name, line.extras if line else frozenset(), f"=={versions[name]}"))
        if line and not line.specifier.contains(versions[name], prereleases=True):
            findings.append(
                finding(
                    "version-differs",
                    f"`%pip install {name}{line.specifier}` stands in the notebook, the kernel has "
                    f"{name} {versions[name]}, which ships",
                    remedy="run the `%pip install` cell, or change it to the kernel's version",
                )
            )
    return Ruling(
        "kernel",
        tuple(requirements),
        kernel={n: v for n, v in versions.items() if n not in set(needed)},
        elsewhere=elsewhere(facts),
        extras={n: line.extras for n, line in asked.by_name.items() if line.extras},
        indexes=asked.indexes,
        findings=tuple(findings),
    )
