"""uv: where it is, its argument lists, and what its failures mean.

Source: uv reference, "Commands" and "Environment variables".
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from jupyter_modelship import process
from jupyter_modelship.errors import ModelshipError, StageFailed

from .indexes import Indexes, without_login
from .logins import masked, passwords
from .unreached import Unreached, unreached

_OURS = (
    "UV_BUILD_CONSTRAINT",
    "UV_COMPILE_BYTECODE",  # compiles every file of every package: 11 s for 14 packages
    "UV_CONSTRAINT",
    "UV_CUSTOM_COMPILE_COMMAND",
    "UV_EXCLUDE",
    "UV_EXTRA_INDEX_URL",
    "UV_INDEX_STRATEGY",
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


Strategy = Literal["first-index", "unsafe-best-match"]


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
    strategy: Strategy = "first-index",
    platform: str = "",
) -> tuple[str, ...]:
    """Resolve to hashed pins for that interpreter, or for its version on another `platform` (in
    uv's words): wheels only, nothing is built or run."""
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
        "--emit-index-annotation",
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--index-strategy",
        strategy,
        *(("--python-platform", platform) if platform else ()),
        *(("--no-index",) if indexes.none else ()),
        *_QUIET,
    )


def archive_argv(uv: str, requirements: Path, *, python: str, indexes: Indexes) -> tuple[str, ...]:
    """Where the archive of one pinned version is, and its hash, as a pylock.toml.

    Run it where an uv.toml says what that version needs: nothing is built to hear it then.
    """
    return (
        uv,
        "pip",
        "compile",
        str(requirements),
        "--python",
        python,
        "--no-deps",
        "--no-binary",
        ":all:",
        "--generate-hashes",
        "--format",
        "pylock.toml",
        "--no-header",
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


def tools_argv(
    uv: str,
    requirements: Path,
    folder: Path,
    *,
    interpreter: str,
    python: str,
    platform: str,
    indexes: Indexes,
) -> tuple[str, ...]:
    """What a build needs, as plain folders in `folder`: wheels alone, for that Python
    (major.minor) and `platform` in uv's words, empty for this machine's."""
    return (
        uv,
        "pip",
        "install",
        "--requirements",
        str(requirements),
        "--target",
        str(folder),
        "--python",
        interpreter,
        "--python-version",
        python,
        *(("--python-platform", platform) if platform else ()),
        # A stranger's build may write to it, and never to uv's cache.
        "--link-mode",
        "copy",
        "--only-binary",
        ":all:",
        *(("--no-index",) if indexes.none else ()),
        *_QUIET,
    )


_QUIET = ("--no-progress", "--color", "never", "--no-python-downloads")


def variables(environ: Mapping[str, str], indexes: Indexes) -> dict[str, str]:
    """uv's environment: the user's own, without what would change our output, with the indexes and
    with what pip was told of the way to them, where nothing says otherwise."""
    kept = {name: value for name, value in environ.items() if name not in _OURS}
    return {**dict(indexes.reach), **kept, **indexes.variables()}


async def call(argv: Sequence[str], *, cwd: Path, indexes: Indexes) -> process.Completed:
    """Run uv in `cwd`, which is no project: no pyproject.toml may change what is meant.

    When nobody can be asked, once more from uv's cache alone; not where there are several indexes,
    since a package of the one that is away would be taken from another one.
    """
    done = await _run(argv, cwd, indexes)
    failure = judge(done.errors)
    if done.code != 0 and failure.reason == "away" and not indexes.several:
        again = await _run([*argv, "--offline"], cwd, indexes)
        return again if again.code == 0 else done
    return done


async def install(
    argv: Sequence[str], *, cwd: Path, indexes: Indexes, on_line: Callable[[str], None]
) -> process.Completed:
    """Run an install of hashed pins: from uv's cache where it has all of them (hashes make both
    ways equal), else from the indexes. Progress goes to `on_line`."""
    done = await _run([*argv, "--offline"], cwd, indexes)
    if done.code != 0:
        return await _run(argv, cwd, indexes, on_line)
    for line in done.errors.splitlines():
        on_line(line)
    return done


async def _run(
    argv: Sequence[str],
    cwd: Path,
    indexes: Indexes,
    on_line: Callable[[str], None] = lambda line: None,
) -> process.Completed:
    """uv alone is told the logins of indexes, and what it says is told on without them."""
    told = process.index_environment()
    secrets = passwords(indexes, told)

    def clean(text: str) -> str:
        return masked(without_login(text), secrets)

    done = await process.run(
        argv, cwd=cwd, env=variables(told, indexes), on_line=lambda line: on_line(clean(line))
    )
    return replace(done, output=without_login(done.output), errors=clean(done.errors))


Reason = Literal["no-wheel", "no-version", "conflict", "refused", "away", "python", "other"]
"""`refused` and `away` are an index's: `Failure.index` says more."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why uv gave up. `name` is the distribution it is about, where it says so."""

    reason: Reason
    name: str = ""
    sentence: str = ""
    """uv's own explanation in one line, without credentials."""
    errors: str = ""
    index: Unreached | None = None


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


def judge(errors: str) -> Failure:
    """What uv's standard error means. Words of uv 0.9 to 0.13."""
    shown = without_login(errors).strip()
    flat = re.sub(r"\s+", " ", shown.partition("hint:")[0])
    sentence = re.sub(r"^.*?(?=Because)", "", flat)
    if (index := unreached(shown)) is not None:
        return Failure(index.kind, index.host, sentence, shown, index)
    for reason, pattern in _PATTERNS:
        found = re.search(pattern, flat)
        if found:
            return Failure(reason, (found[1] or "").rstrip("."), sentence, shown)
    return Failure("other", "", sentence, shown)


def not_installed(what: str, failure: Failure) -> StageFailed:
    """That hashed pins could not be installed, and why where an index is to blame."""
    if failure.index is not None:
        told = failure.index.failure(failure.errors)
        return StageFailed(f"{what}: {told.message}", remedy=told.remedy, detail=told.detail)
    if failure.reason == "no-version":  # so uv tells of an index that wants another login, too
        return StageFailed(
            f"{what}: no index gives {failure.name} as it was locked",
            remedy="`# from` in requirements.lock says which index had it: see that your login "
            "for it is good (.netrc, UV_INDEX, pip.conf)",
            detail=failure.errors,
        )
    return StageFailed(
        what, remedy="if a hash does not match, make the lock again", detail=failure.errors
    )
