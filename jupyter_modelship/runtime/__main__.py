"""`python -m modelship_runtime`: serve the bundle in this folder."""

from .command import parse
from .life import live

if __name__ == "__main__":
    live(parse())
