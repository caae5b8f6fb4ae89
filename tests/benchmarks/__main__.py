"""`python -m tests.benchmarks [BLOCK ...]`: measure, show, and write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from . import cluster, deploys, images, looks, packages, preview, serving, starts, user, window
from .goals import GOALS
from .machine import facts
from .page import Block, page

PAGE = user.REPOSITORY / "docs" / "benchmarks.md"


def main() -> int:
    """Exit code 1 where a goal is not reached, or could not be measured: the page says which."""
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="modelship-bench-") as folder:
        blocks = _measure(options, Path(folder))
    text = page(blocks, facts(_more()), quick=options.quick)
    settled = {figure.key for block in blocks for figure in block.figures}
    whole = settled == set(GOALS)
    target = options.output or (PAGE if whole and not options.quick else None)
    if target is not None:
        target.write_text(text, encoding="utf-8")
    print(text)
    print(f"written to {target}" if target else "not written: not all of it, or a quick run")
    reached = {figure.key for block in blocks for figure in block.figures if figure.reached}
    missed = [goal for key, goal in GOALS.items() if key in settled and key not in reached]
    for goal in missed:
        print(f"not reached: {goal.what}, {goal.says}", file=sys.stderr)
    return 1 if missed or not (whole or options.blocks) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    names = ", ".join(BLOCKS)
    parser.add_argument("blocks", nargs="*", type=_block, help=f"of {names}; default: all")
    parser.add_argument("--quick", action="store_true", help="few turns: to see that it works")
    parser.add_argument("--wait", type=float, default=120.0, help="seconds for quiet, per block")
    parser.add_argument("--output", type=Path, help="write the page there, whatever was measured")
    return parser


def _block(name: str) -> str:
    if name not in BLOCKS:
        raise argparse.ArgumentTypeError(f"there is no block {name}")
    return name


BLOCKS: Mapping[str, tuple[Callable[..., Block | Sequence[Block]], int]] = {
    "first": (deploys.first, deploys.FIRST_ROUNDS),
    "again": (deploys.again, deploys.AGAIN_ROUNDS),
    "starts": (starts.measure, starts.ROUNDS),
    "serving": (serving.measure, serving.ROUNDS),
    "preview": (preview.measure, preview.ROUNDS),
    "looks": (looks.measure, looks.ROUNDS),
    "window": (window.measure, window.ROUNDS),
    "packages": (packages.measure, packages.ROUNDS),
    "images": (images.measure, images.ROUNDS),
    "cluster": (cluster.measure, cluster.ROUNDS),
}
"""In the order of the page; with the number of turns."""
ALONE = frozenset({"preview", "looks", "window", "packages", "images", "cluster"})
"""Those that need nobody with a machine of their own."""

NEEDED = (
    ("serving", "wrk"),
    *(("images", program) for program in ("buildah", "docker-registry", "mmdebstrap", "podman")),
    *(("cluster", program) for program in ("catatonit", "containerd", "mmdebstrap", "runc")),
)
"""Programs without which a block is not measured."""


def _measure(options: argparse.Namespace, folder: Path) -> list[Block]:
    names = options.blocks or list(BLOCKS)
    for name, program in NEEDED:
        if name in names and shutil.which(program) is None:
            print(f"{name} is left out: {program} is not installed", file=sys.stderr)
            names.remove(name)
    if "cluster" in names and os.geteuid() != 0:
        print("cluster is left out: only root may bring one up", file=sys.stderr)
        names.remove("cluster")
    somebody = user.make(folder) if set(names) - ALONE else None
    blocks = []
    try:
        for name in names:
            print(f"{name} …", file=sys.stderr, flush=True)
            measure, rounds = BLOCKS[name]
            settings = {"rounds": 1 if options.quick else rounds, "wait": options.wait}
            given = () if name in ALONE else (somebody,)
            made = measure(*given, **settings)
            after = os.getloadavg()[0]
            several = (made,) if isinstance(made, Block) else made
            blocks += [replace(block, load_after=after) for block in several]
    finally:
        if somebody is not None:
            somebody.forget()
    return blocks


def _more() -> dict[str, str]:
    """What is not a package of this environment."""
    said = ""
    if shutil.which("wrk"):
        said = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False).stdout
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=user.REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "wrk": (said.split("[")[0] or "none").removeprefix("wrk ").strip(),
        "commit": commit.stdout.strip(),
    }


if __name__ == "__main__":
    sys.exit(main())
