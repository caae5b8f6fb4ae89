"""Images of a bundle, made in turn by our engines and as its own Containerfile says.

    python -m tests.benchmarks.builds ORDER

Runs as the ordinary user, with nothing but its own folder to write to. ORDER is a JSON document
(`Order`); standard output is another: seconds by what was measured, in the order of the turns.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import resource
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship import process
from jupyter_modelship.aside import remove
from jupyter_modelship.bundle.emit_containerfile import NOT_COPIED
from jupyter_modelship.engines.buildah import Buildah
from jupyter_modelship.engines.oci import OciEngine
from jupyter_modelship.engines.port import Access, Engine, Image, Job, Progress
from jupyter_modelship.engines.scratch import scratch
from jupyter_modelship.environment import Tree, probe, tree
from jupyter_modelship.environment.bytecode import write_bytecode
from jupyter_modelship.environment.kernelspec import Kernelspec
from jupyter_modelship.image.assemble import packages_layer
from jupyter_modelship.image.layers import content_key
from jupyter_modelship.image.pack import pack
from jupyter_modelship.image.recipe import ARTIFACTS, SERVICE, Config, Layer, Platform, Recipe
from jupyter_modelship.model import KernelFacts, Lock
from jupyter_modelship.places import Places, private

GLIBC = (2, 36)
OPEN = Access(insecure=True)


@dataclass(frozen=True)
class Order:
    """What to measure. Paths are absolute."""

    folder: str
    """To work in; empty."""
    bundle: str
    base: str
    """`host/path@sha256:…`; it has pip."""
    wheels: str
    """A folder with the lock's wheels: what pip installs from."""
    first: int
    """Turns of the first build."""
    again: int
    """Turns of a change of code."""
    demos: tuple[str, ...] = ()
    """Folders of bundles whose code is packed."""


@dataclass(frozen=True)
class Bench:
    order: Order
    facts: KernelFacts
    lock: Lock
    took: defaultdict[str, list[float]]

    @property
    def folder(self) -> Path:
        return Path(self.order.folder)

    @property
    def host(self) -> str:
        return self.order.base.partition("/")[0]

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        started, worked = time.perf_counter(), _worked()
        yield
        self.took[what].append(time.perf_counter() - started)
        self.took[f"{what}, work"].append(_worked() - worked)

    async def tree(self, home: Path) -> Tree:
        places = Places(*(private(home / part) for part in ("state", "cache", "run")))
        return await tree(self.lock, self.facts, places, platform=Platform(), glibc=GLIBC)

    async def code(self, bundle: Path, name: str, *, line: str = "") -> Layer:
        """The bundle's code with another line at its end, compiled."""
        code = self.folder / name
        apart = shutil.ignore_patterns(*NOT_COPIED, "artifacts")
        shutil.copytree(bundle, code, ignore=apart, copy_function=shutil.copyfile)
        with (code / "service.py").open("a", encoding="utf-8") as file:
            file.write(line)
        await write_bytecode(code, SERVICE, python=self.facts.base)
        return Layer("code", code, SERVICE, content_key(code, SERVICE))

    async def code_layer(self, bundle: Path) -> int:
        """Bytes of the blob of a bundle's code."""
        return (await pack(await self.code(bundle, f"demo-{bundle.name}"), self.folder)).size

    async def recipe(self, name: str, packages: Tree, *, line: str = "") -> Recipe:
        """The image of the bundle, with another line at the end of its code."""
        bundle = Path(self.order.bundle)
        artifacts = bundle / "artifacts"
        return Recipe(
            base=self.order.base,
            platform=Platform(),
            layers=(
                packages_layer(packages.folder, packages.key),
                Layer("artifacts", artifacts, ARTIFACTS, content_key(artifacts, ARTIFACTS)),
                await self.code(bundle, name, line=line),
            ),
            config=Config(("python", "-m", "modelship_runtime"), "10001", ports=(8000, 9090)),
        )


async def measure(order: Order) -> dict[str, list[float]]:
    """Seconds by what was measured; `code layers` in kB."""
    folder = Path(order.folder)
    places = Places(*(private(folder / "probe" / part) for part in ("state", "cache", "run")))
    facts = await probe(Kernelspec("bench", sys.executable, "bench"), places)
    text = Path(order.bundle, "requirements.lock").read_text("utf-8")
    python = ".".join(facts.version.split(".")[:2])
    lock = Lock(text, hashlib.sha256(text.encode()).hexdigest(), python, (), "kernel")
    bench = Bench(order, facts, lock, defaultdict(list))
    packages = await bench.tree(folder / "kept")
    for demo in order.demos:
        bench.took["code layers"].append(await bench.code_layer(Path(demo)) / 1e3)
    for turn in range(order.first):
        await _first(bench, turn)
    await _again(bench, packages)
    return bench.took


async def _first(bench: Bench, turn: int) -> None:
    """Nothing is kept from before but wheels: uv's for ours, a folder of them for pip."""
    plain = Plain(bench, f"first-{turn}")
    with bench.timed("first plain"):
        await plain.build()
        await plain.push()
    await plain.forget()
    for engine in (Buildah(bench.folder), OciEngine()):
        name = f"first-{turn}-{engine.name}"
        home = bench.folder / name
        with bench.timed(f"first {engine.name}"):
            with bench.timed(f"first {engine.name}: packages"):
                packages = await bench.tree(home)
            recipe = await bench.recipe(f"{name}-code", packages)
            await _ship(bench, engine, recipe, home / "images", name, "first")
        remove(home)


async def _again(bench: Bench, packages: Tree) -> None:
    """All but one line of the code was built and sent before."""
    plain = Plain(bench, "again")
    engines: tuple[Engine, ...] = (Buildah(bench.folder), OciEngine())
    await plain.build()
    await plain.push()
    for turn in range(-1, bench.order.again):
        what = "again" if turn >= 0 else "before"
        line = f"\nTURN = {turn}\n"
        plain.change(line)
        with bench.timed(f"{what} plain"):
            await plain.build()
            await plain.push()
        for engine in engines:
            recipe = await bench.recipe(f"code-{turn}-{engine.name}", packages, line=line)
            cache = bench.folder / f"cache-{engine.name}"
            with bench.timed(f"{what} {engine.name}"):
                await _ship(bench, engine, recipe, cache, f"again-{engine.name}", what)
    await plain.forget()


async def _ship(
    bench: Bench, engine: Engine, recipe: Recipe, cache: Path, name: str, what: str
) -> Image:
    cache.mkdir(parents=True, exist_ok=True)
    with scratch(bench.folder / "jobs", name) as place:
        job = Job(name, place, cache)
        with bench.timed(f"{what} {engine.name}: build"):
            image = await engine.build(recipe, job, OPEN, _unheard)
        with bench.timed(f"{what} {engine.name}: push"):
            await engine.push(image, job, f"{bench.host}/bench/{name}", OPEN, _unheard)
        return image


def _worked() -> float:
    """Seconds of processor so far, ours and of children that are gone."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def _unheard(progress: Progress) -> None:
    """Nobody watches."""


class Plain:
    """`buildah bud` of the bundle's Containerfile, its layers cached, on native overlay."""

    def __init__(self, bench: Bench, name: str) -> None:
        self._home = bench.folder / f"plain-{name}"
        self._image = f"{bench.host}/bench/plain-{name}"
        self._context = self._home / "context"
        shutil.copytree(bench.order.bundle, self._context, copy_function=shutil.copyfile)
        self._pip = self._home / "pip.conf"
        self._pip.write_text(
            "[global]\nno-index = true\nfind-links = /wheels\nbreak-system-packages = true\n"
        )
        self._wheels = bench.order.wheels

    def change(self, line: str) -> None:
        """Another line at the end of the code, in place of the one before."""
        service = self._context / "service.py"
        kept = service.read_text("utf-8").partition("\nTURN = ")[0]
        service.write_text(kept + line, "utf-8")

    async def build(self) -> None:
        await self._call(
            *("bud", "--isolation", "chroot", "--layers", "--format", "oci", "--quiet"),
            *("--tls-verify=false", "--tag", self._image),
            *(
                "--volume",
                f"{self._wheels}:/wheels:ro",
                "--volume",
                f"{self._pip}:/etc/pip.conf:ro",
            ),
            *("--file", str(self._context / "Containerfile"), str(self._context)),
        )

    async def push(self) -> None:
        await self._call("push", "--quiet", "--tls-verify=false", self._image)

    async def forget(self) -> None:
        """In the user's namespace: there the files of the base have owners of their own."""
        argv = ("buildah", "unshare", "rm", "-rf", str(self._home))
        await process.run(argv, cwd=self._home.parent)

    async def _call(self, *words: str) -> None:
        where = ("--root", str(self._home / "root"), "--runroot", str(self._home / "run"))
        argv = ("buildah", *where, "--storage-driver", "overlay", *words)
        done = await process.run(argv, cwd=self._home, timeout=900.0)
        if done.code:
            raise RuntimeError(f"{' '.join(argv)}\n{done.output}\n{done.errors}")


def main(order: str) -> None:
    took = asyncio.run(measure(Order(**json.loads(Path(order).read_bytes()))))
    print(json.dumps(took))


if __name__ == "__main__":
    main(*sys.argv[1:])
