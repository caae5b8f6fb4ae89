"""A review as JSON, in two steps: at once without a lock, then whole, with everything that the
caches know of the rehearsal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship import environment
from jupyter_modelship.bundle import store
from jupyter_modelship.bundle.emit_containerfile import WHEELS
from jupyter_modelship.bundle.emit_python import emit_service
from jupyter_modelship.bundle.runtime_files import PACKAGE
from jupyter_modelship.contract import (
    Contract,
    breaking_by_endpoint,
    fill,
    from_json,
    holes,
    openapi,
    seen_from_json,
)
from jupyter_modelship.errors import Blocked
from jupyter_modelship.model import Artifact, Bundle, Example, Finding, Slice, Source
from jupyter_modelship.notebook import outside
from jupyter_modelship.places import Places
from jupyter_modelship.plan.options import Options, as_json
from jupyter_modelship.records import ArtifactFact
from jupyter_modelship.rehearsal import Rehearsed, known, recalled
from jupyter_modelship.runs.configuration import declared_values
from jupyter_modelship.runs.events import finding_payload
from jupyter_modelship.runs.locking import locked
from jupyter_modelship.runs.rehearsing import rehearsal_request
from jupyter_modelship.runs.rendering import BUNDLES, preview_bundle
from jupyter_modelship.runs.review import Looked, Reviewed, owner_findings
from jupyter_modelship.runs.services import open_target

from . import standins
from .looking import Live, look_data, name_of

_NOT_READ = (f"{PACKAGE}/", f"{WHEELS}/")
"""Folders of a bundle that no review shows."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What is known of the rehearsal before it runs."""

    contract: Contract
    artifacts: tuple[Artifact, ...] = ()
    examples: tuple[Example, ...] = ()
    whole: bool = False
    """Nothing is left to run."""
    findings: tuple[Finding, ...] = ()
    folder: Path | None = None
    """Holds the artifacts' files, where there are any; read only."""


def drafted(looked: Looked, live: Live, *, path: str, places: Places) -> dict[str, object]:
    """The review as far as it is known at once."""
    data = {**look_data(looked, live, path=path), **_empty(looked), "complete": False}
    if looked.slice is None or looked.contract is None:
        return data
    return {
        **data,
        "files": _draft_files(looked, looked.slice, looked.contract, live, places),
        "openapi": openapi(looked.contract, name=name_of(looked)),
        "holes": list(holes(looked.contract)),
        "breaking": _breaking(live, looked.contract),
        "permissions": _permissions(looked.merged.options, looked.slice),
    }


async def completed(looked: Looked, live: Live, *, path: str, places: Places) -> dict[str, object]:
    """The whole review. Where findings forbid a lock they are in it, and there is no digest."""
    data = {**drafted(looked, live, path=path, places=places), "complete": True}
    try:
        reviewed = await locked(looked, places, overridden=looked.overridable)
    except Blocked as error:
        return {**data, "findings": _findings(data, looked, error.findings)}
    found = await recall(reviewed, places)
    texts = _live_files(live, places)
    bundle = _shown(reviewed, found, live, texts)
    return {
        **data,
        "findings": _findings(data, looked, (*reviewed.findings, *found.findings)),
        "plan_digest": reviewed.plan.digest,
        "files": _files(bundle, texts),
        "openapi": openapi(found.contract, name=name_of(looked), examples=found.examples),
        "holes": list(holes(found.contract)),
        "rehearsed": found.whole,
        "examples": [_example(each) for each in found.examples],
        "artifacts": [_artifact(each) for each in found.artifacts],
        "breaking": _breaking(live, found.contract),
        "packages": [list(package) for package in reviewed.lock.packages],
        "sources": [_source(each) for each in reviewed.lock.sources],
        "lock_source": reviewed.lock.source,
        "size": _size(reviewed, bundle, found, places),
        "unchanged": await _unchanged(live, reviewed, places),
    }


def _empty(looked: Looked) -> dict[str, object]:
    options = looked.merged.options
    return {
        "plan_digest": "",
        "options": as_json(options),
        "given": dict(looked.merged.given),
        "files": [],
        "openapi": None,
        "holes": [],
        "rehearsed": False,
        "examples": [],
        "artifacts": [],
        "breaking": [],
        "packages": [],
        "sources": [],
        "lock_source": "",
        "size": {"packages": None, "artifacts": None, "code": 0},
        "permissions": _permissions(options, None),
        "unchanged": False,
    }


def _findings(
    data: Mapping[str, object], looked: Looked, found: Sequence[Finding]
) -> list[dict[str, object]]:
    """Those of the look, and after them what the lock and the rehearsal found."""
    later = [finding_payload(each) for each in found if each not in looked.findings]
    first = data["findings"]
    assert isinstance(first, list), "as look_data makes it"
    return [*first, *later]


async def recall(reviewed: Reviewed, places: Places) -> Recalled:
    """What the caches know of this plan's rehearsal."""
    request = rehearsal_request(reviewed, places)
    found = await recalled(request)
    if found is not None:
        return _filled(reviewed, found)
    partly = await known(request)
    if partly is None:
        return Recalled(reviewed.plan.contract)
    return Recalled(reviewed.plan.contract, artifacts=partly.artifacts, folder=partly.folder)


def _filled(reviewed: Reviewed, found: Rehearsed) -> Recalled:
    plan = reviewed.plan
    contract, doubts = fill(plan.contract, seen_from_json(found.seen), slice_=plan.slice)
    return Recalled(
        contract,
        found.artifacts,
        found.examples,
        whole=True,
        findings=tuple(doubts),
        folder=found.folder,
    )


def _shown(reviewed: Reviewed, found: Recalled, live: Live, texts: Mapping[str, str]) -> Bundle:
    """The bundle as people see it: what only a rehearsal can tell is as in the live revision."""
    piece = reviewed.plan.slice
    examples = found.examples if found.whole else standins.examples(texts, found.contract, piece)
    return preview_bundle(
        reviewed,
        contract=found.contract,
        artifacts=standins.artifacts(texts, _facts(live), piece, found.artifacts),
        examples=examples,
    )


def _facts(live: Live) -> tuple[ArtifactFact, ...]:
    return live.record.artifacts if live.record else ()


def _draft_files(
    looked: Looked, piece: Slice, contract: Contract, live: Live, places: Places
) -> list[dict[str, object]]:
    assert looked.notebook is not None, "a slice has a notebook"
    texts = _live_files(live, places)
    source = emit_service(
        name_of(looked),
        piece,
        contract,
        looked.merged.options,
        artifacts={one.name: one for one in standins.artifacts(texts, _facts(live), piece)},
        titles={cell.id: cell.first_line for cell in looked.notebook.cells},
    )
    return [_file("service.py", source.text, texts, source.source_map)]


def _files(bundle: Bundle, live: Mapping[str, str]) -> list[dict[str, object]]:
    """What people read of the bundle, service.py first, and what the live revision has beyond."""
    texts = {name: data.decode("utf-8", "replace") for name, data in bundle.files.items()}
    names = sorted(
        (name for name in {*texts, *live} if not name.startswith(_NOT_READ)),
        key=lambda name: (name != "service.py", name),
    )
    return [
        _file(
            name,
            texts.get(name, ""),
            live,
            bundle.source_map if name == "service.py" else {},
        )
        for name in names
    ]


def _file(
    name: str,
    text: str,
    live: Mapping[str, str],
    source_map: Mapping[int, tuple[str, int]],
) -> dict[str, object]:
    return {
        "name": name,
        "text": text,
        "live": live.get(name),
        "source_map": {str(line): list(place) for line, place in source_map.items()},
    }


def _live_files(live: Live, places: Places) -> dict[str, str]:
    """The text files of the live revision; none where its bundle is not on this machine."""
    if live.seen is None:
        return {}
    folder = places.state / BUNDLES / live.seen.bundle_digest
    if not folder.is_dir():
        return {}
    return {name: data.decode("utf-8", "replace") for name, data in store.read_back(folder).items()}


def _breaking(live: Live, contract: Contract) -> list[dict[str, object]]:
    if live.record is None or not live.record.contract:
        return []
    old = from_json(live.record.contract)
    return [
        {"endpoint": function, "message": said}
        for function, said in breaking_by_endpoint(old, contract)
    ]


def _permissions(options: Options, piece: Slice | None) -> dict[str, object]:
    return {
        "env": list(options.env),
        "secrets": list(options.secrets),
        "reads": list(outside.reads(piece)) if piece else [],
        "hosts": list(outside.hosts(piece)) if piece else [],
    }


def _example(one: Example) -> dict[str, object]:
    return {
        "function": one.function,
        "cell": one.cell,
        "arguments": dict(one.arguments),
        "result": one.result,
    }


def _artifact(one: Artifact) -> dict[str, object]:
    return {"name": one.name, "file": one.file, "format": one.format, "size": one.size}


def _source(one: Source) -> dict[str, object]:
    return {"name": one.name, "version": one.version, "reference": one.reference}


def _size(reviewed: Reviewed, bundle: Bundle, found: Recalled, places: Places) -> dict[str, object]:
    told = {one.name for one in found.artifacts}
    complete = all(one.name in told for one in reviewed.plan.slice.computed)
    return {
        "packages": environment.installed_size(reviewed.lock, reviewed.facts, places),
        "artifacts": sum(one.size for one in found.artifacts) if complete else None,
        "code": sum(len(data) for data in bundle.files.values()),
    }


async def _unchanged(live: Live, reviewed: Reviewed, places: Places) -> bool:
    """Whether a deploy would do nothing: what is taken over becomes this notebook's, at least."""
    seen = live.seen
    if seen is None or seen.state != "running" or seen.plan_digest != reviewed.plan.digest:
        return False
    if owner_findings(seen, reviewed.path, who=live.who):
        return False
    values = declared_values(places, seen.service, reviewed.plan.options).by_name
    return await open_target(seen.target, places).configured(seen.service, values)
