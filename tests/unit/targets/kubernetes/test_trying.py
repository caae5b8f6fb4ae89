"""What a cluster says of objects that it is only shown."""

from __future__ import annotations

from typing import Any, cast

import pytest

from jupyter_modelship.bundle.release.wanted import Size
from jupyter_modelship.plan.cluster import Cluster
from jupyter_modelship.targets.kubernetes.api import Api
from jupyter_modelship.targets.kubernetes.failures import ApiRefused, Refusal
from jupyter_modelship.targets.kubernetes.ground import Ground
from jupyter_modelship.targets.kubernetes.kinds import Kind, Object
from jupyter_modelship.targets.kubernetes.trying import tried, would_be
from jupyter_modelship.targets.kubernetes.wanting import Circumstances

WEBHOOK = 'admission webhook "images.example" denied the request: no such image'


class Says:
    """A cluster without objects, that says this of each Deployment."""

    def __init__(self, message: str) -> None:
        self._message = message

    async def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        return None

    async def warnings(self, each: Object) -> tuple[str, ...]:
        if each["kind"] == "Deployment":
            raise ApiRefused(Refusal(403, "Forbidden", self._message), "apply deployment iris")
        return ()


def ground(message: str) -> tuple[Ground, Any]:
    here = Ground(cast(Api, Says(message)), "team-a", Cluster(), Size())
    made = would_be(here, {"env": ["REGION"]}, "iris", "registry.example/iris", Circumstances())
    return here, made


async def test_what_a_webhook_says_of_an_image_that_is_not_there_yet_is_told_and_no_more() -> None:
    here, made = ground(WEBHOOK)
    first, heard = await tried(here, made, "iris")
    assert first == "all 4 objects tried: the cluster takes them, but for what follows"
    assert heard == (
        "of an image that is not there yet: the cluster refuses to apply deployment iris: "
        f"{WEBHOOK}"
    )


async def test_any_other_refusal_ends_the_run() -> None:
    here, made = ground("exceeded quota: team")
    with pytest.raises(ApiRefused, match="exceeded quota: team"):
        await tried(here, made, "iris")
