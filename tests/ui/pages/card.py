"""The card of a service in the main area."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


class Card:
    """Address, and the tabs Try it, Use it, Watch, History, Provenance."""

    def __init__(self, page: Page, service: str) -> None:
        self.page = page
        self.root = page.get_by_role("region", name=f"Service {service}", exact=True)

    def tab(self, name: str) -> Locator:
        return self.root.get_by_role("tab", name=name)

    def show(self, name: str) -> Locator:
        """Click a tab; its panel."""
        self.tab(name).click()
        return self.root.get_by_role("tabpanel", name=name)
