"""Pictures of the services panel and of the service card."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from .lab import Lab
from .pages import Desk, picture
from .pictures_review import INSTEAD, edited

BROKEN = (
    "data = {'petal': 1}",
    "width = data['petal width']",
    ("def f() -> int: return width", "endpoint"),
)


@pytest.fixture(scope="module")
def harbour(lab: Lab, iris: Any) -> Any:
    """iris runs, fraud failed on its first deploy, weather is stopped."""
    lab.book("fraud.ipynb", *BROKEN, options={"name": "fraud"})
    with pytest.raises(AssertionError):
        lab.modelship("deploy", "fraud.ipynb", "--yes")
    plain = (("def city(name: str) -> str: return name", "endpoint"), ("city('Bonn')", "example"))
    lab.book("cities.ipynb", *plain, options={"name": "cities"})
    lab.modelship("deploy", "cities.ipynb", "--yes")
    lab.modelship("stop", "cities")
    for row in ("[6.7, 3.0, 5.2, 2.3]", "[5.0, 3.4, 1.5, 0.2]"):
        lab.modelship("call", "iris", "predict", f'{{"row": {row}}}')
    return iris


def test_the_panel(harbour: Any, desk: Desk) -> None:
    book = desk.open("iris.ipynb")
    book.replace(7, 'SPECIES = ["Setosa", "Versicolor", "Virginica"]')
    panel = desk.panel.show()
    expect(panel.front).to_contain_text("cell 7 has changed")
    expect(panel.service("fraud")).to_contain_text("failed")
    picture(desk.page, "panel")


def test_the_card(lab: Lab, harbour: Any, desk: Desk) -> None:
    desk.panel.show().service("iris").get_by_role("button", name="iris local").click()
    card = desk.card("iris")
    card.root.get_by_role("button", name="Send").click()
    expect(card.root.get_by_role("region", name="Reply")).to_contain_text("setosa")
    picture(desk.page, "card")
    edited(lab, "iris", to="iris.ipynb", source={8: INSTEAD})
    lab.modelship("deploy", "iris.ipynb", "--yes")
    lab.modelship("rollback", "iris")
    expect(card.root).to_contain_text("revision 3")
    for tab, name in (("Use it", "use"), ("History", "history"), ("Watch", "watch")):
        card.show(tab)
        if name == "watch":
            for _ in range(12):  # so that there is something to see
                lab.modelship("call", "iris", "predict", '{"row": [5.1, 3.5, 1.4, 0.2]}')
            expect(card.root).not_to_contain_text("No request in the last hour")
        picture(desk.page, f"card-{name}")
    lab.copy("iris", to="iris.ipynb")
