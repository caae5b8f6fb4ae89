"""The chosen name could be the made name of another service."""

from __future__ import annotations

from jupyter_modelship import names
from jupyter_modelship.model import Finding
from jupyter_modelship.plan.catalogue import finding
from jupyter_modelship.plan.options import Options


def name_reserved(options: Options) -> tuple[Finding, ...]:
    if not options.name or names.is_label(options.name):
        return ()
    return (finding("name-reserved", f"the service name {options.name} is reserved"),)
