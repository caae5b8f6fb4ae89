"""Which layer could not be made, told with the error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.recipe import Layer


@contextmanager
def laying(layer: Layer) -> Iterator[None]:
    """A failure in the block is this layer's."""
    try:
        yield
    except StageFailed as error:
        error.layer = error.layer or layer.kind
        raise
