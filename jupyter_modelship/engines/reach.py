"""A connection to a registry as an engine is told to reach it."""

from __future__ import annotations

from jupyter_modelship.registry.connection import Connection
from jupyter_modelship.registry.reference import is_loopback

from .port import Access


def connect(host: str, access: Access) -> Connection:
    """An asynchronous context. Plain HTTP stays on this machine, whatever is asked for."""
    return Connection(
        host,
        auth_file=access.auth_file,
        ca_file=access.ca_file,
        insecure=access.insecure and is_loopback(host),
    )
