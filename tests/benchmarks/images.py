"""Images of the iris demo: from the command to a reply, from a bundle to a digest in a registry."""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from jupyter_modelship.aside import remove
from tests import ordinary
from tests.images.bases import base_layout
from tests.images.registries import running
from tests.images.users import User, ordinary_user

from . import bases, children
from .builds import Order
from .deploys import changed
from .goals import Figure
from .machine import Quiet, settle
from .page import Block, Row
from .samples import Samples
from .user import EXAMPLES

ROUNDS = 7
"""Changes of code; first builds take long, so there are fewer of them."""
FIRST = 3
NOTEBOOK = "iris.ipynb"
DEMOS = ("diabetes", "iris", "smooth", "weather", "wine")
PLAIN = "`buildah bud` of the bundle's Containerfile, and push"
_MODELSHIP = (sys.executable, "-m", "jupyter_modelship.cli")


@dataclass(frozen=True)
class Somebody:
    """An ordinary user with a base image and a registry on this machine."""

    user: User
    base: str
    host: str

    @property
    def home(self) -> Path:
        """Their MODELSHIP_HOME."""
        return self.user.home / "modelship"

    def run(self, argv: Sequence[str | Path]) -> children.Took:
        """A command as theirs, in their folder."""
        return children.run(
            [*ordinary.prefix(self.user.uid, self.user.gid), *argv],
            env={
                **ordinary.index(),
                **self.user.environment,
                "MODELSHIP_HOME": str(self.home),
                "PYTHONPATH": str(ordinary.ROOT),
            },
            cwd=self.user.home,
        )

    def write(self, path: str, content: bytes) -> Path:
        file = self.user.home / path
        file.write_bytes(content)
        os.chown(file, self.user.uid, self.user.gid)
        return file

    def deploy(self, engine: str) -> tuple[float, Mapping[str, float]]:
        """Seconds from the command to the confirmed reply, and by stage."""
        image = ("--target", "container", "--base", self.base, "--engine", engine)
        to = ("--repository", f"{self.host}/team/iris-{engine}")
        told = self.run([*_MODELSHIP, "deploy", NOTEBOOK, "--yes", "--json", *image, *to])
        return told.seconds, json.loads(told.output)["seconds"]

    @property
    def bundle(self) -> Path:
        """The bundle of what was deployed last."""
        found = self.home.glob("state/bundles/*/Containerfile")
        return max(found, key=lambda path: path.stat().st_mtime_ns).parent

    def preview(self, demo: str) -> Path:
        """The bundle of a demo as far as it is known without running it."""
        self.write(f"{demo}.ipynb", (EXAMPLES / f"{demo}.ipynb").read_bytes())
        folder = self.user.home / "previews" / demo
        self.run([*_MODELSHIP, "preview", f"{demo}.ipynb", "-o", folder])
        return folder

    def builds(self, order: Order) -> Mapping[str, list[float]]:
        """What tests.benchmarks.builds has measured, run by them."""
        path = self.write("order.json", json.dumps(asdict(order)).encode())
        took: Mapping[str, list[float]] = json.loads(
            self.run([sys.executable, "-m", "tests.benchmarks.builds", path]).output
        )
        return took

    def forget(self) -> None:
        """Delete the service, and all that the tool keeps."""
        if self.home.exists():
            told = self.run([*_MODELSHIP, "list", "--json"])
            for seen in json.loads(told.output):
                self.run([*_MODELSHIP, "delete", seen["service"], "--yes"])
            remove(self.home)


def measure(*, rounds: int, wait: float) -> Sequence[Block]:
    """Deploys to a container first: they leave the bundle that the engines then build."""
    first = min(rounds, FIRST)
    with tempfile.TemporaryDirectory(prefix="modelship-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with somebody(folder) as who:
            who.deploy("buildah")  # brings the wheels into uv's cache
            quiet = settle(wait)
            lines = _lines(who, first=first, again=rounds)
            demos = tuple(str(who.preview(demo)) for demo in DEMOS)
            minor = ".".join(platform.python_version_tuple()[:2])
            wheels = bases.wheels(who.bundle / "requirements.lock", folder, minor)
            work = who.user.home / "work"
            work.mkdir()
            who.user.own(work)
            order = Order(str(work), str(who.bundle), who.base, str(wheels), first, rounds, demos)
            before = settle(wait)
            took = who.builds(order)
    return (_line_block(lines, quiet), _first_block(took, before), _again_block(took, before))


_Lines = Mapping[str, list[tuple[float, Mapping[str, float]]]]


def _lines(who: Somebody, *, first: int, again: int) -> _Lines:
    """Deploys by what they are."""
    done: dict[str, list[tuple[float, Mapping[str, float]]]] = {"first": [], "again": []}
    for _ in range(first):
        who.forget()
        who.write(NOTEBOOK, (EXAMPLES / NOTEBOOK).read_bytes())
        done["first"].append(who.deploy("buildah"))
    for turn in range(again):
        who.write(NOTEBOOK, changed(turn).encode())
        done["again"].append(who.deploy("buildah"))
    return done


def _line_block(lines: _Lines, quiet: Quiet) -> Block:
    stages = {
        what: ", ".join(
            f"{stage} {statistics.median(one[stage] for _, one in done):.2f}"
            for stage in done[0][1]
        )
        for what, done in lines.items()
    }
    clocks = {what: Samples(tuple(one for one, _ in done), "s") for what, done in lines.items()}
    return Block(
        title="From the command to a container's reply",
        method="`modelship deploy iris.ipynb --target container --engine buildah` by an ordinary "
        "user, with a base image and a repository in docker-registry on loopback: rehearsal, "
        "image, proof in the image, push, and a confirmed request. The first time with an empty "
        "home and the wheels in uv's cache.",
        rows=[
            Row("first deploy", clocks["first"]),
            Row("after a change of code alone", clocks["again"]),
        ],
        figures=[],
        quiet=quiet,
        notes=[
            f"Stages of the first, medians in seconds: {stages['first']}.",
            f"After a change of code: {stages['again']}.",
        ],
    )


_COLUMNS = ("processor time", "build", "push")


def _rows(took: Mapping[str, list[float]], what: str) -> list[Row]:
    """The conventional build, then ours."""
    plain = _of(took, f"{what} plain")
    return [
        Row(PLAIN, plain, None, (str(_of(took, f"{what} plain, work")), "", "")),
        *(
            Row(
                f"engine `{engine}`",
                ours := _of(took, f"{what} {engine}"),
                ours.over(plain),
                tuple(
                    str(_of(took, f"{what} {engine}{part}"))
                    for part in (", work", ": build", ": push")
                ),
            )
            for engine in ("buildah", "oci")
        ),
    ]


def _of(took: Mapping[str, list[float]], what: str) -> Samples:
    return Samples(tuple(took[what]), "s")


def _first_block(took: Mapping[str, list[float]], quiet: Quiet) -> Block:
    packages = _of(took, "first buildah: packages")
    return Block(
        title="The first image",
        method="From the bundle of the iris demo to a digest in docker-registry on loopback, by an "
        "ordinary user. Nothing is kept from before but wheels: in uv's cache for ours; for the "
        "conventional build, whose step is `RUN python -m pip install` of the same lock, in a "
        "folder that pip is told by `find-links` (no index, no network). Both by Debian's buildah "
        "on native overlay, upon the same base. Ours begins with the packages' tree and its byte "
        "code, which is in `measured` and not in `build`.",
        rows=_rows(took, "first"),
        figures=[Figure("image-first", _of(took, "first buildah"), _of(took, "first plain"))],
        quiet=quiet,
        columns=_COLUMNS,
        notes=[f"The packages' tree with its byte code: {packages}."],
    )


def _again_block(took: Mapping[str, list[float]], quiet: Quiet) -> Block:
    plain = _of(took, "again plain")
    layers = Samples(tuple(took["code layers"]), "kB")
    largest = Samples((max(layers.values),), "kB")
    artifacts = Samples((sum(layers.values),), "kB")
    return Block(
        title="An image after a change of code alone",
        method="One line of service.py is another one; the same user, base and registry. The "
        "conventional build has all layers below the code in its cache.",
        rows=_rows(took, "again"),
        figures=[
            Figure("image-again-buildah", _of(took, "again buildah"), plain),
            Figure("image-again-oci", _of(took, "again oci"), plain),
            Figure("image-code", largest, artifacts),
        ],
        quiet=quiet,
        columns=_COLUMNS,
        notes=[
            "Code layers of the demos, compressed: "
            + ", ".join(
                f"{demo} {size:.0f} kB" for demo, size in zip(DEMOS, layers.values, strict=True)
            )
            + ".",
        ],
    )


@contextmanager
def somebody(folder: Path) -> Iterator[Somebody]:
    """With the iris notebook, until the block ends."""
    made = base_layout()
    (folder / "registry").mkdir()
    with running(folder / "registry") as registry, ordinary_user() as user:
        found = Somebody(user, bases.offer(made, registry, folder), registry.host)
        found.write(NOTEBOOK, (EXAMPLES / NOTEBOOK).read_bytes())
        try:
            yield found
        finally:
            found.forget()
