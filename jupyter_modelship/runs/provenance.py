"""The record of a run: what went in, so that anyone can say it later."""

from __future__ import annotations

import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from jupyter_modelship import __version__
from jupyter_modelship.contract import to_json
from jupyter_modelship.records import ArtifactFact, FileFact, RunRecord
from jupyter_modelship.targets.port import Observation

from .computing import Computed
from .context import RunContext
from .drift import fingerprints
from .git import commit_of
from .rendering import Rendered
from .review import Reviewed


async def record(
    context: RunContext,
    reviewed: Reviewed,
    computed: Computed,
    rendered: Rendered,
    seen: Observation,
    *,
    image: str = "",
) -> RunRecord:
    """All that is known of how the revision came to be; `image` is where it was pushed."""
    request = context.run.request
    rehearsed, imaged = computed.rehearsed, computed.prepared.imaged
    return RunRecord(
        run=context.run.id,
        service=request.service,
        target=request.target,
        revision=seen.revision,
        plan_digest=reviewed.plan.digest,
        bundle_digest=rendered.bundle.digest,
        notebook=FileFact(request.notebook, request.notebook_digest, _size(reviewed.path)),
        lock_digest=computed.prepared.lock.digest,
        python=reviewed.facts.version,
        who=request.who,
        when=time.time(),
        git=await commit_of(reviewed.folder),
        cells={cell.id: cell.number for cell in reviewed.notebook.cells},
        artifacts=tuple(ArtifactFact(a.name, a.sha256, a.size) for a in rehearsed.artifacts),
        reads=tuple(FileFact(read.path, read.sha256, read.size) for read in rehearsed.reads),
        parameters=dict(reviewed.plan.options.parameters),
        examples=len(rehearsed.examples),
        overrides=request.overrides,
        fingerprints=fingerprints(reviewed.plan.slice, reviewed.notebook),
        contract=to_json(computed.contract),
        versions={"jupyter-modelship": __version__, **tools()},
        image=image,
        platform=str(imaged.ground.platform) if imaged else "",
    )


def tools() -> dict[str, str]:
    """Versions of the tools that have a say in what is made, by name."""
    return _versions("papermill", "uv")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _versions(*names: str) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
