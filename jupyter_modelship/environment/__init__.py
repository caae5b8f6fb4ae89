"""What the kernel's interpreter holds, the hashed lock made from it, and the service's own venv.

resolve_kernel -> probe -> lock -> with_built -> realise, and warm beside the proof; tree for an
image.
"""

from __future__ import annotations

from .builders import Builder, OnThisMachine
from .building import Unbuilt, with_built
from .imports import imports_of
from .kernelspec import Kernelspec, resolve_kernel
from .local_modules import LocalModules, local_modules
from .lock import LockRequest, lock
from .probe import probe
from .realise import realise, warm
from .service import SERVICE_MODULES, SERVICE_REQUIREMENTS
from .sizes import installed_size
from .tree import Tree, known_tree, tree
from .values import Values, read_values

__all__ = [
    "SERVICE_MODULES",
    "SERVICE_REQUIREMENTS",
    "Builder",
    "Kernelspec",
    "LocalModules",
    "LockRequest",
    "OnThisMachine",
    "Tree",
    "Unbuilt",
    "Values",
    "imports_of",
    "installed_size",
    "known_tree",
    "local_modules",
    "lock",
    "probe",
    "read_values",
    "realise",
    "resolve_kernel",
    "tree",
    "warm",
    "with_built",
]
