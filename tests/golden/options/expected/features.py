"""Beside the notebook."""


def tidy(city: str) -> str:
    return city.strip()
