"""Why a commit could not be fetched: what git and ssh write, told as cause, evidence and remedy.

Each row is tried with what a real git wrote (tests/unit/environment/git).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.model import Source

from .ssh import Agent

_GIVE = (
    "the repository is private: give git a login that may read it, by `git credential approve`, a "
    "credential helper, .netrc, or a line in this tool's file `git-credentials` (docs: Images)"
)


@dataclass(frozen=True, slots=True)
class GitCause:
    code: str
    signs: str
    """Regular expression over all that was written, case ignored."""
    cause: str
    remedy: str


CAUSES = (
    GitCause(
        "git-403",
        r"returned error: 403|http basic: access denied|remote: .{0,80}(?:denied|forbidden)",
        "the login may not read it",
        "use a token with the right to read this repository (`read_repository`, `contents: read`)",
    ),
    GitCause(
        "git-401",
        r"authentication failed|could not read (?:username|password)|returned error: 401"
        r"|terminal prompts disabled",
        "it wants a login, or does not take the one it got",
        _GIVE,
    ),
    GitCause(
        "git-ssh-changed",
        r"remote host identification has changed|host key for \S+ has changed",
        "the host shows another ssh key than the one that is known here: it has a new one, or "
        "somebody stands between",
        "ask those who run it for its fingerprint; where it is right, forget the old one "
        "(`ssh-keygen -R HOST`) and connect once by hand (`ssh -T git@HOST`)",
    ),
    GitCause(
        "git-ssh-host",
        r"host key verification failed|no \S+ host key is known",
        "the host's ssh key is not known here",
        "connect once by hand and compare the fingerprint with what the host publishes: "
        "`ssh -T git@HOST`",
    ),
    GitCause(
        "git-ssh-open",
        r"unprotected private key file|bad owner or permissions on|permissions \d+ for .* too open",
        "ssh does not use a file of yours that others can read or change",
        "make it yours alone: `chmod 600 ~/.ssh/*`",
    ),
    GitCause(
        "git-ssh",
        r"permission denied \(",
        "ssh has no key that may read it",
        "give the host the public half of a key of yours (`ssh-add -L` shows those of the agent)",
    ),
    GitCause(
        "git-ssh-missing",
        r"cannot run ssh|ssh: (?:command )?not found",
        "there is no ssh here",
        "install it (Debian: `openssh-client`), or name the repository by https",
    ),
    GitCause(
        "git-404",
        r"repository '?\S*'? not found|repository not found|returned error: 404"
        r"|does not appear to be a git repository",
        "there is no such repository, or none that this login may see",
        "check the URL; hosts say `not found` to who may not know of it: " + _GIVE,
    ),
    GitCause(
        "git-commit",
        r"not our ref|unadvertised object|couldn't find remote ref|unable to find remote ref",
        "it does not have that commit any more",
        "install a commit that is on a branch or a tag into the kernel, then deploy again",
    ),
    GitCause(
        "git-tls",
        r"certificate|ssl_error|gnutls|openssl",
        "its certificate is not trusted here, or the connection broke",
        "tell git the CA's certificate: `git config --global http.sslCAInfo FILE`",
    ),
    GitCause(
        "git-unreachable",
        r"could not resolve host|failed to connect|connection (?:refused|timed out|reset)"
        r"|no route to host|couldn't connect",
        "its host cannot be reached",
        "check the name and the network (VPN, proxy); what was fetched before needs none",
    ),
)
_NO_FILE = "ssh has no key file that may read it, and "
AGENTS: Mapping[Agent, tuple[str, str]] = MappingProxyType(
    {
        "none": (
            f"{_NO_FILE}no agent is known here (SSH_AUTH_SOCK is not set)",
            "start Jupyter from a terminal in which `ssh-add -l` lists one that may",
        ),
        "silent": (
            f"{_NO_FILE}its agent does not answer (SSH_AUTH_SOCK names one that has ended)",
            "start an agent anew (`eval $(ssh-agent)`, `ssh-add`), and Jupyter from that terminal",
        ),
        "empty": (
            f"{_NO_FILE}its agent holds no key",
            "add one that may: `ssh-add ~/.ssh/KEY`",
        ),
    }
)
"""By what there is of an agent: cause and remedy where ssh has no key that may."""
_COMPILED = tuple((row, re.compile(row.signs, re.IGNORECASE)) for row in CAUSES)


def cause_of(output: str) -> GitCause | None:
    """The first row that fits what git wrote."""
    return next((row for row, signs in _COMPILED if signs.search(output)), None)


def explained(url: str, source: Source, output: str, agent: Agent = "") -> StageFailed:
    """The error for a commit that could not be fetched; `agent` is what there is of ssh's."""
    known = cause_of(output)
    what = f"{source.name} {source.version}: the commit cannot be fetched from {url}"
    if known is None:
        return StageFailed(what, remedy="see what git says below", detail=output)
    cause, remedy = known.cause, known.remedy
    if known.code == "git-ssh":
        cause, remedy = AGENTS.get(agent, (cause, remedy))
    return StageFailed(f"{what}: {cause}", remedy=remedy, detail=output)
