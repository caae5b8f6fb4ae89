"""Notebook 7: the extension loads there, offers to deploy, and shows the review."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from .conftest import Complaints
from .lab import Lab
from .pages import Review


def opened(context: BrowserContext, complaints: Complaints, notebook7: Lab, place: str) -> Page:
    # Notebook 7.6 says this of its own pages, also with the extension disabled.
    complaints.expect(r"reading 'schema'")
    page = context.new_page()
    complaints.watch(page)
    page.goto(f"{notebook7.url}{place}?token={notebook7.token}")
    return page


def test_the_tree_offers_to_deploy_and_shows_the_review(
    context: BrowserContext, complaints: Complaints, notebook7: Lab
) -> None:
    page = opened(context, complaints, notebook7, "tree")
    page.get_by_text("iris.ipynb").click(button="right")
    page.get_by_role("menuitem", name="Deploy notebook").click()
    expect(Review(page).root).to_be_visible()
    expect(Review(page).root).to_contain_text("iris")


def test_a_notebook_has_badges_and_a_button_that_shows_the_review(
    context: BrowserContext, complaints: Complaints, notebook7: Lab
) -> None:
    page = opened(context, complaints, notebook7, "notebooks/iris.ipynb")
    expect(page.get_by_text("rehearsal", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Deploy").first.click()
    expect(Review(page).root).to_be_visible()
