"""The stage `render`: the bundle in the store, and the source map beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.bundle import store
from jupyter_modelship.bundle.render import RenderInput, preview
from jupyter_modelship.bundle.render import render as render_bundle
from jupyter_modelship.bundle.runtime_files import read_runtime
from jupyter_modelship.model import Bundle

from .computing import Computed
from .context import RunContext
from .review import Reviewed


@dataclass(frozen=True, slots=True)
class Rendered:
    bundle: Bundle
    folder: Path
    """The bundle in the store."""
    source_map: Path


def render(context: RunContext, reviewed: Reviewed, computed: Computed) -> Rendered:
    """Make the bundle and put it into the store, where it stays as long as a revision needs it."""
    bundle = render_bundle(given(reviewed, computed))
    bundles = context.places.state / "bundles"
    folder = store.write(bundle, artifacts=computed.rehearsed.folder, store=bundles)
    return Rendered(bundle, folder, _source_map(bundle, bundles))


def given(reviewed: Reviewed, computed: Computed) -> RenderInput:
    """All that the bundle is a function of."""
    return RenderInput(
        service=reviewed.plan.service,
        slice=reviewed.plan.slice,
        contract=computed.contract,
        options=reviewed.plan.options,
        lock=computed.lock,
        artifacts=computed.rehearsed.artifacts,
        examples=computed.rehearsed.examples,
        runtime_files=read_runtime(),
        local_modules=reviewed.modules,
        titles={cell.id: cell.first_line for cell in reviewed.notebook.cells},
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


def preview_bundle(reviewed: Reviewed) -> Bundle:
    """The bundle as far as it is known before a rehearsal; not fit to run where it has gaps."""
    return preview(
        RenderInput(
            service=reviewed.plan.service,
            slice=reviewed.plan.slice,
            contract=reviewed.plan.contract,
            options=reviewed.plan.options,
            lock=reviewed.lock,
            runtime_files=read_runtime(),
            local_modules=reviewed.modules,
            titles={cell.id: cell.first_line for cell in reviewed.notebook.cells},
        )
    )
