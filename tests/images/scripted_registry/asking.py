"""What the tests ask for, and how the registry asks back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from jupyter_modelship.registry.blobs import read_blob
from jupyter_modelship.registry.connection import Connection
from jupyter_modelship.registry.repository import Repository

CONTENT = b"some content"
DIGEST = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
Connect = Callable[..., Connection]


async def blob(connection: Connection) -> bytes:
    repository = Repository(connection, "a/b")
    return await read_blob(repository, DIGEST, len(CONTENT), limit=1000)
