"""uv: where it is, its argument lists, and what its failures mean.

Source: uv reference, "Commands" and "Environment variables".
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jupyter_modelship import process
from jupyter_modelship.errors import ModelshipError

from .indexes import Indexes

_OURS = (
    "UV_BUILD_CONSTRAINT",
    "UV_COMPILE_BYTECODE",  # compiles every file of every package: 11 s for 14 packages
    "UV_CONSTRAINT",
    "UV_CUSTOM_COMPILE_COMMAND",
    "UV_EXCLUDE",
    "UV_EXTRA_INDEX_URL",
    "UV_INDEX_URL",
    "UV_NO_BINARY",
    "UV_NO_VERIFY_HASHES",
    "UV_OVERRIDE",
    "UV_PROJECT",
    "UV_PYTHON",
    "UV_REQUIRE_HASHES",
    "UV_SYSTEM_PYTHON",
    "UV_VENV_CLEAR",
    "UV_VENV_SEED",
    "UV_WORKING_DIR",
)
"""What uv would take from the user's environment and what is ours to say: the same input must
give the same lock."""


def find_uv() -> str:
    """Path of the uv that our own distribution brings, else the one on PATH."""
    try:
        import uv

        return str(uv.find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = shutil.which("uv")
    if found is None:
        raise ModelshipError(
            "uv is not there: it makes locks and environments",
            remedy="`python -m pip install uv` beside jupyter-modelship",
        )
    return found


def compile_argv(
    uv: str,
    requirements: Path,
    constraints: Path,
    *,
    python: str,
    indexes: Indexes,
    strategy: Literal["first-index", "unsafe-best-match"] = "first-index",
) -> tuple[str, ...]:
    """Resolve to hashed pins for that interpreter: wheels only, nothing is built or run."""
    return (
        uv,
        "pip",
        "compile",
        str(requirements),
        "--constraints",
        str(constraints),
        "--python",
        python,
        "--only-binary",
        ":all:",
        "--generate-hashes",
        "--no-annotate",
        "--no-header",
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--index-strategy",
        strategy,
        *(("--no-index",) if indexes.none else ()),
        *_QUIET,
    )


def venv_argv(uv: str, folder: Path, *, python: str) -> tuple[str, ...]:
    """An empty environment in `folder` that can be renamed afterwards."""
    return (uv, "venv", str(folder), "--python", python, "--relocatable", "--no-project", *_QUIET)


def install_argv(uv: str, lock: Path, *, python: Path, indexes: Indexes) -> tuple[str, ...]:
    """Exactly what the lock lists into the environment of `python`."""
    return (
        uv,
        "pip",
        "install",
        "--requirements",
        str(lock),
        "--python",
        str(python),
        "--require-hashes",
        "--no-deps",
        "--only-binary",
        ":all:",
        # Hashes decide here, so any index that has the file may give it.
        "--index-strategy",
        "unsafe-best-match",
        *(("--no-index",) if indexes.none else ()),
        *_QUIET,
    )


def target_argv(
    uv: str,
    lock: Path,
    folder: Path,
    *,
    interpreter: str,
    python: str,
    platform: str,
    indexes: Indexes,
) -> tuple[str, ...]:
    """Exactly what the lock lists as plain folders in `folder`, for that Python (major.minor) and
    `platform` in uv's words, which need not be this machine's; nothing is linked to uv's cache."""
    return (
        uv,
        "pip",
        "install",
        "--requirements",
        str(lock),
        "--target",
        str(folder),
        "--python",
        interpreter,
        "--python-version",
        python,
        "--python-platform",
        platform,
        "--link-mode",
        "copy",
        "--require-hashes",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--index-strategy",
        "unsafe-best-match",
        *(("--no-index",) if indexes.none else ()),
        *_QUIET,
    )


_QUIET = ("--no-progress", "--color", "never", "--no-python-downloads")


def variables(environ: Mapping[str, str], indexes: Indexes) -> dict[str, str]:
    """uv's environment: the user's own, without what would change our output, with the indexes."""
    kept = {name: value for name, value in environ.items() if name not in _OURS}
    if "PIP_CERT" in kept:
        kept.setdefault("SSL_CERT_FILE", kept["PIP_CERT"])
    return {**kept, **indexes.variables()}


async def call(argv: Sequence[str], *, cwd: Path, indexes: Indexes) -> process.Completed:
    """Run uv in `cwd`, which is no project: no pyproject.toml may change what is meant.

    When the network fails, once more from uv's cache alone.
    """
    environment = variables(process.environment(), indexes)
    done = await process.run(argv, cwd=cwd, env=environment)
    if done.code != 0 and judge(done.errors).reason == "network":
        again = await process.run([*argv, "--offline"], cwd=cwd, env=environment)
        return again if again.code == 0 else done
    return done


async def install(
    argv: Sequence[str], *, cwd: Path, indexes: Indexes, on_line: Callable[[str], None]
) -> process.Completed:
    """Run an install of hashed pins: from uv's cache where it has all of them (hashes make both
    ways equal), else from the indexes. Progress goes to `on_line`."""
    environment = variables(process.environment(), indexes)
    done = await process.run([*argv, "--offline"], cwd=cwd, env=environment)
    if done.code != 0:
        return await process.run(argv, cwd=cwd, env=environment, on_line=on_line)
    for line in done.errors.splitlines():
        on_line(line)
    return done


Reason = Literal["no-wheel", "no-version", "conflict", "network", "python", "other"]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why uv gave up. `name` is the distribution it is about, where it says so."""

    reason: Reason
    name: str = ""
    sentence: str = ""
    """uv's own explanation in one line, without credentials."""
    errors: str = ""


_PATTERNS: tuple[tuple[Reason, str], ...] = (
    (
        "no-wheel",
        r"([\w.-]+?)(?:\[[^\]]*\])?(?:(?:==|>=|<=|>|<|~=)\S+)? (?:has|have) no (?:usable )?wheels",
    ),
    ("no-version", r"there (?:is|are) no versions? of ([\w.-]+?)(?=[=<>!~\[\s])"),
    (
        "no-version",
        r"([\w.-]+) was not found in the (?:package registry|provided package locations)",
    ),
    ("no-version", r"only ([\w.-]+?)(?:[=<>!~]\S*)? is available"),
    ("no-version", r"only the following versions of ([\w.-]+) are available"),
    ("conflict", r"()requirements are unsatisfiable|()depends? on"),
)
_NETWORK = (
    "network was disabled",
    "Failed to fetch",
    "error sending request",
    "Could not connect",
    "401 Unauthorized",
    "403 Forbidden",
    "tcp connect error",
    "dns error",
)


def judge(errors: str) -> Failure:
    """What uv's standard error means. Words of uv 0.9 to 0.13."""
    shown = re.sub(r"//[^/@\s]*@", "//", errors).strip()
    flat = re.sub(r"\s+", " ", shown.partition("hint:")[0])
    sentence = re.sub(r"^.*?(?=Because)", "", flat)
    if any(sign in shown for sign in _NETWORK):
        return Failure("network", _fetched(shown), sentence, shown)
    for reason, pattern in _PATTERNS:
        found = re.search(pattern, flat)
        if found:
            return Failure(reason, (found[1] or "").rstrip("."), sentence, shown)
    return Failure("other", "", sentence, shown)


def _fetched(errors: str) -> str:
    """The host that could not be reached."""
    found = re.search(r"https?://([^/\s`)]+)", errors)
    return found[1] if found else ""
