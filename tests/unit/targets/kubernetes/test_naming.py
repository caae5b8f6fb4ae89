"""Names of a cluster's objects: no two services, or parts of one, share any."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_modelship import names
from jupyter_modelship.bundle.release import naming, phases
from jupyter_modelship.errors import NothingThere, UsageError
from jupyter_modelship.places import Places
from jupyter_modelship.targets.kubernetes import ground
from jupyter_modelship.targets.kubernetes.connecting import Connected
from jupyter_modelship.targets.kubernetes.kinds import CONFIG_MAP
from jupyter_modelship.targets.kubernetes.target import KubernetesTarget
from jupyter_modelship.targets.port import Release

TEXTS = st.text(max_size=70) | st.from_regex(r"[a-z][a-z0-9.-]{0,66}", fullmatch=True)


def all_names(service: str) -> set[str]:
    """Of one kind or of another: none is shared even where kinds differ."""
    return {
        service,
        naming.token_secret(service),
        naming.values_secret(service),
        naming.env_map(service, {"A": "1"}),
        naming.lines_map(service, b"lines"),
        phases.staged_policy(service),
        *(naming.revision(service, number) for number in range(3)),
    }


@given(TEXTS, TEXTS)
def test_what_is_named_differently_is_called_differently(one: str, other: str) -> None:
    services = names.label(one), names.label(other)
    assert all(map(naming.is_service, services))
    found = [all_names(service) for service in services]
    assert [len(some) for some in found] == [9, 9]
    assert one == other or not found[0] & found[1]


@given(st.text(min_size=1, max_size=70))
def test_a_name_in_a_path_is_one_part_of_it(name: str) -> None:
    path = CONFIG_MAP.path("team-a", name)
    assert path.startswith("/api/v1/namespaces/team-a/configmaps/")
    assert path.count("/") == 6


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../iris", "iris/../flowers", "iris.token", "iris.1", "IRIS", "iris,a=b",
     "iris%2F..", "iris\n", "i" * 64, "-iris", "iris; kubectl delete ns", "\u202esin"],
)  # fmt: skip
async def test_what_is_no_name_of_a_service_is_asked_of_no_cluster(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Nobody:
        def patient(self, _: float) -> Nobody:
            return self

        async def close(self) -> None:
            pass

    async def connect(_: str) -> Connected:
        return Connected(Nobody(), "", "home")  # type: ignore[arg-type] # it has nothing to ask

    monkeypatch.setattr(ground, "connect", connect)
    target = KubernetesTarget(Places(tmp_path, tmp_path, tmp_path))
    assert await target.observe(name) is None
    for asked in (target.start, target.stop, target.delete, target.rollback):
        with pytest.raises(NothingThere):
            await asked(name)
    with pytest.raises(NothingThere):
        await anext(target.logs(name))
    with pytest.raises(UsageError, match="is no name of a service"):
        await target.stage(Release(name, "p", "b", tmp_path, tmp_path, "/n.ipynb", "run"))
