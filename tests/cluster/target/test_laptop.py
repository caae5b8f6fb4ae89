"""An image that comes into a real containerd as an archive, without any registry."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from jupyter_modelship.image.layout import manifest_of
from jupyter_modelship.targets.kubernetes import loading
from jupyter_modelship.targets.kubernetes.laptop import Laptop
from tests.cluster.given import Cluster
from tests.images.bases import base_layout
from tests.images.services import service_layout

from .dock import STUB, Dock


async def test_pods_run_what_was_loaded_as_an_archive(
    dock: Dock, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`microk8s ctr` stands for the `ctr` of the cluster's own containerd."""
    if cluster.place is None:
        pytest.fail("this needs the containerd of `make cluster`", pytrace=False)
    tools = tmp_path / "tools"
    tools.mkdir()
    microk8s = tools / "microk8s"
    socket = f"--address {cluster.place.containerd_socket} --namespace k8s.io"
    microk8s.write_text(f'#!/bin/sh\nshift\nexec ctr {socket} "$@"\n')
    microk8s.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/sbin:/usr/bin:/sbin:/bin")
    code = tmp_path / "service"
    (code / "modelship_runtime").mkdir(parents=True)
    shutil.copy(STUB, code / "modelship_runtime" / "__main__.py")
    (code / "stub.json").write_text('{"answer": "from an archive"}')
    layout = service_layout(base_layout(), code, tmp_path / "layout")

    name = await loading.load(Laptop("microk8s", "microk8s"), layout, manifest_of(layout))
    seen = await dock.ship(dock.release("archive", image=name))
    assert await dock.ask(seen) == {"answer": "from an archive", "region": None}
