"""How the JupyterLab extension gets into a wheel: built from its sources, as shared data.

- An editable install carries none: JupyterLab of a checkout follows a link to what `make` builds,
  so that no copy is ever stale and a clone can be installed without Node.js.
- A wheel that is made of an sdist takes the extension that the sdist brings: no Node.js either.
- SKIP_JUPYTER_BUILDER=1 leaves it out, for who wants the command line alone.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = "labextension"
BUILT = "jupyter_modelship/labextension"
INSTALLED = "share/jupyter/labextensions/@jupyter-modelship/labextension"


class LabExtension(BuildHookInterface):
    """Builds the extension, where that is to be done, and puts it where JupyterLab looks."""

    def dependencies(self) -> list[str]:
        """What brings jlpm."""
        return ["jupyter-builder>=1.2,<2"] if self._wanted and not self._from_sdist else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Runs before each build; subprocess.CalledProcessError where the sources do not build."""
        if version == "editable" or not self._wanted:
            return
        if not self._from_sdist:
            for words in (["install", "--immutable"], ["build:prod"]):
                subprocess.run(["jlpm", *words], cwd=Path(self.root, SOURCES), check=True)
        if self.target_name == "sdist":
            build_data["artifacts"].append(f"/{BUILT}/")
        else:
            build_data["shared_data"][BUILT] = INSTALLED
            build_data["shared_data"][f"{SOURCES}/install.json"] = f"{INSTALLED}/install.json"

    @property
    def _wanted(self) -> bool:
        return not os.environ.get("SKIP_JUPYTER_BUILDER")

    @property
    def _from_sdist(self) -> bool:
        return Path(self.root, "PKG-INFO").exists()
