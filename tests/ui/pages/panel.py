"""The panel "Services" in the left area."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


class Panel:
    """All services, and the notebook in front above them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.get_by_role("region", name="Services", exact=True)
        self.front = self.root.get_by_role("region", name="Notebook", exact=True)

    def service(self, name: str) -> Locator:
        """The row of a service."""
        more = self.page.get_by_role("button", name=f"More for {name}", exact=True)
        return self.root.get_by_role("listitem").filter(has=more)

    def show(self) -> Panel:
        """Bring the panel to the front, as its icon does."""
        self.page.get_by_role("tablist", name="main sidebar").get_by_role("tab").and_(
            self.page.locator("[title^=Services]")
        ).click()
        return self

    def choose(self, name: str, label: str) -> None:
        """Choose from a service's menu what it calls `label`."""
        self.service(name).get_by_role("button", name=f"More for {name}").click()
        self.page.get_by_role("menuitem", name=label, exact=True).click()
