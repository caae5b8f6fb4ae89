"""The view of a run in the main area."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


class Run:
    """Stages, the log, and what went wrong."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.get_by_role("region", name="Run").and_(page.locator(":visible"))

    @property
    def log(self) -> Locator:
        return self.root.get_by_role("log")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name)
