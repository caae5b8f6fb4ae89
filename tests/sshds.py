"""OpenSSH's server on loopback, run by whoever runs the tests, with git repositories behind it.

It is Debian's, unpacked and not installed: an installed one would begin to serve the whole machine.
"""

from __future__ import annotations

import getpass
import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .gits import GitServer

PACKAGES = ("openssh-server", "libwrap0")
SETTINGS = """\
HostKey {folder}/host-key
AuthorizedKeysFile {folder}/authorized
AuthenticationMethods publickey
PidFile none
StrictModes no
UsePAM no
LogLevel VERBOSE
"""
SSH = """\
#!/bin/sh
exec {ssh} -F {folder}/config "$@"
"""
"""ssh as somebody has it whose ~/.ssh/config says what `config` says: it reads the account's own
home, whatever HOME is."""


@dataclass
class SshServer:
    """A server that lets in who has the key `key`, and what its client's settings say."""

    folder: Path
    program: Path
    git: GitServer
    host: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    """Of the client, by their names in ssh_config(5)."""

    @property
    def key(self) -> Path:
        return self.folder / "key"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    @property
    def path(self) -> str:
        """A PATH with the client first that has these settings."""
        return f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"

    def url(self, name: str) -> str:
        where = self.git.folder / "team" / f"{name}.git"
        return f"ssh://{getpass.getuser()}@{self.host}{where}"

    def tell(self, **settings: str) -> None:
        """More settings of the client; an empty one is taken away."""
        self.settings = {k: v for k, v in {**self.settings, **settings}.items() if v}
        lines = [f"{name} {value}\n" for name, value in self.settings.items()]
        (self.folder / "config").write_text("".join(lines), encoding="utf-8")

    def know(self, key: Path) -> None:
        """Have the client know the host by this public key."""
        name, port = self.host.split(":")
        told = f"[{name}]:{port} {key.read_text(encoding='ascii')}"
        self.known_hosts.write_text(told, encoding="ascii")

    def serve(self, connection: socket.socket) -> None:
        with connection, (self.folder / "log").open("ab") as log:
            both = connection.fileno()
            subprocess.run(
                [self.program, "-i", "-e", "-f", self.folder / "sshd_config"],
                stdin=both, stdout=both, stderr=log, env=self._environment, check=False,
            )  # fmt: skip

    @property
    def _environment(self) -> Mapping[str, str]:
        libraries = {str(one.parent) for one in self.folder.rglob("libwrap.so.0")}
        return {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": ":".join(libraries)}


def keygen(path: Path, *, phrase: str = "") -> Path:
    """A new pair of keys; the private one's path, beside which `.pub` lies."""
    words = ("-q", "-t", "ed25519", "-N", phrase, "-C", "tests", "-f", str(path))
    subprocess.run(["ssh-keygen", *words], check=True, stdin=subprocess.DEVNULL)
    return path


@contextmanager
def ssh_agent() -> Iterator[dict[str, str]]:
    """An agent without keys until the block ends: the variables that name it."""
    said = subprocess.run(["ssh-agent", "-s"], capture_output=True, text=True, check=True).stdout
    told = dict(re.findall(r"(SSH_\w+)=([^;]+);", said))
    try:
        yield told
    finally:
        stop = ["ssh-agent", "-k"]
        subprocess.run(stop, env={**os.environ, **told}, check=True, capture_output=True)


@contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """A server until the block ends, with nothing on it; the client has its key and knows it."""
    git = GitServer(folder / "repositories")
    git.folder.mkdir()
    made = SshServer(folder, unpacked(folder), git)
    host_key, key = keygen(folder / "host-key"), keygen(made.key)
    shutil.copyfile(key.with_suffix(".pub"), folder / "authorized")
    (folder / "sshd_config").write_text(SETTINGS.format(folder=folder), encoding="utf-8")
    client = folder / "bin" / "ssh"
    client.parent.mkdir()
    client.write_text(SSH.format(ssh=shutil.which("ssh"), folder=folder), encoding="utf-8")
    client.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made.host = f"127.0.0.1:{listener.getsockname()[1]}"
        made.tell(IdentityFile=str(key), UserKnownHostsFile=str(made.known_hosts))
        made.know(host_key.with_suffix(".pub"))
        thread = threading.Thread(target=_accept, args=(listener, made), daemon=True)
        thread.start()
        yield made
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _accept(listener: socket.socket, server: SshServer) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:  # closed
            return
        threading.Thread(target=server.serve, args=(connection,), daemon=True).start()


def unpacked(folder: Path) -> Path:
    """The program, below `folder`; by this machine's apt, which needs no root for it."""
    place = folder / "debian"
    place.mkdir()
    lists = ("-o", f"Dir::State::Lists={place}/lists", "-o", f"Dir::Cache={place}/cache")
    if not _downloaded(place):
        subprocess.run(["apt-get", *lists, "update", "-qq"], check=True)  # the machine has no lists
        assert _downloaded(place, *lists)
    for package in place.glob("*.deb"):
        subprocess.run(["dpkg-deb", "--extract", package, place], check=True)
    return place / "usr" / "sbin" / "sshd"


def _downloaded(place: Path, *options: str) -> bool:
    argv = ["apt-get", *options, "download", "-qq", *PACKAGES]
    done = subprocess.run(argv, cwd=place, capture_output=True, check=False)
    return done.returncode == 0
