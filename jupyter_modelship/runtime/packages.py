"""The dependencies of an image: the folder `packages` beside this package, where there is one."""

from __future__ import annotations

import site
import sys
from pathlib import Path

FOLDER = Path(__file__).absolute().parent.parent / "packages"


def add(folder: Path = FOLDER) -> None:
    """Put the packages on the path as an installation would be, `.pth` files included, before what
    the base image has installed for itself: the lock says which versions are served."""
    if not folder.is_dir():
        return
    before = [*sys.path]
    site.addsitedir(str(folder))
    added = [entry for entry in sys.path if entry not in before]
    installed = [*site.getsitepackages(), site.getusersitepackages()]
    place = next((at for at, entry in enumerate(before) if entry in installed), len(before))
    sys.path[:] = [*before[:place], *added, *before[place:]]
