"""The review of a notebook in the main area."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


class Review:
    """What would ship, and the button that ships it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.get_by_role("region", name="Review").and_(page.locator(":visible"))

    @property
    def ship(self) -> Locator:
        """The one primary button: "Ship", "Ship revision 5"."""
        return self.root.get_by_role("button", name="Ship", exact=False)
