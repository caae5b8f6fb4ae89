"""Every child of a real run seen twice: by a hook in each Python that starts one, and by a look at
/proc again and again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from jupyter_modelship.environment.uv import find_uv

_HOOK = """\
import json, os, sys

def record(event, arguments):
    if event == "subprocess.Popen":
        executable, words, _, environ = arguments
        told = [os.fspath(word) if not isinstance(word, bytes) else os.fsdecode(word)
                for word in ([words] if isinstance(words, (str, bytes)) else words)]
        given = dict(os.environ if environ is None else environ)
        environment = [f"{name}={value}" for name, value in given.items()]
        line = json.dumps([told, "\\n".join(environment), [" ".join(sys.orig_argv)]]) + "\\n"
        there = os.open(FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(there, line.encode())
        os.close(there)

sys.addaudithook(record)
"""


@dataclass(frozen=True)
class Child:
    argv: tuple[str, ...]
    environment: str
    """`NAME=value`, a line each."""
    ancestors: tuple[str, ...]
    """Command lines of who is above it, the nearest first; where the hook saw it, of its starter
    alone."""

    @property
    def family(self) -> str:
        """The command lines of it and its ancestors."""
        return "\n".join((" ".join(self.argv), *self.ancestors))


@dataclass
class Watched:
    """A Python environment, of ours with all that it has, in which each child is written down."""

    folder: Path
    seen: dict[int, set[tuple[tuple[str, ...], str, tuple[str, ...]]]] = field(default_factory=dict)

    @property
    def python(self) -> Path:
        return self.folder / "env/bin/python"

    @property
    def packages(self) -> Path:
        return next((self.folder / "env").glob("lib/python3*/site-packages"))

    def make(self) -> None:
        uv = [find_uv(), "-q"]
        subprocess.run([*uv, "venv", "--python", sys.executable, self.folder / "env"], check=True)
        ours = next(Path(sys.prefix).glob("lib/python3*/site-packages"))
        for path in ours.iterdir():
            if not path.name.startswith(("_virtualenv", "__pycache__")):
                (self.packages / path.name).symlink_to(path)
        (self.folder / "env/bin/uv").symlink_to(find_uv())
        hook = _HOOK.replace("FILE", repr(str(self.folder / "children")))
        (self.packages / "sitecustomize.py").write_text(hook)

    @property
    def started(self) -> list[Child]:
        """Children that a Python started, as the hook saw them."""
        lines = (self.folder / "children").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        return [Child(tuple(argv), environ, tuple(above)) for argv, environ, above in rows]

    @property
    def alive(self) -> list[Child]:
        """All processes of this user that were seen in /proc. Amid an exec there is no command
        line yet: such a look counts where the process was not seen again with the same variables.
        """
        return [
            Child(argv or ("nameless",), told, above)
            for known in self.seen.values()
            for argv, told, above in known
            if argv or told not in {other[1] for other in known if other[0]}
        ]

    def forget(self) -> None:
        """All that was seen so far."""
        self.seen.clear()
        (self.folder / "children").write_text("")

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look at /proc until the block ends."""
        before, over = set(psutil.pids()), threading.Event()

        def look() -> None:
            while not over.wait(0.01):
                for pid in set(psutil.pids()) - before:
                    self._see(pid)

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _see(self, pid: int) -> None:
        """A process changes what it is by exec: then it is seen again."""
        try:
            place = Path("/proc", str(pid))
            argv = (place / "cmdline").read_bytes()
            environ = (place / "environ").read_bytes()
            known = self.seen.setdefault(pid, set())
            words = tuple(os.fsdecode(argv).rstrip("\0").split("\0")) if argv else ()
            told = os.fsdecode(environ).replace("\0", "\n")
            if not any(each[:2] == (words, told) for each in known):
                above = tuple(" ".join(each.cmdline()) for each in psutil.Process(pid).parents())
                known.add((words, told, above))
        except (OSError, psutil.Error):
            return
