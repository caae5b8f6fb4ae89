"""Values of a service's declared variables: a file of the user's, mode 0600, a line each."""

from __future__ import annotations

from pathlib import Path

from jupyter_modelship.environment import Values, read_values
from jupyter_modelship.places import Places, private
from jupyter_modelship.plan.options import Options

FOLDER = "values"


def values_file(places: Places, service: str) -> Path:
    """Where the user writes `NAME=value`; not made here, and not removed with the service."""
    return private(places.state / FOLDER) / f"{service}.env"


def declared_values(places: Places, service: str, options: Options) -> Values:
    """The values of `env` and `secrets`, with a finding for each name that has none."""
    names = (*options.env, *options.secrets)
    return read_values(values_file(places, service), names) if names else Values()
