"""A bundle's own Containerfile, built by plain tools as an ordinary user: what a private index
needs is there for one step, and afterwards nowhere."""

from __future__ import annotations

import base64
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from jupyter_modelship.bundle.render import RenderInput, render
from jupyter_modelship.bundle.runtime_files import read_runtime
from jupyter_modelship.contract import declare
from jupyter_modelship.model import Lock
from jupyter_modelship.notebook import extract, read
from jupyter_modelship.plan.options import Options
from tests.benchmarks.bases import offer
from tests.indexes import USER, PrivateIndex, certificates, serving
from tests.line.conftest import write_book

from .bases import BaseLayout
from .leaks import Leaks
from .registries import Registry

pytestmark = pytest.mark.ordinary_user
PASSWORD = "in/dex:P%a+ss w0rd"
LEAKS = Leaks(
    {"password": PASSWORD, "login": base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()}
)
GO = ("import mine\n\ndef go(x: int) -> int:\n    return mine.more(x)", "endpoint")
BODY = "def more(x):\n    return x + 1\n"


@pytest.fixture(scope="module")
def python(
    registry: Registry, base_on_disk: BaseLayout, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """A base image with Python and pip."""
    return offer(base_on_disk, registry, tmp_path_factory.mktemp("python-pip"))


def bundle(folder: Path, index: PrivateIndex, base: str) -> Path:
    """What a notebook ships that needs `mine` of the index."""
    digest = index.wheel("mine", "1.0", body=BODY)
    write_book(folder / "book.ipynb", GO)
    notebook = read((folder / "book.ipynb").read_bytes()).notebook
    assert notebook is not None
    slice_ = extract(notebook).slice
    assert slice_ is not None
    text = f"mine==1.0 \\\n    --hash={digest}\n    # from {index.url}\n"
    lock = Lock(text, "0" * 64, "3.11", (("mine", "1.0"),), "kernel")
    made = render(
        RenderInput(
            "book",
            slice_,
            declare(slice_)[0],
            Options(),
            lock,
            runtime_files=read_runtime(),
            base=base,
        )
    )
    for name, content in made.files.items():
        path = folder / "bundle" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder / "bundle"


@dataclass(frozen=True)
class Builder:
    """buildah or podman with a store of its own."""

    program: str
    home: Path

    def call(self, *words: str | Path) -> str:
        where = ("--root", self.home / "root", "--runroot", self.home / "run")
        more = ("--cgroup-manager", "cgroupfs") if self.program == "podman" else ()
        argv = [self.program, *where, "--storage-driver", "overlay", *more, *words]
        done = subprocess.run(
            [str(word) for word in argv], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def build(self, context: Path, *secrets: str) -> str:
        """What it prints."""
        told = [word for secret in secrets for word in ("--secret", secret)]
        return self.call(
            *("build", "--isolation", "chroot", "--layers", "--format", "oci", *told),
            *("--tls-verify=false", "--tag", "localhost/book:1", context),
        )

    def layout(self) -> Path:
        """The image with its layers, configuration and history."""
        target = self.home / "layout"
        self.call("push", "--quiet", "localhost/book:1", f"oci:{target}:1")
        return target


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[str], Builder]]:
    homes: list[Path] = []

    def made(program: str) -> Builder:
        homes.append(Path(tempfile.mkdtemp(prefix=f"{program}-")))
        return Builder(program, homes[-1])

    yield made
    for home in homes:
        subprocess.run(["buildah", "unshare", "rm", "-rf", str(home)], check=True)


def kept(path: Path, text: str) -> str:
    """A file of one's own; as a builder is told of it."""
    path.touch(0o600)
    path.write_text(text, encoding="utf-8")
    return f"id={path.name},src={path}"


def names(layout: Path) -> set[str]:
    """Of all files in the image."""
    found: set[str] = set()
    for path in layout.glob("blobs/sha256/*"):
        if path.read_bytes()[:2] == b"\x1f\x8b":
            with tarfile.open(path) as tar:
                found.update(tar.getnames())
    return found


def test_a_private_index_is_reached_by_secrets_which_the_image_does_not_have(
    python: str, tmp_path: Path, make: Callable[[str], Builder]
) -> None:
    with serving(tmp_path / "index", password=PASSWORD) as index:
        context = bundle(tmp_path, index, python)
        told = kept(
            tmp_path / "pip.conf",
            f"[global]\nindex-url = {index.url}\nbreak-system-packages = true\n",
        )
        login = kept(tmp_path / "netrc", f'machine 127.0.0.1 login {USER} password "{PASSWORD}"\n')
        builder = make("buildah")
        said = builder.build(context, told, login)
        assert index.served() == {"mine"}
    layout = builder.layout()
    inside = names(layout)
    assert any(name.endswith("/mine/__init__.py") for name in inside)
    left = {name for name in inside if "run/secrets" in name or name.endswith("pip.conf")}
    assert left <= {"run/secrets"}, "buildah leaves the empty folder"
    assert LEAKS.in_folder(layout, builder.home / "root", context) == {}
    assert LEAKS.in_text(said) == set()


@pytest.mark.campaign
@pytest.mark.parametrize("program", ["buildah", "podman"])
def test_so_is_one_of_an_authority_of_ones_own_with_the_login_in_its_address(
    python: str, tmp_path: Path, make: Callable[[str], Builder], program: str
) -> None:
    tls = certificates(tmp_path / "authority")
    with serving(tmp_path / "index", password=PASSWORD, tls=tls) as index:
        context = bundle(tmp_path, index, python)
        told = kept(
            tmp_path / "pip.conf",
            f"[global]\nextra-index-url = {index.with_login}\n"
            "cert = /run/secrets/ca.pem\nbreak-system-packages = true\nindex-url = "
            f"{index.with_login}\n",
        )
        builder = make(program)
        builder.build(context, told, f"id=ca.pem,src={tls.authority}")
        assert index.served() == {"mine"}
    layout = builder.layout()
    assert any(name.endswith("/mine/__init__.py") for name in names(layout))
    assert LEAKS.in_folder(layout, builder.home / "root", context) == {}


@pytest.mark.campaign
def test_a_file_that_is_copied_instead_would_have_been_found(
    python: str, tmp_path: Path, make: Callable[[str], Builder]
) -> None:
    """The search is worth something: what many a Containerfile does."""
    context = tmp_path / "context"
    context.mkdir()
    (context / "pip.conf").write_text(f"[global]\nindex-url = http://{USER}:{PASSWORD}@h/simple\n")
    (context / "Containerfile").write_text(
        f'FROM {python}\nCOPY ["pip.conf", "/etc/pip.conf"]\nRUN ["rm", "/etc/pip.conf"]\n'
    )
    builder = make("buildah")
    builder.build(context)
    assert set().union(*LEAKS.in_folder(builder.layout()).values()) == {"password"}
