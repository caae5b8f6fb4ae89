"""A wheel packed anew: what it holds decides its bytes, and not when or by whom it was packed.

Source: PyPA specification "Binary distribution format".
"""

from __future__ import annotations

import zipfile
from pathlib import Path

EPOCH_ZIP = 315532800
"""The first time that a zip file can hold, in seconds: 1980-01-01."""
_TIME = (1980, 1, 1, 0, 0, 0)


def repack(wheel: Path, target: Path) -> None:
    """Write the files of `wheel` into `target`, sorted, with one time, stored as they are: how
    bytes are compressed differs between machines."""
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(target, "w") as new:
        for one in sorted(old.infolist(), key=lambda each: each.filename):
            if one.is_dir():
                continue
            told = zipfile.ZipInfo(one.filename, _TIME)
            runs = bool(one.external_attr >> 16 & 0o100)
            told.external_attr = (0o100755 if runs else 0o100644) << 16
            new.writestr(told, old.read(one))
