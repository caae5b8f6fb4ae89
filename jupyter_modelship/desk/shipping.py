"""From a front end's wish to ship to the request of a run, checked against what was reviewed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path

from jupyter_modelship.errors import Blocked, NothingThere, UsageError
from jupyter_modelship.model import Finding
from jupyter_modelship.places import Places
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.review import Looked, look
from jupyter_modelship.runs.run import KeyReused, Request, Run
from jupyter_modelship.runs.services import open_target

from . import asked
from .looking import name_of
from .overriding import insist_overridable
from .taking import insist_shared

_DIGEST = re.compile(r"[0-9a-f]{64}")


class NotebookChanged(UsageError):
    """The notebook is not, or no longer, the one that was meant."""

    code = "notebook-changed"


def looked_at(path: Path, options: Mapping[str, object], digest: str) -> Looked:
    """The look at a notebook whose bytes have this sha256; else NotebookChanged."""
    looked = look(path, options, origin="review")
    if looked.digest != digest:
        raise NotebookChanged(
            f"{path.name} has changed since it was saved from here",
            remedy="save it and review it again",
        )
    return looked


def request_of(
    wish: asked.Ship, path: Path, *, who: str, places: Places, vouched: bool = False
) -> Request:
    """The request of the run that is wished for, by `who` (see `Target.identity`).

    The same wish gives the same request, also when the notebook has changed meanwhile: then it is
    that of the run that the wish made before. Raises NotebookChanged, KeyReused, BadRequest, and
    Blocked where a finding stands that nobody overrides, or may.
    """
    known = _known(wish.id, places)
    if known is not None:
        return _again(
            known, wish, path, _called(known.request.target, places, who, vouched=vouched)
        )
    looked = looked_at(path, wish.options, wish.digest)
    if _DIGEST.fullmatch(wish.plan_digest) is None:
        raise asked.BadRequest(
            "plan_digest is not the digest of a plan", remedy="review the notebook first"
        )
    _check_overrides(wish, looked)
    if wish.takes_over:
        insist_shared(looked)
    target = looked.merged.options.target
    called = _called(target, places, who, vouched=vouched)
    return _request(wish, path, called, service=name_of(looked), target=target)


def _called(target: str, places: Places, who: str, *, vouched: bool) -> str:
    return asyncio.run(open_target(target, places).identity(who, vouched=vouched))


def _known(run: str, places: Places) -> Run | None:
    with Journal.open(places) as journal:
        try:
            return journal.get(run)
        except NothingThere:
            return None


def _again(known: Run, wish: asked.Ship, path: Path, who: str) -> Request:
    before = known.request
    request = _request(wish, path, who, service=before.service, target=before.target)
    if request.digest != before.digest:
        raise KeyReused(
            f"run {wish.id} was asked for with another body",
            remedy="make a new id for a new request",
        )
    return request


def _request(wish: asked.Ship, path: Path, who: str, *, service: str, target: str) -> Request:
    body: dict[str, object] = {"flags": dict(wish.options), "who": who}
    if wish.fresh:
        body["fresh"] = True
    if wish.takes_over:
        body["takes_over"] = wish.takes_over
    if wish.until:
        body["until"] = wish.until
    if wish.overrides:
        body["overrides"] = dict(wish.overrides)
    return Request(
        id=wish.id,
        service=service,
        target=target,
        notebook=str(path),
        notebook_digest=wish.digest,
        plan_digest=wish.plan_digest,
        body=body,
    )


def _check_overrides(wish: asked.Ship, looked: Looked) -> None:
    insist_overridable(wish.overrides, looked)
    standing: tuple[Finding, ...] = looked.standing(looked.findings, wish.overrides)
    if looked.slice is None or standing:
        raise Blocked(standing or looked.blocked)
