"""What a service's process is told in confidence: its token and the values of its variables."""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from jupyter_modelship.errors import StageFailed, UsageError
from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.places import private

from .state import Folder, write_whole

TOKEN_BYTES = 32
_GIVEN = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR"),
        *("XDG_CACHE_HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "OMP_NUM_THREADS"),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    }
)
"""What every process of this user may know. The rest of our environment (tokens of the Jupyter
server among it) is no business of a service, and would be missing on any other target."""


def token_file(place: Folder) -> Path:
    """The file with the service's bearer token, made where it is missing and never changed."""
    private(place.path)
    if not place.token.exists():
        failpoint("keeper.token.before")
        write_whole(place.token, secrets.token_urlsafe(TOKEN_BYTES).encode())
        failpoint("keeper.token.after")
    return place.token


def keep_values(place: Folder, values: Mapping[str, str]) -> None:
    """Add to the service's values; they are read when its next process starts."""
    private(place.path)
    write_whole(place.values, json.dumps({**kept_values(place), **values}, indent=1).encode())


def kept_values(place: Folder) -> dict[str, str]:
    """The service's values; none where nobody kept any."""
    return _read(place.values) if place.values.exists() else {}


def declared_values(place: Folder, names: Sequence[str]) -> dict[str, str]:
    """Values of the declared variables. Raises StageFailed naming those that have none."""
    known = kept_values(place) if names else {}
    missing = [name for name in names if name not in known]
    if missing:
        raise StageFailed(
            f"{place.path.name} declares {', '.join(missing)}, which has no value here",
            remedy=f'write {{"{missing[0]}": "…"}} to {place.values} (mode 0600)',
        )
    return {name: known[name] for name in names}


def _read(path: Path) -> dict[str, str]:
    """Raises UsageError for a file that others can read, or that holds anything but strings."""
    facts = path.stat()
    if facts.st_uid != os.getuid() or stat.S_IMODE(facts.st_mode) & 0o077:
        raise UsageError(f"{path} can be read by others", remedy=f"chmod 600 {path}")
    try:
        data = json.loads(path.read_bytes())
    except ValueError as error:
        raise UsageError(f"{path} is no JSON: {error}") from error
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise UsageError(f"{path} must hold one object of strings")
    return data


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of an environment that a service may know without declaring it."""
    return {
        name: value
        for name, value in environment.items()
        if name in _GIVEN or name.startswith("LC_")
    }
