"""Every route of the extension, in order of their files."""

from __future__ import annotations

from typing import Any

from . import (
    about,
    channels,
    friction,
    intents,
    looks,
    options,
    proxy,
    reviews,
    runs,
    services,
    templates,
)


def routes() -> list[tuple[Any, ...]]:
    """Pattern below the base URL, handler, and its arguments if it takes any."""
    return [
        *about.ROUTES,
        *channels.ROUTES,
        *friction.ROUTES,
        *intents.ROUTES,
        *looks.ROUTES,
        *options.ROUTES,
        *proxy.ROUTES,
        *reviews.ROUTES,
        *runs.ROUTES,
        *services.ROUTES,
        *templates.ROUTES,
    ]
