"""A private index beside a public one that a stranger writes to, and somebody who has set up
nothing yet."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_modelship.environment import LockRequest, lock
from jupyter_modelship.model import Finding, KernelFacts, Lock
from jupyter_modelship.places import Places
from tests.indexes import Certificates, PrivateIndex, certificates, serving

PASSWORD = "h8/Qz:w%7@R x"
NAMES = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "PIP_INDEX_URL",
         "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CONFIG_FILE", "PIP_CERT", "SSL_CERT_FILE",
         "SSL_CERT_DIR", "NETRC", "UV_CONFIG_FILE", "XDG_CONFIG_HOME")  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of somebody who has set nothing up."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    made = tmp_path / "home"
    (made / ".config").mkdir(parents=True)
    for name, value in {
        "HOME": made,
        "UV_CACHE_DIR": tmp_path / "uv",
        "UV_HTTP_RETRIES": 0,
    }.items():
        monkeypatch.setenv(name, str(value))
    return made


@pytest.fixture
def private(tmp_path: Path) -> Iterator[PrivateIndex]:
    """Wants a login; has `mine` 1.0, which exists nowhere else."""
    with serving(tmp_path / "private", password=PASSWORD) as made:
        made.wheel("mine", "1.0", body="ours = True\n")
        yield made


@pytest.fixture
def public(tmp_path: Path) -> Iterator[PrivateIndex]:
    """Open; a stranger has put a newer `mine` there."""
    with serving(tmp_path / "public") as made:
        made.wheel("mine", "9.0", body="ours = False\n")
        made.wheel("common", "1.0")
        yield made


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("tls"))


Made = tuple[Lock | None, tuple[Finding, ...]]
Locking = Callable[..., Awaitable[Made]]


@pytest.fixture
def make(make_facts: Any, kernel: Any, folder: Path, places: Places) -> Locking:
    """Locks what a requirements.txt beside the notebook asks for; all of it is imported."""

    async def made(*lines: str) -> Made:
        asked = [line for line in lines or ("mine>=1",) if not line.startswith("-")]
        names = tuple(re.split("[=>]", line)[0] for line in asked)
        facts: KernelFacts = make_facts(*(f"{n}==0.1" for n in names), python=str(kernel.python))
        (folder / "requirements.txt").write_text("\n".join((*(lines or ("mine>=1",)), "")))
        request = LockRequest(facts, folder, names, places, service_requirements=())
        return await lock(request)

    return made


Set = Callable[[PrivateIndex, Path, pytest.MonkeyPatch], None]
