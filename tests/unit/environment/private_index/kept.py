"""Where people keep the login of an index."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_modelship.environment.uv import find_uv
from tests.indexes import USER, PrivateIndex

Set = Callable[[PrivateIndex, Path, pytest.MonkeyPatch], None]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(0o600)
    path.write_text(text, encoding="utf-8")


def in_uv_index(index: PrivateIndex, home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("UV_INDEX", index.with_login)


def in_uv_default(index: PrivateIndex, home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("UV_DEFAULT_INDEX", index.with_login)


def in_variables_of_a_name(index: PrivateIndex, home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("UV_INDEX", f"corp={index.url}")
    patch.setenv("UV_INDEX_CORP_USERNAME", USER)
    patch.setenv("UV_INDEX_CORP_PASSWORD", index.password)


def in_pip_variable(index: PrivateIndex, home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("PIP_EXTRA_INDEX_URL", index.with_login)


def in_pip_conf(index: PrivateIndex, home: Path, patch: pytest.MonkeyPatch) -> None:
    write(home / ".config/pip/pip.conf", f"[global]\nindex-url = {index.with_login}\n")


def in_uv_toml(index: PrivateIndex, home: Path, patch: pytest.MonkeyPatch) -> None:
    text = f'[[index]]\nname = "corp"\nurl = "{index.with_login}"\n'
    write(home / ".config/uv/uv.toml", text)


def in_netrc(index: PrivateIndex, home: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("UV_INDEX", index.url)
    host = index.host.split(":")[0]
    write(home / ".netrc", f'machine {host} login {USER} password "{index.password}"\n')


def in_uv_store(index: PrivateIndex, home: Path, patch: pytest.MonkeyPatch) -> None:
    """As `uv auth login` keeps it."""
    login = ("auth", "login", "--username", USER, "--password", "-", index.url)
    given = f"{index.password}\n".encode()
    subprocess.run([find_uv(), *login], input=given, check=True, capture_output=True)
    patch.setenv("UV_INDEX", index.url)


def in_keyring(index: PrivateIndex, home: Path, patch: pytest.MonkeyPatch) -> None:
    """A program of that name, as uv calls it; pip's setting says so."""
    tool = home / "bin/keyring"
    write(tool, f"#!/bin/sh\necho '{index.password}'\n")
    tool.chmod(0o700)
    patch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")
    address = index.url.replace("://", f"://{USER}@")
    text = f"[global]\nextra-index-url = {address}\nkeyring-provider = subprocess\n"
    write(home / ".config/pip/pip.conf", text)


PLACES = (in_pip_conf, in_uv_toml, in_netrc, in_variables_of_a_name, in_uv_index, in_uv_default,
          in_pip_variable, in_uv_store, in_keyring)  # fmt: skip
"""Of the login, the commonest first."""
