"""Whose a service is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody's notebook: two people may have the same path."""

    notebook: str
    who: str = ""
    """As `Target.identity` calls them; empty where nobody is told apart."""

    def __str__(self) -> str:
        """As people are told it, and as they name it who take a service over."""
        return f"{self.notebook} of {self.who}" if self.who else self.notebook

    def includes(self, other: Owner) -> bool:
        """Whether what is this owner's is the other one's to deploy."""
        return self.notebook == other.notebook and self.who in ("", other.who)
