"""How much memory a replica gets where nobody said, and why: for the review."""

from __future__ import annotations

from jupyter_modelship.bundle.release.size import memory_limit
from jupyter_modelship.bundle.release.wanted import Measured, Size
from jupyter_modelship.model import Finding
from jupyter_modelship.plan.catalogue import finding
from jupyter_modelship.plan.options import Options
from jupyter_modelship.targets.kubernetes.known import most
from jupyter_modelship.targets.port import Observation

_TARGET = "kubernetes"
_MIB = 1 << 20


def sized(options: Options, live: Observation | None) -> tuple[Finding, ...]:
    """A note for services of a cluster; none where somebody chose."""
    if options.target != _TARGET or options.memory:
        return ()
    return (finding("memory-sized", in_words(live, most())),)


def in_words(live: Observation | None, bound: Size) -> str:
    """`each replica gets 384 MiB of memory: …`."""
    measured = Measured(live.measured) if live is not None and live.measured else None
    size = memory_limit(Size(), measured, bound)
    told = f"each replica gets {size // _MIB} MiB of memory: {_why(live, measured)}"
    free = memory_limit(Size(), measured)
    return told if size == free else f"{told}; the policy allows no more, else {free // _MIB} MiB"


def _why(live: Observation | None, measured: Measured | None) -> str:
    if live is None or measured is None:
        return "a guess, since nothing has measured it yet"
    took = -(-measured.memory // _MIB)
    return (
        f"twice the {took} MiB that revision {live.revision} took while it was proved, at least "
        "256 MiB, and more where a replica of it has taken more since"
    )
