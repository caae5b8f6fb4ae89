"""Page objects: where a person looks and clicks, by role and name. One view a file."""

from __future__ import annotations

from .card import Card
from .desk import Desk
from .files import Files
from .notebook import Notebook
from .panel import Panel
from .picture import picture
from .review import Review
from .run import Run

__all__ = ["Card", "Desk", "Files", "Notebook", "Panel", "Review", "Run", "picture"]
