"""Platforms by the words of the option `platform`, and which of them is this machine's."""

from __future__ import annotations

import platform as machine

from .recipe import Platform

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def this_platform() -> Platform:
    """This machine's own."""
    name = machine.machine().lower()
    return Platform("linux", _ARCHITECTURES.get(name, name))


def platform_named(words: str) -> Platform:
    """`linux/arm64` as a platform; this machine's own for no words."""
    return Platform(*words.split("/")) if words else this_platform()


def foreign(platform: Platform) -> Platform | None:
    """The platform, where it is another one than this machine's; else None."""
    here = this_platform()
    same = (platform.os, platform.architecture) == (here.os, here.architecture)
    return None if same else platform
