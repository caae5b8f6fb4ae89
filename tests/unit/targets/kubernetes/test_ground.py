"""One connection for one task after another: how long it is kept, and when it is opened anew."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from jupyter_modelship.targets.kubernetes import ground
from jupyter_modelship.targets.kubernetes.api import Api
from jupyter_modelship.targets.kubernetes.connecting import Connected
from jupyter_modelship.targets.kubernetes.ground import KEPT_SECONDS, Grounds


@dataclass
class Cluster:
    """Counts its connections."""

    opened: int = 0
    closed: list[int] = field(default_factory=list)
    now: float = 0.0

    async def connect(self, _context: str) -> Connected:
        self.opened += 1
        return Connected(_Counted(self, self.opened), "here", "team-a")


class _Counted(Api):
    def __init__(self, cluster: Cluster, number: int, patience: float = 0.0) -> None:
        self.number, self.patience = number, patience
        self._cluster = cluster

    def patient(self, seconds: float) -> _Counted:
        return _Counted(self._cluster, self.number, seconds)

    async def close(self) -> None:
        self._cluster.closed.append(self.number)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cluster:
    made = Cluster()
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.touch()
    monkeypatch.setattr(ground, "connect", made.connect)
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    return made


@pytest.fixture
def grounds(cluster: Cluster) -> Grounds:
    return Grounds(clock=lambda: cluster.now)


async def used(grounds: Grounds, patience: float = 0.0) -> tuple[int, float]:
    """Number and patience of the connection that a task is given."""
    async with grounds.at(patience) as here:
        assert isinstance(here.api, _Counted)
        return here.api.number, here.api.patience


async def test_each_task_has_its_own_connection_and_closes_it(
    grounds: Grounds, cluster: Cluster
) -> None:
    assert [await used(grounds, 7.0), await used(grounds)] == [(1, 7.0), (2, 0.0)]
    assert cluster.closed == [1, 2]


async def test_while_one_is_kept_all_share_it_each_with_its_own_patience(
    grounds: Grounds, cluster: Cluster
) -> None:
    async with grounds.kept():
        assert [await used(grounds), await used(grounds, 90.0)] == [(1, 0.0), (1, 90.0)]
        async with grounds.kept():
            assert await used(grounds) == (1, 0.0)
        assert (await used(grounds), cluster.closed) == ((1, 0.0), [])
    assert cluster.closed == [1]
    assert await used(grounds) == (2, 0.0)


async def test_a_login_may_end_so_an_old_connection_is_opened_anew(
    grounds: Grounds, cluster: Cluster
) -> None:
    async with grounds.kept(), grounds.at():
        cluster.now = KEPT_SECONDS
        assert (await used(grounds), cluster.closed) == ((2, 0.0), [])
    assert sorted(cluster.closed) == [1, 2]


async def test_another_kubeconfig_may_name_another_cluster(
    grounds: Grounds, cluster: Cluster, tmp_path: Path
) -> None:
    async with grounds.kept():
        assert await used(grounds) == (1, 0.0)
        os.utime(tmp_path / "kubeconfig", ns=(1, 1))
        assert await used(grounds) == (2, 0.0)


async def test_nobody_is_connected_where_nothing_is_asked(
    grounds: Grounds, cluster: Cluster
) -> None:
    async with grounds.kept():
        pass
    assert (cluster.opened, cluster.closed) == (0, [])
