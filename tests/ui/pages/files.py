"""The file browser in the left area."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


class Files:
    """Files and folders, and what their context menu offers."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._list = page.get_by_role("region", name="File Browser Section")

    def item(self, name: str) -> Locator:
        return self._page.locator("#filebrowser").get_by_role("listitem", name=f"Name: {name}")

    def open(self, name: str) -> None:
        self.item(name).dblclick()

    def choose(self, name: str, label: str) -> None:
        """Right-click a file and choose what the menu calls `label`."""
        self.item(name).click(button="right")
        self._page.get_by_role("menuitem", name=label, exact=True).click()
