"""A program that brings one release live, as a run's worker does; to be killed on the way.

Arguments: the user's home, the image, the answer; and for how many seconds it waits for an API
server that does not answer, and the word `token` where the service asks for one.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from jupyter_modelship.places import Places
from jupyter_modelship.targets.kubernetes import target as seam
from jupyter_modelship.targets.kubernetes.target import KubernetesTarget
from jupyter_modelship.targets.port import Release


def release(home: Path, image: str, answer: str, *, token: bool = False) -> Release:
    return Release(
        service="iris",
        plan_digest=f"plan-{answer}",
        bundle_digest=answer,
        bundle_folder=home,
        python=Path("/of/no/matter"),
        notebook="/books/iris.ipynb",
        run=f"run-{answer}",
        who="ada",
        options={"token": token, "memory": 128 << 20, "cpu": 0.1},
        image=image,
    )


async def main(home: Path, image: str, answer: str, *, token: bool) -> None:
    target = KubernetesTarget(Places(home / "state", home / "cache", home / "run"))
    wanted = release(home, image, answer, token=token)
    staged = await target.stage(wanted)
    try:
        await target.open(staged)
        await target.apply(wanted, staged)
    finally:
        await target.discard(staged)


if __name__ == "__main__":
    if sys.argv[4:]:
        seam.PATIENCE_SECONDS = float(sys.argv[4])
    asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:4], token="token" in sys.argv[5:]))
