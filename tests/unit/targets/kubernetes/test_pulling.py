"""The login that a namespace's pods pull with, tried before a build."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from jupyter_modelship.bundle.release.wanted import Size
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.plan.cluster import Cluster
from jupyter_modelship.registry.connection import Request
from jupyter_modelship.targets.kubernetes import pulling
from jupyter_modelship.targets.kubernetes.api import Api
from jupyter_modelship.targets.kubernetes.ground import Ground
from jupyter_modelship.targets.kubernetes.kinds import Kind, Object

REPOSITORY = "registry.example/team/iris"
LOGIN = b'{"auths": {"registry.example": {"auth": "YTpi"}}}'
SECRET = {
    "type": "kubernetes.io/dockerconfigjson",
    "data": {".dockerconfigjson": base64.b64encode(LOGIN).decode()},
}


class Holds:
    """A cluster with that Secret."""

    async def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        return SECRET


@pytest.fixture
def here() -> Ground:
    return Ground(cast(Api, Holds()), "team-a", Cluster(pull_secret="pulls"), Size())


def refusing(monkeypatch: pytest.MonkeyPatch, paths: Sequence[str]) -> list[Path]:
    """A registry that refuses these; the files with the logins that it was sent."""
    files: list[Path] = []

    async def ask(host: str, request: Request, auth_file: Path) -> None:
        assert (host, auth_file.read_bytes()) == ("registry.example", LOGIN)
        assert auth_file.stat().st_mode & 0o777 == 0o600
        files.append(auth_file)
        if request.url in paths:
            raise StageFailed("registry.example refuses it (401)")

    monkeypatch.setattr(pulling, "_ask", ask)
    return files


MANIFEST = "/v2/team/iris/manifests/latest"


async def test_a_repository_that_is_not_there_yet_is_no_reason_to_refuse_a_login(
    here: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = refusing(monkeypatch, [MANIFEST])
    told = await pulling.pullable(here, "team-a", REPOSITORY)
    assert told == (
        "pull secret pulls: the registry takes it, and does not let it read "
        f"{REPOSITORY} yet (registry.example refuses it (401)): it may, once something is there"
    )
    assert not any(file.exists() for file in files)


async def test_a_login_that_the_registry_does_not_take_ends_the_run_and_stays_nowhere(
    here: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = refusing(monkeypatch, [MANIFEST, "/v2/"])
    with pytest.raises(StageFailed, match="does not take the login of pull secret pulls") as caught:
        await pulling.pullable(here, "team-a", REPOSITORY)
    assert "YTpi" not in f"{caught.value.message}{caught.value.remedy}{caught.value.detail}"
    assert len(files) == 2
    assert not any(file.exists() for file in files)
