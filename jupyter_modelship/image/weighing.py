"""How big what goes into an image is, and which files make it so: told before anything is built."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jupyter_modelship.model import Finding

from .catalogue import finding
from .layers import members
from .recipe import Kind, Layer

LARGE = 100_000_000
"""Bytes of our own files, packages aside, above which a person is warned."""
SHOWN = 5
"""Files that are named."""


@dataclass(frozen=True, slots=True)
class Weight:
    """A layer's files, before they are compressed."""

    kind: Kind
    files: int
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Context:
    """All that a build is given."""

    weights: tuple[Weight, ...]
    """In the order of the layers."""
    biggest: tuple[tuple[str, int], ...]
    """(path in the image, bytes) of the biggest files that are no package's, the biggest first."""

    @property
    def own(self) -> int:
        """Bytes of what is no package: artifacts and code."""
        return sum(weight.size for weight in self.weights if weight.kind != "dependencies")


def weigh(layers: Sequence[Layer]) -> Context:
    """The sizes of the layers' files; nothing is read but names and facts. Raises StageFailed for
    what may not be in a layer."""
    weights, own = [], []
    for layer in layers:
        files = list(_files(layer))
        weights.append(Weight(layer.kind, len(files), sum(size for _, size in files)))
        if layer.kind != "dependencies":
            own += files
    biggest = heapq.nsmallest(SHOWN, own, key=lambda file: (-file[1], file[0]))
    return Context(tuple(weights), tuple(biggest))


def _files(layer: Layer) -> Iterator[tuple[str, int]]:
    for member in members(layer):
        if member.source is not None:
            yield f"/{member.path}", member.size


def table(context: Context) -> tuple[str, ...]:
    """For people, a line a layer, then the biggest files."""
    rows = [(str(weight.kind), weight.size, f"{weight.files} files") for weight in context.weights]
    rows += [("biggest", size, path) for path, size in context.biggest]
    return tuple(f"{name:<12} {told(size):>9}  {rest}" for name, size, rest in rows)


def told(size: int) -> str:
    """Bytes for people: `0.1 MB`, `2.50 GB`."""
    return f"{size / 1e6:.1f} MB" if size < 1e9 else f"{size / 1e9:.2f} GB"


def size_findings(context: Context) -> tuple[Finding, ...]:
    """A warning where there is so much of our own that each push of it takes long."""
    if context.own <= LARGE:
        return ()
    path, size = context.biggest[0]
    said = f"artifacts and code are {told(context.own)}; the biggest file is {path}, {told(size)}"
    return (finding("context-large", said),)
