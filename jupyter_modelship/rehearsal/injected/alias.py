"""The notebook's namespace under the name it will have when it is served: module `service`."""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Iterable, Iterator
from typing import Any

MODULE = "service"


def namespace() -> dict[str, Any]:
    """The notebook's own namespace (IPython runs cells in `__main__`)."""
    return sys.modules["__main__"].__dict__


@contextlib.contextmanager
def as_service(shipped: Iterable[str]) -> Iterator[None]:
    """While it lasts, `service` is the notebook, and what ships says that it comes from there.

    Only for dumping and loading: the user may have a module called `service` of their own.
    """
    names = namespace()
    renamed = [own for name in shipped for own in _own(names.get(name))]
    before = sys.modules.get(MODULE)
    sys.modules[MODULE] = sys.modules["__main__"]
    for thing in renamed:
        thing.__module__ = MODULE
    try:
        yield
    finally:
        for thing in renamed:
            thing.__module__ = "__main__"
        if before is None:
            del sys.modules[MODULE]
        else:
            sys.modules[MODULE] = before


def _own(thing: Any) -> Iterator[Any]:
    """`thing` where the notebook made it, and the classes defined inside it."""
    if isinstance(thing, (type, types.FunctionType)) and thing.__module__ == "__main__":
        yield thing
        for inner in list(vars(thing).values()):
            if isinstance(inner, type):
                yield from _own(inner)
