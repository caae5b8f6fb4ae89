"""`jupyter nbconvert --to modelship NOTEBOOK`: what a notebook would ship, as a zip."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import Exporter
from nbconvert.utils.exceptions import ConversionException

from jupyter_modelship.bundle.render import ARTIFACTS
from jupyter_modelship.desk.reviewing import recall
from jupyter_modelship.errors import Blocked, ModelshipError
from jupyter_modelship.model import Artifact
from jupyter_modelship.places import places
from jupyter_modelship.runs.locking import locked
from jupyter_modelship.runs.rendering import preview_bundle
from jupyter_modelship.runs.review import Looked, look_at

_TIME = (1980, 1, 1, 0, 0, 0)
"""Of every member: the same bundle is the same zip."""


class PreviewExporter(Exporter):
    """The bundle as far as it is known without running a cell; artifacts where a rehearsal of this
    plan has left them in the cache."""

    export_from_notebook = "Modelship service"
    output_mimetype = "application/zip"

    def _file_extension_default(self) -> str:
        return ".zip"

    def from_notebook_node(  # type: ignore[override] # others give text, which this is not
        self, nb: nbformat.NotebookNode, resources: Any = None, **kw: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """The zip, and nbconvert's resources. Raises ConversionException where findings block."""
        _, resources = super().from_notebook_node(nb, resources, **kw)
        looked = _look(nb, resources)
        # On a thread of its own: whoever exports may run a loop on this one.
        with ThreadPoolExecutor(1) as thread:
            try:
                return thread.submit(asyncio.run, _zipped(looked)).result(), resources
            except ModelshipError as error:
                raise ConversionException(_said(error)) from None  # nbconvert prints it whole


def _look(nb: nbformat.NotebookNode, resources: Mapping[str, Any]) -> Looked:
    """The file as it is on disk, where nbconvert says which; else the notebook that it gives."""
    told = resources.get("metadata", {})
    path = Path(told.get("path") or ".", f"{told.get('name') or 'notebook'}.ipynb").absolute()
    data = path.read_bytes() if path.is_file() else json.dumps(nb).encode()
    return look_at(path, data, {})


async def _zipped(looked: Looked) -> bytes:
    if looked.slice is None or looked.blocked:
        raise Blocked(looked.blocked)
    reviewed = await locked(looked, places())
    found = await recall(reviewed, places())
    bundle = preview_bundle(
        reviewed, contract=found.contract, artifacts=found.artifacts, examples=found.examples
    )
    members = dict(bundle.files)
    if found.folder is not None:
        members |= {f"{ARTIFACTS}/{one.file}": _read(found.folder, one) for one in found.artifacts}
    return _zip({f"{reviewed.plan.service}/{name}": data for name, data in members.items()})


def _read(folder: Path, artifact: Artifact) -> bytes:
    return (folder / artifact.file).read_bytes()


def _zip(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, members[name])
    return buffer.getvalue()


def _said(error: ModelshipError) -> str:
    """The error, or all findings where they are the reason; each with its remedy."""
    told = error.findings if isinstance(error, Blocked) and error.findings else (error,)
    return "\n".join(f"{each.message}\n  {each.remedy}".rstrip() for each in told)
