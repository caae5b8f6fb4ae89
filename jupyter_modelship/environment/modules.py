"""Which distributions own the modules that the slice imports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jupyter_modelship.model import Finding, KernelFacts

from .catalogue import finding


@dataclass(frozen=True, slots=True)
class Owned:
    """Normalised names of the distributions that own the modules asked for, sorted."""

    distributions: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


def owners(
    modules: Iterable[str],
    facts: KernelFacts,
    *,
    local: frozenset[str] = frozenset(),
    asked: Iterable[str] = (),
) -> Owned:
    """The owners of `modules` (dotted names) by the kernel's records.

    The standard library and `local` top-level names need none. `asked` are names of distributions
    in `%pip install` lines: they only make the advice better.
    """
    found: set[str] = set()
    findings: list[Finding] = []
    for module in sorted(set(modules)):
        top = module.split(".")[0]
        if top in facts.standard or top in local or top == "__future__":
            continue
        owning = _owners_of(module, facts)
        found.update(owning)
        if not owning:
            findings.append(_unknown(module, facts, frozenset(asked)))
        elif len(owning) > 1:
            findings.append(
                finding(
                    "module-shared",
                    f"`import {module}` may need any of {', '.join(owning)}: all of them ship",
                )
            )
    return Owned(tuple(sorted(found)), tuple(findings))


def _owners_of(module: str, facts: KernelFacts) -> tuple[str, ...]:
    """By the longest dotted prefix that the records know."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        owning = facts.owners.get(".".join(parts[:length]))
        if owning:
            return owning
    return ()


def _unknown(module: str, facts: KernelFacts, asked: frozenset[str]) -> Finding:
    missing = sorted(asked - set(facts.distributions))
    if missing:
        return finding(
            "module-unknown",
            f"nothing installed in kernel `{facts.kernel}` owns the module `{module}`",
            remedy=f"run the notebook's `%pip install` cell first: {', '.join(missing)} is not "
            "installed in the kernel",
        )
    return finding(
        "module-unknown",
        f"nothing installed in kernel `{facts.kernel}` owns the module `{module}`, and there is "
        "no such module beside the notebook",
        remedy=f"run `{facts.python} -m pip install` with the distribution that has `{module}`, "
        "or put the module beside the notebook (a folder added to `sys.path` does not ship)",
    )
