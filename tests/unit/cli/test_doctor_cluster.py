"""What `doctor` says of the cluster that services are made on."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_modelship.doctor import Answer, cluster
from jupyter_modelship.errors import ModelshipError, StageFailed
from jupyter_modelship.places import Places

AWAY = StageFailed("the cluster does not answer", remedy="check the network")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (None, []),
        (("kind-a", "team-a"), [("ok", "context kind-a answers; services are made in team-a", "")]),
        (("", "team-a"), [("ok", "this pod's cluster answers; services are made in team-a", "")]),
        (AWAY, [("warn", "the cluster does not answer", "check the network")]),
    ],
    ids=["not used", "context", "inside a pod", "away"],
)
async def test_the_doctor_says_which_cluster_answers_and_where_services_are_made(
    place: tuple[str, str] | ModelshipError | None,
    said: list[tuple[str, str, str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    async def found(places: Places) -> tuple[str, str] | None:
        if isinstance(place, ModelshipError):
            raise place
        return place

    monkeypatch.setattr(cluster, "cluster_place", found)
    answers: list[Answer] = await cluster.cluster(Places(tmp_path, tmp_path, tmp_path))
    assert [(each.state, each.said, each.remedy) for each in answers] == said
