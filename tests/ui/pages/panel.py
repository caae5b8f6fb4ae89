"""The panel "Services" in the left area."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


class Panel:
    """All services, and the notebook in front above them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.get_by_role("region", name="Services").and_(page.locator(":visible"))

    def service(self, name: str) -> Locator:
        """The row of a service."""
        return self.root.get_by_role("listitem").filter(has_text=name)
