"""The fixtures of runs: what faces ask is mostly of them."""

from tests.unit.runs.conftest import *  # noqa: F403 - pytest finds fixtures by their names
