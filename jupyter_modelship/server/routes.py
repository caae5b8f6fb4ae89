"""Every route of the extension, in order of their files."""

from __future__ import annotations

from typing import Any

<<<<<<< HEAD
from . import about, channels, looks, services, templates
=======
from . import about, channels, looks, options, reviews, runs, services
>>>>>>> 2b57ea3 (Reviews in two steps, runs over REST, Rehearse now, overrides with a reason; options as a form)


def routes() -> list[tuple[Any, ...]]:
    """Pattern below the base URL, handler, and its arguments if it takes any."""
    return [
        *about.ROUTES,
        *channels.ROUTES,
        *looks.ROUTES,
        *options.ROUTES,
        *reviews.ROUTES,
        *runs.ROUTES,
        *services.ROUTES,
        *templates.ROUTES,
    ]
