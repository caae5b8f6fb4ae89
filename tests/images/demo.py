"""`make demo-image`: the iris notebook becomes an image in a registry and a container that answers.

No public registry need be reached: the registry and the base image are made here, and go again.
Where this runs as root, an ordinary user does it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import ordinary

from .bases import MANIFEST, base_layout
from .registries import running, upload
from .users import User, ordinary_user

NOTEBOOK = Path(__file__).parents[2] / "docs" / "examples" / "iris.ipynb"
_MODELSHIP = (sys.executable, "-m", "jupyter_modelship.cli")
FLOWER = '{"row": [5.1, 3.5, 1.4, 0.2]}'


def say(user: User, *words: str) -> None:
    """Run `modelship WORDS` as the user, and show it as a terminal would."""
    print(f"\n$ modelship {shlex.join(words)}", flush=True)
    subprocess.run(
        [*ordinary.prefix(user.uid, user.gid), *_MODELSHIP, *words],
        cwd=user.home,
        env={
            **ordinary.index(),
            **user.environment,
            "MODELSHIP_HOME": str(user.home / "modelship"),
        },
        check=True,
    )


def main() -> None:
    print("making a base image and a registry for this demonstration …", flush=True)
    base = base_layout()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as registry:
        upload(registry, f"bases/python:{base.python}", base.manifest, MANIFEST, *base.blobs)
        with ordinary_user() as user:
            _deploy(user, registry.host, f"{registry.host}/bases/python@{base.digest}")


def _deploy(user: User, host: str, base: str) -> None:
    book = user.home / NOTEBOOK.name
    shutil.copy(NOTEBOOK, book)
    os.chown(book, user.uid, user.gid)
    book.chmod(0o644)
    image = ("--target", "container", "--base", base, "--repository", f"{host}/team/iris")
    say(user, "deploy", book.name, "--yes", *image)
    say(user, "call", "iris", "predict", FLOWER)
    say(user, "status", "iris")
    say(user, "delete", "iris", "--yes")
    print("\nThe same with your registry and a base image of yours: docs/images.md")


if __name__ == "__main__":
    main()
