"""`make demo-cluster`: the iris notebook on a Kubernetes, what fails only there, and what follows.

Nothing public need be reached: cluster, registry and base image are made on this machine.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .given import Cluster, given_cluster
from .target.dock import Dock, Images
from .target.person import FLOWER, NOTEBOOK, base_reference

_MODELSHIP = (sys.executable, "-m", "jupyter_modelship.cli")
_MENDED = "class Scale:\n    factor = 1\n\n"
_BROKEN = "import os\n\nclass Scale:\n    factor = 1 / 0 if os.path.isdir('/service') else 1\n\n"
_RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


@dataclass
class Stage:
    """Somebody's folder, and a namespace that is theirs for the occasion."""

    dock: Dock
    folder: Path

    def say(self, *words: str, good: bool = True) -> None:
        """Run `modelship WORDS`, and show it as a terminal would."""
        print(f"\n$ modelship {shlex.join(words)}", flush=True)
        env = {
            **os.environ,
            "KUBECONFIG": str(self.dock.kubeconfig),
            "MODELSHIP_HOME": str(self.folder / "home"),
        }
        done = subprocess.run([*_MODELSHIP, *words], cwd=self.folder, env=env, check=False)
        assert (done.returncode == 0) is good, f"exit code {done.returncode}"

    def deploy(self, before: str = "", *, good: bool = True) -> None:
        """Deploy the iris notebook, with `before` in front of its endpoint and used in it."""
        book = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
        for cell in book["cells"]:
            text = "".join(cell["source"])
            if before and "def predict" in text:
                cell["source"] = before + text.replace("    return", "    Scale()\n    return")
        registry = self.dock.images.cluster.registry
        book["metadata"]["modelship"] = {
            "version": 1,
            "engine": "oci",
            "base": base_reference(registry),
            "repository": f"{registry}/demo/iris",
        }
        (self.folder / "iris.ipynb").write_text(json.dumps(book), encoding="utf-8")
        self.say("deploy", "iris.ipynb", "--target", "kubernetes", "--yes", good=good)


@contextmanager
def staged(cluster: Cluster) -> Iterator[Stage]:
    """A namespace with Pod Security *restricted*, gone again after the block."""
    name = f"demo-{secrets.token_hex(3)}"
    metadata = {"name": name, "labels": _RESTRICTED}
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    try:
        with tempfile.TemporaryDirectory() as folder:
            images = Images(cluster, Path(folder))
            images.base()
            yield Stage(Dock(images, name, Path(folder)), Path(folder))
    finally:
        cluster.kubectl("delete", "namespace", name, "--wait=false")


def _tell(sentence: str, code: str = "") -> None:
    """What happens next, and what somebody has typed for it."""
    print(f"\n# {sentence}")
    for line in code.rstrip().splitlines():
        print(f"#     {line}".rstrip())


def main() -> None:
    with staged(given_cluster()) as stage:
        _tell("The iris notebook; base image and repository stand in its metadata.")
        stage.deploy()
        stage.say("call", "iris", "predict", FLOWER)
        _tell("Its endpoint's cell gets this, which fails in a container alone:", _BROKEN)
        stage.deploy(_BROKEN, good=False)
        _tell("The revision before goes on answering.")
        stage.say("call", "iris", "predict", FLOWER)
        _tell("Put right, and deployed again:", _MENDED)
        stage.deploy(_MENDED)
        stage.say("call", "iris", "predict", FLOWER)
        stage.say("status", "iris")
        stage.say("delete", "iris", "--yes")
    print("\nThe same on your cluster: docs/cluster.md")


if __name__ == "__main__":
    main()
