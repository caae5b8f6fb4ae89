"""The API server, or its store, is restarted in the middle of a deploy, which goes on or says why.

On a cluster of its own: nobody else's tests run on one whose API server is away.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_modelship.failpoints import STRUCK_VARIABLE, VARIABLE
from jupyter_modelship.targets.port import Staged
from tests.cluster.down import down
from tests.cluster.given import Cluster
from tests.cluster.parts import program
from tests.cluster.place import NUMBER_VARIABLE, Place, chosen
from tests.cluster.restarting import kill, start

from .dock import Dock, Images
from .shipping import release
from .test_kept_whole import OWN

NUMBER = 60
ROOT = Path(__file__).parents[3]
STEPS = (
    "kubernetes.pin.after",
    "kubernetes.hold.after@3",
    "kubernetes.claim.after",
    "kubernetes.let-through.after@2",
    "kubernetes.let-through.after@4",
)
AWAY_SECONDS = 5.0
"""The worker goes on this long after the server was killed, and finds nobody."""
pytestmark = [pytest.mark.campaign, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    there = replace(chosen(), number=NUMBER, folder=chosen().folder.parent / str(NUMBER))
    down(there)
    command = [sys.executable, "-m", "tests.cluster", "up"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, NUMBER_VARIABLE: str(NUMBER)}, check=True)
    yield there
    down(there)


@pytest.fixture(scope="module")
def images(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Images:
    there = Cluster(place.kubeconfig, place.registry, program(place, "kubectl"), place)
    return Images(there, tmp_path_factory.mktemp("stubs"))


@pytest.fixture
def dock(images: Images, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dock:
    name = f"team-{secrets.token_hex(4)}"
    metadata = {"name": name}
    images.cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    made = Dock(images, name, tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(made.kubeconfig))
    return made


def shipping(dock: Dock, answer: str, step: str, *, patience: float) -> subprocess.Popen[str]:
    """A worker that ships that answer, and rests for a while at that step, which it has come to."""
    point, _, nth = step.partition("@")
    struck = dock.home / "struck"
    action = f"{point}=sleep:{AWAY_SECONDS}" + (f"@{nth}" if nth else "")
    words = [str(dock.home), dock.images.image(answer), answer, str(patience)]
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.cluster.target.shipping", *words],
        cwd=ROOT,
        env={**os.environ, VARIABLE: action, STRUCK_VARIABLE: str(struck)},
        stderr=subprocess.PIPE,
        text=True,
    )
    while not struck.exists():
        assert child.poll() is None, child.communicate()[1]
        time.sleep(0.02)  # nothing tells
    return child


@pytest.mark.parametrize("part", ["kube-apiserver", "etcd"])
@pytest.mark.parametrize("step", STEPS)
async def test_a_deploy_goes_on_when_the_api_is_back(
    place: Place, dock: Dock, step: str, part: str
) -> None:
    await dock.ship(dock.release("one"))
    child = shipping(dock, "two", step, patience=120)
    kill(place, part)
    time.sleep(AWAY_SECONDS + 3)  # until it has asked a few times
    start(place, part)
    _, said = child.communicate(timeout=300)
    assert child.returncode == 0, said
    two = await dock.target.observe("iris")
    assert two is not None
    assert (two.state, two.revision, [each.run for each in two.revisions]) == (
        "running",
        2,
        ["run-one", "run-two"],
    )
    assert await dock.ask(two) == {"answer": "two", "region": None}
    assert dock.names() == OWN | {"controllerrevision/iris.1", "controllerrevision/iris.2"}


@pytest.mark.parametrize("step", STEPS)
async def test_a_deploy_that_waited_in_vain_says_why_and_can_be_taken_up_again(
    place: Place, dock: Dock, step: str
) -> None:
    await dock.ship(dock.release("one"))
    child = shipping(dock, "two", step, patience=1)
    kill(place, "kube-apiserver")
    _, said = child.communicate(timeout=120)
    start(place, "kube-apiserver")
    assert child.returncode == 1
    assert f"the cluster at {place.api} does not answer, asked to " in said
    again = release(dock.home, dock.images.image("two"), "two")
    await dock.target.discard(Staged("run-two", "iris", Path()))
    two = await dock.ship(again)
    assert (two.state, two.revision) == ("running", 2)
    assert await dock.ask(two) == {"answer": "two", "region": None}
    assert dock.names() == OWN | {"controllerrevision/iris.1", "controllerrevision/iris.2"}
