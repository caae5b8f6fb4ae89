"""The stage `render`: the bundle in the store, and the source map beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.bundle import store
from jupyter_modelship.bundle.render import RenderInput, code_digest, preview, render
from jupyter_modelship.bundle.runtime_files import read_runtime
from jupyter_modelship.contract import Contract
from jupyter_modelship.model import Artifact, Bundle, Example, Lock
from jupyter_modelship.places import Places

from .review import Reviewed

BUNDLES = "bundles"


@dataclass(frozen=True, slots=True)
class Rendered:
    bundle: Bundle
    folder: Path
    """The bundle in the store."""
    source_map: Path

    @property
    def code(self) -> str:
        """Digest of what a process of it runs."""
        return code_digest(self.bundle)


def given(
    reviewed: Reviewed,
    *,
    contract: Contract,
    lock: Lock,
    artifacts: Sequence[Artifact] = (),
    examples: Sequence[Example] = (),
) -> RenderInput:
    """All that a bundle is a function of."""
    return RenderInput(
        service=reviewed.plan.service,
        slice=reviewed.plan.slice,
        contract=contract,
        options=reviewed.plan.options,
        lock=lock,
        artifacts=tuple(artifacts),
        examples=tuple(examples),
        runtime_files=read_runtime(),
        local_modules=reviewed.modules,
        wheels={Path(wheel).name: Path(wheel).read_bytes() for wheel in lock.wheels},
        titles={cell.id: cell.first_line for cell in reviewed.notebook.cells},
        base=reviewed.plan.options.base,
    )


def stored(wanted: RenderInput, places: Places, *, artifacts: Path) -> Rendered:
    """Make the bundle and put it into the store, where it stays as long as a revision needs it.

    `artifacts` is the folder that holds the artifacts' files.
    """
    bundle = render(wanted)
    bundles = places.state / BUNDLES
    folder = store.write(bundle, artifacts=artifacts, store=bundles)
    return Rendered(bundle, folder, _source_map(bundle, bundles))


def preview_bundle(
    reviewed: Reviewed,
    *,
    contract: Contract | None = None,
    artifacts: Sequence[Artifact] = (),
    examples: Sequence[Example] = (),
) -> Bundle:
    """The bundle as far as it is known before a rehearsal; not fit to run where it has gaps."""
    return preview(
        given(
            reviewed,
            contract=contract or reviewed.plan.contract,
            lock=reviewed.lock,
            artifacts=artifacts,
            examples=examples,
        )
    )


def _source_map(bundle: Bundle, bundles: Path) -> Path:
    """Lines of service.py -> (cell id, line), beside the bundle: it is no part of it."""
    path = bundles / f"{bundle.digest}.map.json"
    text = json.dumps({str(line): list(place) for line, place in bundle.source_map.items()})
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        aside = path.with_suffix(".part")
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    return path
