"""What the tests of images share: a registry, a base image in it, an ordinary user.

All once per session; who needs a registry that nobody else writes to starts one of their own.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from jupyter_modelship.engines.port import Image

from . import work
from .bases import MANIFEST, BaseLayout, apt_layout, base_layout
from .person import Person
from .registries import Registry, auth_file, running, upload, with_password
from .stubs import Yard
from .users import User, ordinary_user


@dataclass(frozen=True)
class Base:
    """A base image with Python in a registry."""

    reference: str
    """`127.0.0.1:PORT/bases/python@sha256:…`."""
    layout: BaseLayout

    @property
    def python(self) -> str:
        """Its minor Python, `3.11`."""
        return self.layout.python


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Open to everybody, over plain HTTP."""
    with running(tmp_path_factory.mktemp("registry")) as found:
        yield found


@pytest.fixture(scope="session")
def locked_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Wants the login that is in its `access.auth_file`."""
    folder = tmp_path_factory.mktemp("locked-registry")
    with running(folder, settings=with_password(folder)) as found:
        yield found.with_login(auth_file(folder / "auth.json", found.host))


@pytest.fixture(scope="session")
def base_on_disk() -> BaseLayout:
    return base_layout()


@pytest.fixture(scope="session")
def base(base_on_disk: BaseLayout, registry: Registry) -> Base:
    """In `registry`, as `bases/python:3.11`."""
    upload(
        registry,
        f"bases/python:{base_on_disk.python}",
        base_on_disk.manifest,
        MANIFEST,
        *base_on_disk.blobs,
    )
    return Base(f"{registry.host}/bases/python@{base_on_disk.digest}", base_on_disk)


@pytest.fixture(scope="session")
def user() -> Iterator[User]:
    """With ranges of subordinate ids; where the tests run as root, made for this session."""
    with ordinary_user() as found:
        yield found


@pytest.fixture(scope="session")
def warm(user: User, base: Base) -> tuple[Path, Image]:
    """A folder of the user with an image by `buildah`, and its layers unpacked in the cache."""
    root = work.place(user, "warm")
    made = work.recipe(base.reference, root / "in")
    work.give(user, root)
    return root, work.built(user, made, root)


@pytest.fixture(scope="module")
def shared_yard() -> Iterator[Yard]:
    """One store of images for a module: to unpack the base takes seconds."""
    home = Path(tempfile.mkdtemp(prefix="yard-"))
    yield Yard(home)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
async def yard(shared_yard: Yard) -> AsyncIterator[Yard]:
    """Places for containers in which nothing runs; for tests of an ordinary user."""
    await shared_yard.image("base")  # nobody's: its layers stay
    yield shared_yard
    await shared_yard.clear()


@pytest.fixture(scope="module")
def person(registry: Registry, base: Base) -> Iterator[Person]:
    folder = Path(tempfile.mkdtemp(prefix="person-"))
    made = Person(folder, registry, base)
    yield made
    for seen in made.modelship("list")[1]:
        made.modelship("delete", seen["service"], "--yes")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def with_apt(registry: Registry) -> str:
    """A base image with apt, by its digest."""
    made = apt_layout()
    upload(registry, "bases/apt:3.11", made.manifest, MANIFEST, *made.blobs)
    return f"{registry.host}/bases/apt@{made.digest}"
