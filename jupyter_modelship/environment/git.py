"""One commit of a repository as a plain folder. git asks for credentials where people keep them.

They pass through git alone: its credential helpers, GIT_ASKPASS, .netrc and ssh agent are left as
they are, and one more place is named to it, a file of the user's (mode 0600). Nothing of it stands
in an argument or an environment, or is written; it is read here only to look for its tokens in what
would ship. What git says is told without the credentials in it.
Sources: gitcredentials(7), git-credential-store(1), git-fetch(1).
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from jupyter_modelship import process
from jupyter_modelship.aside import part, sweep, turn
from jupyter_modelship.errors import ModelshipError, StageFailed
from jupyter_modelship.model import Source
from jupyter_modelship.places import Places, private

from .git_causes import explained
from .sources import GitReference, git_reference
from .ssh import agent, unasked

VARIABLE = "MODELSHIP_GIT_CREDENTIALS"
_FILE = "git-credentials"
_FOLDER = "commits"
_SECONDS = 600.0
_TALKATIVE = ("GIT_CURL_VERBOSE", "GIT_TRACE", "GIT_TRACE_CURL", "GIT_TRACE_PACKET", "GIT_TRACE2")
_UNASKED = re.compile(
    r"not our ref|unadvertised object|couldn't find remote ref|does not allow|dumb http"
)


async def checkout(source: Source, places: Places) -> Path:
    """The files of the source's commit, in a folder that nobody changes; fetched once.

    Nothing of them is run. Raises StageFailed, with the cause where git's words are known.
    """
    reference = git_reference(source.reference)
    assert reference is not None, "the source is a repository's"
    root = private(places.cache / _FOLDER)
    home = root / source.pin
    if home.is_dir():
        return home
    sweep(root)
    async with turn(home):
        if not home.is_dir():
            with part(home) as aside:
                aside.mkdir(mode=0o700)
                tree = await _fetch(reference, source, aside, places)
                tree.rename(home)
    return home


def credentials_file(places: Places) -> Path | None:
    """The user's own file of credentials for git, a URL with name and token a line; None where
    there is none. Raises ModelshipError where others can read it."""
    named = os.environ.get(VARIABLE)
    path = Path(named).expanduser() if named else places.state / _FILE
    try:
        facts = path.stat()
    except OSError:
        if named:
            raise ModelshipError(
                f"{VARIABLE} names {path}, and there is no such file",
                remedy="correct the path, or remove the variable",
            ) from None
        return None
    if not stat.S_ISREG(facts.st_mode) or facts.st_uid != os.getuid():
        raise ModelshipError(f"{path} is no file of yours", remedy="make one: `install -m 600`")
    if stat.S_IMODE(facts.st_mode) & 0o077:
        raise ModelshipError(f"{path} can be read by others", remedy=f"run `chmod 600 {path}`")
    return path.absolute()


def tokens(places: Places) -> dict[str, str]:
    """What that file holds and may stand in nothing that ships, by the name a finding gives it."""
    found: dict[str, str] = {}
    with contextlib.suppress(ModelshipError, OSError, ValueError):
        path = credentials_file(places)
        for number, line in enumerate(path.read_text("utf-8").splitlines() if path else (), 1):
            parts = urlsplit(line.strip())
            if parts.password:
                named = f"the git token of {parts.hostname} (line {number})"
                found[named] = unquote(parts.password)
    return found


async def _fetch(reference: GitReference, source: Source, place: Path, places: Places) -> Path:
    bare, tree = place / "repository", place / "tree"
    tree.mkdir(mode=0o700)
    await _git(("init", "--quiet", "--bare", "--template=", bare), place)
    asked: tuple[str | Path, ...] = (
        *_remote(places),
        *("-C", bare, "fetch", "--quiet", "--no-tags", "--force"),
    )
    asking = await _asking(place)
    done = await _run((*asked, "--depth", "1", reference.url, source.pin), place, asking)
    if done.code != 0 and _UNASKED.search(done.errors):
        # A server that gives branches and tags only: all of them then.
        everything = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        done = await _run((*asked, reference.url, *everything), place, asking)
    if done.code != 0:
        words = bare_words(done.errors)
        raise explained(reference.url, source, words, await agent(words, asking))
    named = await _run(("-C", bare, "cat-file", "-e", f"{source.pin}^{{commit}}"), place, _alone())
    if named.code != 0:
        raise explained(reference.url, source, f"fatal: not our ref {source.pin}")
    await _git(
        ("-C", bare, "--work-tree", tree, "checkout", "--force", source.pin, "--", "."),
        place,
    )
    if (tree / ".gitmodules").exists():
        raise StageFailed(
            f"{reference.url} has submodules, which are not fetched",
            remedy=f"publish a wheel of {source.name} on your index",
        )
    return tree


def _remote(places: Places) -> tuple[str, ...]:
    """What git is told of the way: these protocols alone, and where else to look for a login."""
    allowed = ("protocol.allow=never", *(f"protocol.{p}.allow=always" for p in _PROTOCOLS))
    file = credentials_file(places)
    helper = (f"credential.helper=store --file={shlex.quote(str(file))}",) if file else ()
    return tuple(word for each in (*allowed, *helper) for word in ("-c", each))


_PROTOCOLS = ("https", "http", "ssh")


def _quiet() -> dict[str, str]:
    """The user's environment, in which git writes down nothing of what it sends."""
    told = process.environment().items()
    return {**{name: text for name, text in told if name not in _TALKATIVE}, "LC_ALL": "C"}


async def _asking(place: Path) -> dict[str, str]:
    """In which nobody can be asked anything."""
    quiet = _quiet()
    own = await _run(("config", "--get", "core.sshCommand"), place, quiet)
    ssh = unasked(quiet, configured=own.output.strip())
    return {**quiet, **ssh, "GCM_INTERACTIVE": "never", "GIT_TERMINAL_PROMPT": "0"}


def _alone() -> dict[str, str]:
    """For what needs no network: no filter and no hook of the user's runs on a stranger's files."""
    return {**_quiet(), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


async def _git(words: Sequence[str | Path], place: Path) -> None:
    done = await _run(words, place, _alone())
    if done.code != 0:
        raise StageFailed(
            "git could not lay out a commit", remedy="run it again", detail=bare_words(done.errors)
        )


async def _run(
    words: Sequence[str | Path], place: Path, env: Mapping[str, str]
) -> process.Completed:
    try:
        return await process.run(
            ("git", "-c", f"core.hooksPath={os.devnull}", *words),
            cwd=place,
            env=env,
            timeout=_SECONDS,
        )
    except ModelshipError as error:
        raise StageFailed(
            error.message, remedy="install git, and see that the host can be reached"
        ) from error


def bare_words(text: str) -> str:
    """What git wrote, without name and password of any URL in it."""
    return re.sub(r"//[^/\s]*@", "//", text).strip()
