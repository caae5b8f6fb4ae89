"""May we, and would it fit? Asked of the cluster before anything is made.

What is missing is printed as the least that somebody has to grant: a Role, a command.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_modelship.bundle.emit_json import emit_json
from jupyter_modelship.bundle.release.size import resources
from jupyter_modelship.bundle.release.wanted import Size
from jupyter_modelship.errors import ModelshipError, StageFailed
from jupyter_modelship.places import Places

from . import security, trying
from .api import Api
from .circumstances import circumstances
from .failures import ApiRefused
from .ground import Ground
from .kinds import POD, Object
from .observing import alive
from .ownership import selector
from .quantities import Copies
from .rights import Right, needed, review, role, routed_by
from .room import room
from .takeover import Takeover
from .wanting import Circumstances

_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_AT_ONCE = 8


async def permitted(here: Ground, options: Mapping[str, object], places: Places) -> tuple[str, ...]:
    """All of it for a release with these options, in lines that are told. `name` is the service's,
    `repository` where its image is pushed; where one is empty, nothing is asked about it.

    Raises StageFailed with the first trouble; all are in its detail.
    """
    namespace = here.namespace(options)
    service, repository = str(options.get("name") or ""), str(options.get("repository") or "")
    rights = needed(
        token=options.get("token") is not False,
        routed=routed_by(here.cluster.route.gateway, str(options.get("host") or "")),
    )
    from . import pulling  # a registry's client of its own: who only lists services needs none

    found = await _found(here, namespace, service, places)
    answers = await asyncio.gather(
        insist(here.api, namespace, rights),
        security.level(here.api, namespace),
        _roomy(here, namespace, options, service, found),
        *((pulling.pullable(here, namespace, repository),) if repository else ()),
        return_exceptions=True,
    )
    lines = (*_insist_on_all(answers), found.why)
    if not (service and repository):
        return lines
    made = trying.would_be(here, options, service, repository, found)
    return (*lines, *await trying.tried(here, made, service))


async def _found(here: Ground, namespace: str, service: str, places: Places) -> Circumstances:
    """Nothing where we may not look: then that right is missing, and is told as such."""
    takeover = Takeover(here.api, namespace, service)
    try:
        revisions = await takeover.revisions() if service else ()
        return await circumstances(here, takeover.rollout, revisions, places)
    except ApiRefused as error:
        if error.refusal.code != 403:
            raise
        return Circumstances(here.most)


async def _roomy(
    here: Ground, namespace: str, options: Mapping[str, object], service: str, found: Circumstances
) -> str:
    size = Size(int(_number(options, "memory")), _number(options, "cpu"))
    asked = resources(size, found.measured, found.most)
    there: Sequence[Object] = ()
    if service:
        with contextlib.suppress(ApiRefused):  # as above
            there = alive((await here.api.list(POD, namespace, labels=selector(service)))[0])
    pod = {"spec": {"containers": [{"resources": asked}]}}
    copies = Copies(pod, int(_number(options, "replicas")) or 1, there)
    most = int(_number(options, "max_replicas"))
    return await room(here.api, namespace, copies, at_most=most)


def _number(options: Mapping[str, object], name: str) -> float:
    value = options.get(name)
    return float(value) if isinstance(value, (int, float)) else 0.0


def _insist_on_all(answers: Sequence[str | BaseException]) -> tuple[str, ...]:
    """The answers in words; the first failure is raised, with the others in its detail."""
    failures = [each for each in answers if isinstance(each, BaseException)]
    for failure in failures:
        if not isinstance(failure, ModelshipError):
            raise failure
    if not failures:
        return tuple(each for each in answers if isinstance(each, str))
    first, *others = (each for each in failures if isinstance(each, ModelshipError))
    if not others:
        raise first
    told = [f"{each.message}\n{each.detail}".strip() for each in others]
    raise StageFailed(
        f"{first.message} (and {len(others)} more)",
        remedy=first.remedy,
        detail="\n\n".join(filter(None, [first.detail, *told])),
    )


async def missing(api: Api, namespace: str, rights: Sequence[Right]) -> tuple[Right, ...]:
    """Those of `rights` that we do not have there."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def allowed(right: Right) -> bool:
        async with gate:
            body = review(right, namespace)
            answer: Any = await api.call("POST", _REVIEWS, "ask what is allowed", body=body)
        return bool(answer["status"].get("allowed"))

    answers = await asyncio.gather(*map(allowed, rights))
    return tuple(right for right, yes in zip(rights, answers, strict=True) if not yes)


async def insist(api: Api, namespace: str, rights: Sequence[Right]) -> str:
    """That all is allowed, in words. Raises StageFailed with the Role that is missing."""
    lacking = await missing(api, namespace, rights)
    if lacking:
        told = ", ".join(map(str, lacking[:3])) + (", …" if len(lacking) > 3 else "")
        text = emit_json(role(lacking, namespace), what="a Role").decode()
        raise StageFailed(
            f"you may not do all that deploying to namespace {namespace} needs: {told}",
            remedy="give the Role in the detail to who administers the cluster, to bind it to you",
            detail=text,
        )
    return f"namespace {namespace}: all {len(rights)} rights are there"
