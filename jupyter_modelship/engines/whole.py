"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write the file; whoever else does at the same time, and a crash, do it no harm.

    Until it is whole it has a name that ends in `.part`. Raises OSError.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - the file that mkstemp has opened
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
