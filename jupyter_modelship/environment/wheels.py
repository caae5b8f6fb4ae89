"""Which wheels an image can run, in uv's words.

Source: PEP 600 (`manylinux_2_17` needs glibc 2.17 or newer); uv reference, `--python-platform`.
"""

from __future__ import annotations

from typing import TypeAlias

from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.recipe import Platform

Glibc: TypeAlias = tuple[int, int]
"""Version of an image's C library: (2, 36) in Debian 12."""

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""Go's word for a processor -> the kernel's."""
USUAL: Glibc = (2, 36)
"""Debian 12's: what a base has, as far as is known before one is read."""
_LEVELS = (17, 28, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40)
"""Minor versions of glibc 2 that uv 0.9 to 0.13 know by name; each includes those before it."""


def wheel_platform(platform: Platform, glibc: Glibc) -> str:
    """The value of `--python-platform` for an image.

    Raises StageFailed for what wheels are not made for.
    """
    machine = MACHINES.get(platform.architecture)
    if platform.os != "linux" or machine is None:
        raise StageFailed(
            f"no image can be made for {platform}",
            remedy="use one of " + ", ".join(f"linux/{name}" for name in sorted(MACHINES)),
        )
    levels = [level for level in _LEVELS if (2, level) <= glibc]
    if not levels:
        raise StageFailed(
            f"no wheel runs on glibc {glibc[0]}.{glibc[1]}; they need 2.{_LEVELS[0]} or newer",
            remedy="use a newer base image, such as python:3.12-slim",
        )
    return f"{machine}-manylinux_2_{levels[-1]}"


def platform_markers(platform: Platform) -> dict[str, str]:
    """What markers hear of an image's platform (PyPA, "Dependency specifiers")."""
    return {
        "os_name": "posix",
        "platform_machine": MACHINES.get(platform.architecture, platform.architecture),
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "sys_platform": "linux",
    }
