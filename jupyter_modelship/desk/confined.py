"""Paths from outside: below one folder, whatever they say and whatever links lie on the way."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from jupyter_modelship.errors import NothingThere, UsageError


class OutsideRoot(UsageError):
    """A path that leads out of the folder that a server may show."""

    code = "outside-root"


def confined(root: Path, path: str, *, hidden: bool = False) -> Path:
    """The file that `path`, relative to `root` with `/` between its parts, names.

    Raises OutsideRoot for absolute paths, `..`, and links that lead outside; NothingThere for
    hidden files and folders unless `hidden` allows them.
    """
    parts = PurePosixPath(path).parts
    if not parts or parts[0] == "/" or ".." in parts or "\0" in path:
        raise _outside(path)
    if not hidden and any(part.startswith(".") for part in parts):
        raise NothingThere(
            f"there is no notebook at {path!r}", remedy="this server does not show hidden files"
        )
    found = root.joinpath(*parts)
    try:
        leads_to = found.resolve()
    except (OSError, RuntimeError) as error:  # links in a circle
        raise _outside(path) from error
    if not leads_to.is_relative_to(root.resolve()):
        raise _outside(path)
    return found


def relative(root: Path | None, path: str) -> str | None:
    """`path` as the contents API knows it; None where it lies outside `root`."""
    if root is None:
        return None
    for base in (root, root.resolve()):
        if Path(path).is_relative_to(base):
            return Path(path).relative_to(base).as_posix()
    return None


def _outside(path: str) -> OutsideRoot:
    return OutsideRoot(
        f"{path!r:.200} leads out of the folder that this server shows",
        remedy="name a notebook as JupyterLab's file browser does, without links that lead away",
    )
