"""`release`: the live revision as a folder that `kubectl apply -k` takes."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from pathlib import Path

from jupyter_modelship.bundle.release.folder import KUSTOMIZATION, files_of
from jupyter_modelship.cli.report import print_json
from jupyter_modelship.errors import UsageError
from jupyter_modelship.places import places
from jupyter_modelship.runs import services
from jupyter_modelship.targets.port import Folder


def release(arguments: Namespace) -> int:
    """Write the folder, and say what has to be there before somebody applies it."""
    path = Path(arguments.output)
    made = asyncio.run(_made(arguments.service, arguments.namespace or ""))
    write(made, path)
    if arguments.json:
        print_json({"folder": str(path), "files": [*made.files], "needs": [*made.needs]})
        return 0
    print(f"{len(made.files)} files are in {path}: kubectl apply -k {path}")
    if made.needs:
        print("Secrets are not among them. Where they are not there yet:")
        print("\n".join(made.needs))
    return 0


async def _made(service: str, namespace: str) -> Folder:
    target, _ = await services.find(service, places())
    return await target.release(service, namespace=namespace)


def write(made: Folder, path: Path) -> None:
    """Into a new folder, or in place of the release that is there.

    Raises UsageError for a folder that holds something else: nothing of anybody's is replaced.
    """
    before = _before(path)
    path.mkdir(parents=True, exist_ok=True)
    for name in before - made.files.keys():
        (path / name).unlink(missing_ok=True)
    for name, content in made.files.items():
        (path / name).write_bytes(content)


def _before(path: Path) -> set[str]:
    """The files of the release that is there; none where nothing is."""
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return set()
    try:
        files = files_of((path / KUSTOMIZATION).read_bytes())
    except OSError:
        files = None
    if files is None:
        raise UsageError(
            f"{path} is there, and is no release as this command writes it",
            remedy="name a new folder; what is to be changed of a release is a folder of its own "
            "that names this one in its kustomization.yaml",
        )
    return set(files)
