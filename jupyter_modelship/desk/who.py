"""Who asks."""

from __future__ import annotations


def user() -> str:
    """Who asks, as the operating system knows them."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
