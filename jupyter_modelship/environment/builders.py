"""Where a build backend runs: what every such place promises, and the one on this machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from jupyter_modelship import process

_SECONDS = 3600.0
PASSED = ("CC", "CXX", "LDFLAGS", "CARGO_HOME", "RUSTUP_HOME")
"""Of the user's environment, where a build runs on this machine."""


class Builder(Protocol):
    """A place where a build backend runs."""

    @property
    def key(self) -> str:
        """All of it that decides the bytes of a wheel."""
        ...

    @property
    def how(self) -> str:
        """Where that is, and why there; for people."""
        ...

    @property
    def platform(self) -> str:
        """Which wheels run there, in uv's words; empty for this machine."""
        ...

    @property
    def pure(self) -> bool:
        """Whether only a wheel without compiled parts may be used of what is built there."""
        ...

    @property
    def python(self) -> str:
        """The interpreter that runs there."""
        ...

    def root(self, place: Path) -> Path:
        """Where it sees the folder `place`."""
        ...

    async def run(
        self,
        words: list[str],
        *,
        place: Path,
        env: Mapping[str, str],
        on_line: Callable[[str], None],
    ) -> process.Completed:
        """Run Python with `words` in the folder `project` of `place`, which it may change."""
        ...


@dataclass(frozen=True, slots=True)
class OnThisMachine:
    """Builds beside the kernel, with the rights of the user, as `pip install` did."""

    python: str
    """Absolute path of the interpreter that the wheel is for."""
    pure: bool = False
    platform: str = ""
    why: str = ""

    @property
    def key(self) -> str:
        return "\0".join(("here", platform.machine(), *platform.libc_ver()))

    @property
    def how(self) -> str:
        return f"on this machine{self.why}"

    def root(self, place: Path) -> Path:
        return place

    async def run(
        self,
        words: list[str],
        *,
        place: Path,
        env: Mapping[str, str],
        on_line: Callable[[str], None],
    ) -> process.Completed:
        kept = {name: os.environ[name] for name in PASSED if name in os.environ}
        search = f"{env['PATH']}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return await process.run(
            (self.python, "-s", *words),
            cwd=place / "project",
            env={**kept, **env, "PATH": search},
            timeout=_SECONDS,
            on_line=on_line,
        )
