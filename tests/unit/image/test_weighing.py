"""What goes into an image, weighed, and the room that it takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_modelship.engines.room import Parts, cache_need, insist, state_need
from jupyter_modelship.engines.space import free_bytes
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.recipe import ARTIFACTS, PACKAGES, SERVICE, Kind, Layer
from jupyter_modelship.image.weighing import (
    LARGE,
    SHOWN,
    Context,
    Weight,
    size_findings,
    table,
    weigh,
)


def layer(folder: Path, kind: Kind, destination: str, **sizes: int) -> Layer:
    for name, size in sizes.items():
        path = folder / kind / "deep" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.truncate(size)
    return Layer(kind, folder / kind, destination, "")


def weighed(folder: Path, big: int) -> Context:
    return weigh(
        (
            layer(folder, "dependencies", PACKAGES, huge=5 * LARGE),
            layer(folder, "artifacts", ARTIFACTS, model=big, a=1, b=2, c=3, d=4, e=5),
            layer(folder, "code", SERVICE, code=1000),
        )
    )


def test_the_table_names_the_biggest_of_our_own_files(tmp_path: Path) -> None:
    found = weighed(tmp_path, 2_500_000)
    assert found.weights == (
        Weight("dependencies", 1, 5 * LARGE),
        Weight("artifacts", 6, 2_500_015),
        Weight("code", 1, 1000),
    )
    assert found.own == 2_501_015
    assert found.biggest[:2] == (
        ("/service/artifacts/deep/model", 2_500_000),
        ("/service/deep/code", 1000),
    )
    assert len(found.biggest) == SHOWN
    assert table(found)[1] == "artifacts       2.5 MB  6 files"
    assert table(found)[3] == "biggest         2.5 MB  /service/artifacts/deep/model"


@pytest.mark.parametrize(("big", "warned"), [(LARGE - 1015, False), (LARGE - 1014, True)])
def test_packages_do_not_count_for_the_warning(tmp_path: Path, big: int, warned: bool) -> None:
    found = size_findings(weighed(tmp_path, big))
    assert [(each.code, each.severity) for each in found] == [("context-large", "warn")] * warned
    assert all("/service/artifacts/deep/model" in each.message for each in found)


def test_what_is_kept_takes_no_room_again() -> None:
    new = Parts(base=40, packages=100, own=10)
    kept = Parts(base=40, packages=100, own=10, base_kept=True, packages_kept=True)
    assert (cache_need(new), state_need(new)) == (295, 265)
    assert (cache_need(kept), state_need(kept)) == (120, 20)


def test_files_take_room_where_something_needs_them() -> None:
    new = Parts(base=40, packages=100, own=10)
    assert cache_need(replace(new, base_runs=True)) == 295 + 120
    assert cache_need(replace(new, base_runs=True, base_kept=True)) == 295
    assert cache_need(replace(new, copied=True)) == 295 + 120 + 250


def test_folders_of_one_disk_share_what_is_free(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    half = free_bytes(tmp_path) // 3 * 2
    (line,) = insist({one: 1_000_000, other: 2_000_000}, reserve=0)
    assert "about 3.0 MB wanted" in line
    insist({one: half}, reserve=0)
    with pytest.raises(StageFailed) as caught:
        insist({one: half, other: half}, reserve=0)
    assert f"{one} and {other}" in caught.value.message
    assert "prune" in caught.value.remedy
    with pytest.raises(StageFailed):
        insist({one: 0}, reserve=2 * free_bytes(tmp_path))
