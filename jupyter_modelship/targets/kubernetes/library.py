"""The cluster's client, without what it imports for others: half a second of each command.

`import kubernetes` brings a second client, for threads, and with it requests, oauthlib and more.
"""

from __future__ import annotations

import functools
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

_PACKAGES = ("kubernetes", "kubernetes.aio")


class Library(NamedTuple):
    """What we take of it; its functions carry no types."""

    config: Any
    ApiClient: Any
    WsApiClient: Any
    Configuration: Any


@functools.cache
def library() -> Library:
    """It is there: `known.lacking` has said so."""
    with _bare():
        from kubernetes.aio import config
        from kubernetes.aio.client import ApiClient, Configuration
        from kubernetes.aio.stream import WsApiClient
    return Library(config, ApiClient, WsApiClient, Configuration)


@contextmanager
def _bare() -> Iterator[None]:
    """Meanwhile the packages around it are there without having run. They are forgotten after it:
    whoever else imports them in this process gets all of them."""
    if _PACKAGES[0] in sys.modules:
        yield
        return
    try:
        for name in _PACKAGES:
            spec = importlib.util.find_spec(name)
            assert spec is not None, f"{name} is installed"
            sys.modules[name] = importlib.util.module_from_spec(spec)
        yield
    finally:
        for name in [each for each in sys.modules if each.split(".")[0] == _PACKAGES[0]]:
            del sys.modules[name]
