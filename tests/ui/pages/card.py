"""The card of a service in the main area."""

from __future__ import annotations

import re

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

    @property
    def reply(self) -> Locator:
        """What came back, in the tab Try it."""
        return self.root.get_by_role("region", name="Reply")

    def send(self) -> Locator:
        """Send what the form of the tab Try it holds; the reply."""
        self.root.get_by_role("button", name="Send", exact=True).click()
        return self.reply

    def shorten(self) -> None:
        """Take the last entry out of a list in the form."""
        self.root.get_by_role("button", name=re.compile("^Remove")).last.click()

    def roll_back(self, number: int) -> None:
        """In the tab History, and yes."""
        self.root.get_by_role("button", name=f"Roll back to revision {number}").click()
        self.page.get_by_role("dialog").get_by_role("button", name="Roll back").click()
