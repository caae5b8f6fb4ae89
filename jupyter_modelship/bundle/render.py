"""The bundle: a function of slice, contract, options, lock, artifacts, examples and runtime."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from jupyter_modelship.contract import holes, openapi
from jupyter_modelship.contract.types import Contract
from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.model import Artifact, Bundle, Example, Lock, Slice
from jupyter_modelship.plan.kinds import Unfit
from jupyter_modelship.plan.options import LABEL, Options

from .emit_containerfile import LOCK, WHEELS, service_containerfile
from .emit_json import emit_json
from .emit_python import emit_service
from .emit_readme import emit_readme

ARTIFACTS = "artifacts"
TOLD_BY_EXAMPLES = frozenset({"openapi.json", "examples.json", "README.md"})
"""Files that examples go into; the others are what a process runs."""


@dataclass(frozen=True, slots=True)
class RenderInput:
    """All that a bundle is made of."""

    service: str
    slice: Slice
    contract: Contract
    options: Options
    lock: Lock
    artifacts: tuple[Artifact, ...] = ()
    examples: tuple[Example, ...] = ()
    runtime_files: Mapping[str, bytes] = field(default_factory=dict)
    """Path in the bundle -> content, from `runtime_files.read_runtime`."""
    local_modules: Mapping[str, bytes] = field(default_factory=dict)
    """Path beside the notebook, POSIX -> content."""
    wheels: Mapping[str, bytes] = field(default_factory=dict)
    """File name -> content of what was built from source, on no index: a plain build needs it."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Cell id -> first line of the cell's source."""
    base: str = ""
    """Base image; without one, Python's own slim image of the lock's version."""


def render(given: RenderInput) -> Bundle:
    """The bundle of a rehearsed slice: the same bytes for the same input, wherever and whenever.

    ModelshipError when something is missing, does not belong, or does not read back.
    """
    missing = incomplete(given)
    if missing:
        raise ModelshipError(
            f"the bundle is not complete: {missing[0]}", remedy="rehearse the notebook first"
        )
    return preview(given)


def preview(given: RenderInput) -> Bundle:
    """As `render`, with gaps where the rehearsal has not spoken yet; not fit to run with any."""
    _check_name(given.service)
    source = emit_service(
        given.service,
        given.slice,
        given.contract,
        given.options,
        artifacts={artifact.name: artifact for artifact in given.artifacts},
        titles=given.titles,
    )
    files = {
        "service.py": source.text.encode("utf-8"),
        "openapi.json": _openapi(given),
        "examples.json": _examples(given),
        LOCK: given.lock.text.encode("utf-8"),
        "README.md": _readme(given),
    }
    _merge(files, given.runtime_files)
    _merge(files, given.local_modules)
    _merge(files, {f"{WHEELS}/{name}": content for name, content in given.wheels.items()})
    paths = [*files, *(f"{ARTIFACTS}/{artifact.file}" for artifact in given.artifacts)]
    base = given.base or f"python:{given.lock.python}-slim"
    containerfile = service_containerfile(
        base, paths, given.options.apt, indexes=given.lock.indexes
    )
    files["Containerfile"] = containerfile.encode("utf-8")
    _check_paths([*paths, "Containerfile"])
    artifacts = tuple(sorted(given.artifacts, key=lambda artifact: artifact.name))
    return Bundle(
        files=dict(sorted(files.items())),
        digest=bundle_digest(files, artifacts),
        artifacts=artifacts,
        source_map=source.source_map,
    )


def incomplete(given: RenderInput) -> tuple[str, ...]:
    """What only a rehearsal can tell and has not told yet, or told of something else."""
    there = {artifact.name for artifact in given.artifacts}
    wanted = {computed.name for computed in given.slice.computed}
    return (
        *(f"{hole} has no type yet" for hole in holes(given.contract)),
        *(f"{name} is not computed yet" for name in sorted(wanted - there)),
        *(f"{name} is an artifact that nothing needs" for name in sorted(there - wanted)),
    )


def bundle_digest(files: Mapping[str, bytes], artifacts: Iterable[Artifact]) -> str:
    """sha256 over the sorted (path, sha256 of content) pairs as JSON."""
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    hashes |= {f"{ARTIFACTS}/{artifact.file}": artifact.sha256 for artifact in artifacts}
    return digest_of(hashes)


def code_digest(bundle: Bundle) -> str:
    """sha256 of what a process of the bundle runs: all but what the examples go into."""
    code = {path: data for path, data in bundle.files.items() if path not in TOLD_BY_EXAMPLES}
    return bundle_digest(code, bundle.artifacts)


def digest_of(hashes: Mapping[str, str]) -> str:
    """The digest of a bundle whose files have these sha256 by path."""
    pairs = json.dumps(sorted(hashes.items()), separators=(",", ":"))
    return hashlib.sha256(pairs.encode("ascii")).hexdigest()


def source_map_json(bundle: Bundle) -> bytes:
    """`service.map.json`: line of service.py -> [cell id, line in the cell]. Kept with the run."""
    lines = {str(line): list(origin) for line, origin in sorted(bundle.source_map.items())}
    return emit_json(lines, what="service.map.json")


def _openapi(given: RenderInput) -> bytes:
    document = openapi(given.contract, name=given.service, examples=given.examples)
    return emit_json(document, what="openapi.json")


def _examples(given: RenderInput) -> bytes:
    calls = []
    for example in given.examples:
        endpoint = given.contract.endpoint(example.function)
        calls.append(
            {
                "function": example.function,
                "method": endpoint.method,
                "path": endpoint.path,
                "arguments": dict(example.arguments),
                "result": example.result,
                "compare": example.compare,
            }
        )
    return emit_json(calls, what="examples.json")


def _readme(given: RenderInput) -> bytes:
    return emit_readme(
        given.service,
        given.contract,
        given.options,
        given.lock,
        artifacts=given.artifacts,
        examples=given.examples,
    ).encode("utf-8")


def _merge(files: dict[str, bytes], more: Mapping[str, bytes]) -> None:
    taken = sorted(files.keys() & more.keys())
    if taken:
        raise ModelshipError(f"two files of the bundle would be {taken[0]}")
    files.update(more)


def _check_name(service: str) -> None:
    try:
        LABEL.read(service)
    except Unfit as error:
        raise ModelshipError(f"the service's name {service!r:.80} {error}") from error


def _check_paths(paths: Iterable[str]) -> None:
    """Every path stays inside, is printable, and differs from all others on every disk."""
    seen: set[str] = set()
    for path in paths:
        parts = PurePosixPath(path).parts
        plain = path == "/".join(parts) and path.isprintable() and "\\" not in path
        folded = unicodedata.normalize("NFC", path).casefold()
        if not plain or not parts or ".." in parts or parts[0] == "/" or folded in seen:
            raise ModelshipError(f"{path!r:.80} cannot be a file of the bundle")
        seen.add(folded)
