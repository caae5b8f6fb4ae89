"""Runs a project's build backend; the one program here in which a stranger's code runs.

`python inside_build.py needs TOOLS` prints what the backend needs beyond the project's own list, a
line of JSON; `python inside_build.py wheel TOOLS FOLDER` writes the wheel into FOLDER and prints
its name. TOOLS is the folder of the backend's packages; the project is the folder that it runs in.
Standard library only, Python 3.10 on: it runs in the service's Python, here or in a builder.
Source: PEP 517, "Build backend interface".
"""

from __future__ import annotations

import importlib
import json
import os
import site
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

MARK = "modelship-build: "
"""Before the answer: backends print as they like."""
LEGACY = "setuptools.build_meta:__legacy__"


def backend(told: dict[str, Any]) -> Any:
    """The object that builds, as pyproject.toml names it."""
    for folder in told.get("backend-path", []):
        inside = Path(folder).resolve()
        if not inside.is_relative_to(Path.cwd().resolve()):
            raise ValueError(f"backend-path {folder} leads out of the project")
        sys.path.insert(0, str(inside))
    module, _, inner = str(told.get("build-backend") or LEGACY).partition(":")
    found: Any = importlib.import_module(module)
    for name in filter(None, inner.split(".")):
        found = getattr(found, name)
    return found


def main(words: Sequence[str]) -> None:
    what, tools, told = words[0], words[1], json.loads(words[2])
    sys.path = [entry for entry in sys.path if entry != str(Path(__file__).parent)]
    site.addsitedir(tools)
    sys.path.insert(0, tools)
    made = backend(told)
    answer: object
    if what == "needs":
        hook = getattr(made, "get_requires_for_build_wheel", None)
        answer = list(hook(None)) if hook else []
    else:
        answer = made.build_wheel(words[3], None, None)
    sys.stdout.flush()
    os.write(1, f"\n{MARK}{json.dumps(answer)}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1:])
