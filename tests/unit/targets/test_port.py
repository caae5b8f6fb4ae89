from __future__ import annotations

from jupyter_modelship.places import Places
from jupyter_modelship.plan.options import table
from jupyter_modelship.targets.container import ContainerTarget
from jupyter_modelship.targets.fake import FakeTarget
from jupyter_modelship.targets.kubernetes.honours import HONOURS as KUBERNETES
from jupyter_modelship.targets.local import LocalTarget
from jupyter_modelship.targets.port import Target


def test_the_local_target_says_of_every_option_whether_it_honours_it() -> None:
    left_to_targets = {option.name for option in table().values() if option.by == "target"}
    assert set(LocalTarget.honours) == left_to_targets


def test_the_kubernetes_target_says_of_every_option_whether_it_honours_it() -> None:
    left_to_targets = {option.name for option in table().values() if option.by == "target"}
    assert set(KUBERNETES) == left_to_targets


def test_every_target_has_the_port_s_shape(tmp_path: object) -> None:
    from pathlib import Path

    here = Path("/nowhere")
    places = Places(here, here, here)
    targets: list[Target] = [LocalTarget(places), ContainerTarget(places), FakeTarget()]
    assert [target.name for target in targets] == ["local", "container", "fake"]
