"""Pictures for the documentation: the same view in light and in dark."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from .desk import Desk

IMAGES = Path(__file__).parents[3] / "docs" / "images"
_THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


def picture(page: Page, name: str, *, folder: Path = IMAGES) -> list[Path]:
    """Take `name`-light.png and `name`-dark.png of the whole window, which is light again then."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    for word, theme in _THEMES.items():
        Desk(page).theme(theme)
        path = folder / f"{name}-{word}.png"
        page.screenshot(path=path, animations="disabled", caret="hide")
        taken.append(path)
    Desk(page).theme(_THEMES["light"])
    return taken
