"""Clusters of one's own machine: recognised by what their nodes say, reached by their own tools."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.bundle.release.wanted import Size
from jupyter_modelship.errors import StageFailed, UsageError
from jupyter_modelship.plan.cluster import Cluster
from jupyter_modelship.plan.policy import Policy
from jupyter_modelship.targets.kubernetes import loading, supplying
from jupyter_modelship.targets.kubernetes.failures import ApiRefused, Refusal
from jupyter_modelship.targets.kubernetes.ground import Ground
from jupyter_modelship.targets.kubernetes.kinds import CONFIG_MAP, NODE, SERVICE, Kind
from jupyter_modelship.targets.kubernetes.laptop import Hosting, Laptop, hosting, recognised
from jupyter_modelship.targets.port import Supply
from tests.unit.image.test_archive import layout

DIGEST = f"sha256:{'b' * 64}"
NAME = f"localhost/modelship:{'b' * 64}"


def node(name: str, provider: str = "", **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": labels}, "spec": {"providerID": provider}}


KIND = node("dev-control-plane", "kind://docker/dev/dev-control-plane")
MINIKUBE = node("minikube", **{"minikube.k8s.io/name": "own"})
MICROK8S = node("laptop", **{"microk8s.io/cluster": "true"})
K3D = node("k3d-my-dev-server-0", "k3s://k3d-my-dev-server-0")
DESKTOP = node("docker-desktop")
K3S = node("edge-1", "k3s://edge-1")
IN_DESKTOP = node("desktop-control-plane", "kind://docker/desktop/desktop-control-plane")
ADDED = node("k3d-more-0", "k3s://k3d-more-0")


@pytest.mark.parametrize(
    ("context", "nodes", "found"),
    [
        ("kind-dev", [KIND], Laptop("kind", "dev", "docker")),
        ("renamed", [KIND], Laptop("kind", "dev", "docker")),
        (
            "kind-dev",
            [KIND, node("dev-worker", "kind://docker/dev/dev-worker")],
            Laptop("kind", "dev", "docker", 2),
        ),
        (
            "kind-p",
            [node("p-control-plane", "kind://podman/p/p-control-plane")],
            Laptop("kind", "p", "podman"),
        ),
        (
            "kind-n",
            [node("n-control-plane", "kind://nerdctl/n/n-control-plane")],
            Laptop("kind", "n", "nerdctl"),
        ),
        (
            "kind-x",
            [node("x-control-plane", "kind://other/x/x-control-plane")],
            Laptop("kind", "x"),
        ),
        ("docker-desktop", [IN_DESKTOP], Laptop("kind", "desktop", "docker")),
        ("own", [MINIKUBE], Laptop("minikube", "own")),
        (
            "own",
            [MINIKUBE, node("own-m02", **{"minikube.k8s.io/name": "own"})],
            Laptop("minikube", "own", nodes=2),
        ),
        ("microk8s", [MICROK8S], Laptop("microk8s", "microk8s")),
        ("k3d-my-dev", [K3D], Laptop("k3d", "my-dev")),
        (
            "k3d-my-dev",
            [K3D, node("k3d-my-dev-agent-0", "k3s://k3d-my-dev-agent-0")],
            Laptop("k3d", "my-dev", nodes=2),
        ),
        ("k3d-my-dev", [ADDED, K3D], Laptop("k3d", "my-dev", nodes=2)),
        ("docker-desktop", [DESKTOP], Laptop("docker-desktop", "docker-desktop")),
        # A name alone proves nothing, nor do nodes that do not agree.
        ("kind-dev", [node("dev-control-plane", "gce://project/zone/node")], None),
        ("minikube", [node("minikube")], None),
        ("docker-desktop", [node("node-1")], None),
        ("production", [DESKTOP], None),
        ("edge", [K3S], None),
        ("k3d-a", [node("k3d-a-server-0", "k3s://other")], None),
        ("k3d-a", [ADDED], None),
        ("k3d-a", [ADDED, K3S], None),
        ("kind-dev", [KIND, ADDED], None),
        ("kind-dev", [KIND, node("other", "kind://docker/other/other")], None),
        ("kind-dev", [KIND, node("cloud-1")], None),
        ("kind-dev", [], None),
        # What a tool would be told is a name and no flag.
        ("own", [node("n", **{"minikube.k8s.io/name": "--help"})], None),
        ("own", [node("n", **{"minikube.k8s.io/name": "a b"})], None),
        ("kind", [node("n", "kind://docker/../n")], None),
    ],
)
def test_nodes_say_which_cluster_it_is(
    context: str, nodes: list[dict[str, Any]], found: Laptop | None
) -> None:
    assert recognised(context, nodes) == found


def said(**hosts: str) -> dict[str, Any]:
    return {"data": {"localRegistryHosting.v1": json.dumps(hosts)}}


def test_the_registry_beside_a_cluster_is_read() -> None:
    assert hosting(said(host="localhost:5001")) == Hosting("localhost:5001")
    told = hosting(said(host="localhost:5000", hostFromContainerRuntime="k3d-registry:5000"))
    assert told == Hosting("localhost:5000", "k3d-registry:5000")
    same = said(host="127.0.0.1:5", hostFromContainerRuntime="127.0.0.1:5", help="https://a.b")
    assert hosting(same) == Hosting("127.0.0.1:5")


@pytest.mark.parametrize(
    ("config_map", "says"),
    [
        ({"data": {}}, "cannot be read"),
        ({"data": {"localRegistryHosting.v1": "- host"}}, "cannot be read"),
        ({"data": {"localRegistryHosting.v1": "{"}}, "cannot be read"),
        (said(host="local host"), "cannot be read"),
        (said(host="localhost:5001/team"), "cannot be read"),
        (said(host="localhost:1", hostFromContainerRuntime="a b"), "cannot be read"),
        (said(host="registry.example"), "names the registry registry.example, which is not on"),
        (said(host="10.0.0.7:5000"), "is not on this machine"),
    ],
)
def test_a_registry_elsewhere_is_not_followed(config_map: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        hosting(config_map)


class Answers:
    """An API that has these objects; a number is a refusal with that status."""

    def __init__(self, *nodes: Mapping[str, Any] | int, **objects: Mapping[str, Any] | int) -> None:
        self.nodes, self.objects = nodes, objects
        self.asked: list[str] = []

    async def list(self, kind: Kind, namespace: str) -> tuple[Any, str]:
        assert (kind, namespace) == (NODE, "")
        self.asked.append("nodes")
        for each in self.nodes:
            _refused(each)
        return self.nodes, "1"

    async def get(self, kind: Kind, namespace: str, name: str) -> Any:
        places = {
            (CONFIG_MAP, "kube-public", "local-registry-hosting"): "hosting",
            (SERVICE, "container-registry", "registry"): "addon",
        }
        key = places[kind, namespace, name]
        self.asked.append(key)
        _refused(self.objects.get(key))
        return self.objects.get(key)


def _refused(answer: object) -> None:
    if isinstance(answer, int):
        raise ApiRefused(Refusal(answer, "", "no"), "look")


ADDON = {"spec": {"ports": [{"nodePort": 32000}]}}
HOSTED = said(host="localhost:5001")


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of the PATH, with each cluster's tool: it writes down what it was told,
    keeps the archive that it is given, and does what a file of the name `fails` says."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in ("kind", "minikube", "microk8s", "k3d", "docker"):
        program = folder / name
        program.write_text(
            f"#!/bin/sh\nPATH=/usr/bin:/bin\nhere={folder}\n"
            'printf "%s" "$KIND_EXPERIMENTAL_PROVIDER" > $here/runtime\n'
            'printf "%s\\n" "$(basename "$0") $*" >> $here/told\n'
            'for word; do word="${word#--input=}"; '
            'case "$word" in *.tar) cp "$word" $here/given.tar;; esac; done\n'
            "if [ -e $here/fails ]; then cat $here/fails >&2; exit 3; fi\n"
            "[ -e $here/says ] && cat $here/says >&2\n"
            '[ "$2" = ls ] && cat $here/listed 2>/dev/null\nexit 0\n'
        )
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def no_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supplying, "read_policies", lambda _: ((), ()))


async def supplied(
    api: Answers, options: Mapping[str, object] | None = None, context: str = "some"
) -> Supply:
    here = Ground(api, "home", Cluster(), Size(), context)  # type: ignore[arg-type] # it stands in
    return await supplying.supply(here, "iris", options or {})


@pytest.mark.usefixtures("no_policy", "tools")
@pytest.mark.parametrize(
    ("api", "context", "found"),
    [
        (Answers(KIND, hosting=HOSTED), "x", Supply("pushed", "localhost:5001/iris", "", "by the "
         "registry localhost:5001 of kind dev")),
        (Answers(node("n"), hosting=HOSTED), "x", Supply("pushed", "localhost:5001/iris", "",
         "by the registry localhost:5001 of this machine")),
        (Answers(403, hosting=HOSTED), "x", Supply("pushed", "localhost:5001/iris", "",
         "by the registry localhost:5001 of this machine")),
        (Answers(K3D, hosting=said(host="localhost:5", hostFromContainerRuntime="reg:5")), "x",
         Supply("pushed", "localhost:5/iris", "reg:5",
                "by the registry localhost:5 of k3d my-dev")),
        (Answers(MICROK8S, addon=ADDON), "x", Supply("pushed", "127.0.0.1:32000/iris",
         "localhost:32000", "by the registry 127.0.0.1:32000 of microk8s")),
        (Answers(MICROK8S), "x", Supply("layouts", told="as an archive, loaded into microk8s")),
        (Answers(KIND), "x", Supply("layouts", told="as an archive, loaded into kind dev")),
        (Answers(KIND, hosting=403), "x",
         Supply("layouts", told="as an archive, loaded into kind dev")),
        (Answers(MINIKUBE), "x", Supply("layouts", told="as an archive, loaded into minikube own")),
        (Answers(K3D), "x", Supply("layouts", told="as an archive, loaded into k3d my-dev")),
        (Answers(DESKTOP), "docker-desktop",
         Supply("layouts", told="as an archive, loaded into docker-desktop")),
    ],
)  # fmt: skip
async def test_an_image_gets_in_by_registry_else_by_archive(
    api: Answers, context: str, found: Supply
) -> None:
    assert await supplied(api, context=context) == found


@pytest.mark.usefixtures("no_policy")
async def test_a_repository_that_is_named_is_taken_and_nobody_is_asked() -> None:
    api = Answers(KIND, hosting=HOSTED)
    options = {"repository": "registry.example/team/iris"}
    assert await supplied(api, options) == Supply("pushed", "registry.example/team/iris")
    assert api.asked == []


@pytest.mark.usefixtures("no_policy")
async def test_a_cluster_that_nobody_knows_needs_a_repository(
    tools: Path,
) -> None:
    with pytest.raises(StageFailed, match="none is named: and the cluster is none that is known"):
        await supplied(Answers(K3S))
    with pytest.raises(StageFailed, match="none is named: and the cluster is none that is known"):
        await supplied(Answers(403))
    (tools / "kind").unlink()
    with pytest.raises(StageFailed, match="and kind, which would load one into kind dev, is not"):
        await supplied(Answers(KIND))
    with pytest.raises(ApiRefused):
        await supplied(Answers(500))


async def test_where_a_policy_names_a_registry_nothing_else_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bound = Policy("/p", registry="registry.example/team")
    monkeypatch.setattr(supplying, "read_policies", lambda _: ((Policy("/o"), bound), ()))
    api = Answers(KIND, hosting=HOSTED)
    with pytest.raises(StageFailed, match=r"the policy allows those in registry\.example/team"):
        await supplied(api)
    assert api.asked == []


@pytest.mark.parametrize(
    ("laptop", "words"),
    [
        (Laptop("kind", "dev"), "kind load image-archive FILE --name=dev"),
        (Laptop("minikube", "own"), "minikube image load FILE --profile=own"),
        (Laptop("microk8s", "microk8s"), "microk8s ctr image import FILE"),
        (Laptop("microk8s", "microk8s", nodes=2), "microk8s images import FILE"),
        (Laptop("k3d", "my-dev"), "k3d image import FILE --cluster=my-dev"),
        (Laptop("docker-desktop", "docker-desktop"), "docker load --input=FILE"),
    ],
    ids=lambda value: f"{value.brand}-{value.nodes}" if isinstance(value, Laptop) else "",
)
async def test_each_tool_is_given_an_archive_that_is_called_by_its_content(
    laptop: Laptop, words: str, tools: Path, tmp_path: Path
) -> None:
    (tools / "listed").write_text(f"docker.io/library/other:1\n{NAME}\n")
    image = layout(tmp_path / "job" / "image", b"code")
    assert await loading.load(laptop, image, DIGEST) == NAME
    first, *more = (tools / "told").read_text().splitlines()
    file = next(word for word in first.replace("=", " ").split() if word.endswith(".tar"))
    assert first.replace(file, "FILE") == words
    assert more == (["minikube image ls --profile=own"] if laptop.brand == "minikube" else [])
    with tarfile.open(tools / "given.tar") as tar:
        (docker,) = json.load(tar.extractfile("manifest.json") or pytest.fail("no manifest"))
    assert docker["RepoTags"] == [NAME]
    assert [path.name for path in (tmp_path / "job").iterdir()] == ["image"]


async def test_a_tool_that_fails_is_quoted_and_leaves_nothing(tools: Path, tmp_path: Path) -> None:
    (tools / "fails").write_text("looking\nERROR: no nodes found for cluster dev\n")
    image = layout(tmp_path / "job" / "image", b"code")
    with pytest.raises(StageFailed) as caught:
        await loading.load(Laptop("kind", "dev"), image, DIGEST)
    assert caught.value.message == (
        "kind load image-archive does not bring the image into kind dev: "
        "ERROR: no nodes found for cluster dev"
    )
    assert [path.name for path in (tmp_path / "job").iterdir()] == ["image"]


@pytest.mark.parametrize(
    ("runtime", "chosen", "told"),
    [
        ("docker", "", "docker"),
        ("podman", "", "podman"),
        ("podman", "docker", "podman"),
        ("nerdctl", "", "nerdctl"),
        ("nerdctl", "finch", "finch"),
        ("", "", ""),
        ("", "podman", "podman"),
    ],
)
async def test_kind_is_told_what_the_nodes_run_in(
    runtime: str, chosen: str, told: str, tools: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Left alone it would look for the cluster where the first program that is there has none."""
    monkeypatch.setenv("KIND_EXPERIMENTAL_PROVIDER", chosen)
    if not chosen:
        monkeypatch.delenv("KIND_EXPERIMENTAL_PROVIDER")
    image = layout(tmp_path / "job" / "image", b"code")
    await loading.load(Laptop("kind", "dev", runtime), image, DIGEST)
    assert (tools / "runtime").read_text() == told


@pytest.mark.parametrize(
    ("laptop", "says"),
    [
        (Laptop("k3d", "dev"), "ERRO[0002] failed to import images in node 'k3d-dev-agent-0': no"),
        (Laptop("k3d", "dev"), "ERRO[0002] failed to copy image tar 'image.tar' to tools node!"),
        (Laptop("microk8s", "microk8s", nodes=2), "Failed to import images on 10.1.0.2:25000: 500"),
        (Laptop("microk8s", "microk8s", nodes=2), "Failed to reach 10.1.0.2:25000: timed out"),
    ],
)
async def test_what_a_tool_only_mentions_of_a_node_is_a_failure(
    laptop: Laptop, says: str, tools: Path, tmp_path: Path
) -> None:
    """These end with exit code 0 all the same."""
    (tools / "says").write_text(f"INFO[0000] Importing\n{says}\nINFO[0003] Successfully imported\n")
    image = layout(tmp_path / "job" / "image", b"code")
    with pytest.raises(StageFailed) as caught:
        await loading.load(laptop, image, DIGEST)
    assert caught.value.message.endswith(f"does not bring the image into {laptop}: {says}")
    assert "Successfully imported" in caught.value.detail


async def test_what_minikube_only_says_it_has_loaded_is_noticed(
    tools: Path, tmp_path: Path
) -> None:
    (tools / "listed").write_text("docker.io/library/other:1\n")
    image = layout(tmp_path / "job" / "image", b"code")
    with pytest.raises(StageFailed, match="minikube own does not have the image"):
        await loading.load(Laptop("minikube", "own"), image, DIGEST)


def test_an_image_is_pulled_by_the_name_that_the_nodes_know() -> None:
    pushed = f"localhost:5/iris@{DIGEST}"
    assert Supply("pushed", "localhost:5/iris", "reg:5").pulled(pushed) == f"reg:5/iris@{DIGEST}"
    assert Supply("pushed", "localhost:5/iris").pulled(pushed) == pushed
