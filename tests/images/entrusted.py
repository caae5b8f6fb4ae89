"""Somebody who has entrusted this tool with secrets of every kind, a real run of the line for them,
and all places that might hold one afterwards."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_modelship.environment.uv import find_uv
from tests.gits import TOKEN, GitServer, git_server
from tests.indexes import Certificates, PrivateIndex, certificates, serving
from tests.line.conftest import write_book

from .conftest import Base
from .leaks import Leaks
from .registries import Registry, auth_file, running, with_password
from .watched import Child, Watched

SETUP = ('import os\nKEY = os.environ["API_KEY"]\nprint("the key is", KEY)', "setup")
TABLE = "import mine\nTABLE = mine.table()"
DOUBLE = (
    """\
def double(x: int) -> int:
    print("asked with", os.environ["API_KEY"])
    return len(KEY) * 0 + TABLE[0] * x""",
    "endpoint",
)
CALL = ("double(21)", "example")
BODY = "def table():\n    return sorted([2, 7, 1, 8])[1:]\n"


_ASK = """
import hashlib, json, pathlib, sys
from jupyter_modelship.cli import main
from jupyter_modelship.desk.answers import Asker, review
from jupyter_modelship.places import places

name, bundle = sys.argv[1:]
for words in ("check NAME.ipynb --json", "preview NAME.ipynb -o BUNDLE", "list --json",
              "status NAME --json", "audit NAME --json", "logs NAME", "logs NAME --build"):
    told = [word.replace("NAME", name).replace("BUNDLE", bundle) for word in words.split()]
    assert main(told) == 0, told
book = pathlib.Path(f"{name}.ipynb")
digest = hashlib.sha256(book.read_bytes()).hexdigest()
wish = {"path": book.name, "digest": digest, "lock": True}
asker = Asker("ada", book.absolute().parent, False)
print(json.dumps(review(json.dumps(wish).encode(), places(), asker)))
"""


"""All that front ends are told of a service and its notebook."""


@dataclass
class Entrusted:
    """Somebody with secrets of every kind that this tool is trusted with, and where each is."""

    folder: Path
    index: PrivateIndex
    registry: Registry
    base: Base
    tls: Certificates
    git: GitServer
    watched: Watched
    said: dict[str, str] = field(default_factory=dict)
    """All that commands have printed, by command."""
    more: dict[str, str] = field(default_factory=dict)
    """Variables of this person's own."""
    helper: str = TABLE
    """The cell that computes what the endpoint needs."""
    undo: list[Callable[[], object]] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / "modelship"

    @property
    def leaks(self) -> Leaks:
        key = self.tls.authority_key.read_text().splitlines()[1]
        return Leaks(
            {
                "index": self.index.password,
                "git": TOKEN,
                "registry": "reg/1s:Try %Pa+sS",
                "login": base64.b64encode(b"ada:reg/1s:Try %Pa+sS").decode(),
                "authority": key,
                "declared": 'de"cl/ared:V%al\\ue 77',
                "jupyter": "jup/yt:er%T0k+en-5512",
            }
        )

    def secret(self, name: str) -> str:
        return self.leaks.secrets[name]

    @property
    def environment(self) -> dict[str, str]:
        return {
            **{n: v for n, v in os.environ.items() if not n.startswith(("UV_INDEX", "PIP_"))},
            "HOME": str(self.folder / "home"),
            "JUPYTER_TOKEN": self.secret("jupyter"),
            "MODELSHIP_HOME": str(self.home),
            "REGISTRY_AUTH_FILE": str(self.folder / "auth.json"),
            "UV_CACHE_DIR": str(Path.home() / ".cache/uv"),
            **self.more,
        }

    def modelship(self, *words: str) -> str:
        """What a command prints, which has to succeed."""
        return self.python("-m", "jupyter_modelship.cli", *words)

    def python(self, *words: str) -> str:
        """What the tool's Python prints, which has to succeed."""
        done = subprocess.run(
            [self.watched.python, *words],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )
        self.said[" ".join(words)] = done.stdout + done.stderr
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def deploy(self, name: str, **more: str) -> None:
        """The notebook with its values, and all that can be asked about it afterwards."""
        options = {"secrets": ["API_KEY"], **more}
        write_book(self.folder / f"{name}.ipynb", SETUP, self.helper, DOUBLE, CALL, options=options)
        quoted = self.secret("declared").replace("\\", "\\\\").replace('"', '\\"')
        kept_private(self.home / f"state/values/{name}.env", f'API_KEY="{quoted}"\n')
        with self.watched.watching():
            self.modelship("deploy", f"{name}.ipynb", "--yes")
            self.modelship("call", name, "double", '{"x": 4}')
        self.python("-c", _ASK, name, str(self.folder / f"bundle-{name}"))

    def image(self, engine: str) -> dict[str, str]:
        """Options of a deploy to the registry and to a container."""
        base, repository = self.base.reference, f"{self.registry.host}/team/{engine}"
        return {"target": "container", "base": base, "repository": repository, "engine": engine}

    def found(self) -> dict[str, set[str]]:
        """Whatever holds one of the secrets."""
        places = (self.home, self.registry.folder / "storage", *self.folder.glob("bundle-*"))
        known = frozenset(blob.name for blob in self.base.layout.blobs)
        files = self.leaks.in_folder(*places, known=known)
        told = {str(Path(path).relative_to(self.folder)): names for path, names in files.items()}
        for words, text in self.said.items():
            told[f"said by {words}"] = self.leaks.in_text(text)
        for child in (*self.watched.started, *self.watched.alive):
            names = self.leaks.in_text("\n".join((*child.argv, child.environment)))
            told[_role(child)] = told.get(_role(child), set()) | names
        return {place: names for place, names in told.items() if names}


ROLES = {
    "the kernel": "ipykernel_launcher",
    "the service": "modelship_runtime",
    "the worker": "jupyter_modelship.runs.worker",
    "the command line": "jupyter_modelship.cli",
}
"""Who is who, by a word of a command line."""
CODE = ("the kernel", "the service")
"""The user's: what it starts is theirs, too."""
TOLD = {
    "uv": {"index"},
    "the kernel": {"declared"},
    "the command line": {"jupyter"},
}
"""What processes are told, and what they start: uv of indexes, the user's code of its secrets; the
command line has what the test's own environment holds."""


def _role(child: Child) -> str:
    if any(line.split(" ")[0].rpartition("/")[2] == "uv" for line in child.family.split("\n")):
        return "uv"
    own = " ".join(child.argv)
    for lines in (own, child.family):
        for role, word in ROLES.items():
            if word in lines and (lines is own or role in CODE):
                return role
    return f"process {own:.60}"


def kept_private(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(0o600)
    path.write_text(text, encoding="utf-8")


@contextmanager
def entrusting(base: Base) -> Iterator[Entrusted]:
    """All of it is gone after the block."""
    folder = Path(tempfile.mkdtemp(prefix="entrusted-"))
    tls = certificates(folder / "authority")
    password = "in/dex:P%a+ss w0rd"
    for name in ("registry", "git"):
        (folder / name).mkdir()
    login = {"user": "ada", "password": "reg/1s:Try %Pa+sS"}
    settings = with_password(folder / "registry", **login)
    with (
        serving(folder / "wheels", password=password) as index,
        running(folder / "registry", settings=settings) as registry,
        git_server(folder / "git") as git,
    ):
        index.wheel("mine", "1.0", body=BODY)
        watched = Watched(folder / "tool")
        watched.folder.mkdir()
        watched.make()
        made = Entrusted(folder, index, registry, base, tls, git, watched)
        auth_file(folder / "auth.json", registry.host, **login)
        kept_private(folder / "home/.config/pip/pip.conf", _pip_conf(index.with_login))
        kept_private(made.home / "state/git-credentials", git.credentials)
        kept_private(folder / "authority.key", tls.authority_key.read_text())
        _install(made)
        yield made
        for seen in json.loads(made.modelship("list", "--json")):
            made.modelship("delete", seen["service"], "--yes")
    shutil.rmtree(folder, ignore_errors=True)


def _pip_conf(url: str) -> str:
    return f"[global]\nextra-index-url = {url}\n"


def _install(made: Entrusted) -> None:
    """What the notebook imports, into the kernel's environment."""
    subprocess.run(
        [find_uv(), "pip", "install", "-q", "--python", made.watched.python, "--no-deps", "mine"],
        env={**made.environment, "UV_INDEX": made.index.with_login},
        check=True,
    )
