"""Pictures for the documentation, in light and dark: `make screenshots`. Look at each you make.

A view's own pictures may also stand in `pictures_VIEW.py` beside this file.
"""

from __future__ import annotations

from .lab import Lab
from .pages import Desk, picture


def test_a_notebook_with_the_extension(lab: Lab, desk: Desk) -> None:
    lab.copy("iris", to="iris.ipynb")
    desk.open("iris.ipynb")
    picture(desk.page, "notebook")
