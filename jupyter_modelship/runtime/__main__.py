"""`python -m modelship_runtime`: serve the bundle in this folder."""

from .command import parse
from .values import begin_again

if __name__ == "__main__":
    options = parse()
    if options.values_fd is not None:
        begin_again(options.values_fd)
    from .life import live  # not before: all that it imports would be imported twice

    live(options)
