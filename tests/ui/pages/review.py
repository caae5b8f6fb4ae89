"""The review of a notebook in the main area."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect


class Review:
    """What would ship, and the button that ships it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.get_by_role("region", name="Review", exact=True).and_(
            page.locator(":visible")
        )

    @property
    def ship(self) -> Locator:
        """The one primary button: "Ship revision 5"."""
        return self.root.get_by_role("button", name=re.compile(r"^Ship revision \d+$"))

    @property
    def standing(self) -> Locator:
        """Why Ship waits."""
        return self.root.locator("footer").get_by_role("status")

    @property
    def headline(self) -> Locator:
        return self.root.locator("header p").first

    def ready(self) -> Review:
        """Everything is known, and nothing stands in the way."""
        expect(self.ship).to_be_enabled(timeout=90_000)
        return self

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def notice(self, words: str) -> Locator:
        return self.root.get_by_role("alert").filter(has_text=words)

    def part(self, name: str) -> Locator:
        """One with a heading: `Contract`, `Options`, `Cells`, `Files`, `Findings`, …"""
        return self.root.get_by_role("region", name=name, exact=True)

    def finding(self, words: str) -> Locator:
        return self.part("Findings").get_by_role("listitem").filter(has_text=words)

    def cell(self, number: int) -> Locator:
        """The row of a cell in the list of cells."""
        rows = self.part("Cells").get_by_role("listitem")
        return rows.filter(has=self.page.get_by_role("button", name=re.compile(rf"^{number}\b")))

    def file(self, name: str) -> Locator:
        """The text of a file that is unfolded."""
        return self.part("Files").get_by_role("textbox", name=re.compile(rf"^{re.escape(name)},"))

    @property
    def changed(self) -> Locator:
        """The names of the files that differ from those of the live revision."""
        names = self.part("Files").get_by_role("button")
        return names.filter(has=self.page.locator("[data-change]:not([data-change=same])"))

    def line(self, file: str, words: str) -> Locator:
        """The line of a file with these words in it."""
        return self.file(file).locator(".cm-line").filter(has_text=words).first

    def candidate(self, words: str) -> Locator:
        """What could be served, where nobody has said yet."""
        return self.root.locator("[class*=candidate]").filter(has_text=words)
