"""Installing Debian packages runs their scripts: whoever reviews a plan should know."""

from __future__ import annotations

from collections.abc import Mapping

from jupyter_modelship.model import Finding
from jupyter_modelship.plan.catalogue import finding
from jupyter_modelship.plan.options import Options


def apt_installed(options: Options, honours: Mapping[str, str]) -> tuple[Finding, ...]:
    """`honours`: what the target says of the options; where it refuses them, nothing runs."""
    if not options.apt or honours.get("apt") != "":
        return ()
    told = f"the image gets the Debian packages {', '.join(sorted(options.apt))}"
    return (finding("apt-installed", told),)
