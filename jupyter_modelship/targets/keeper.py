"""`python -m jupyter_modelship.targets.keeper`: the keeper, with a launcher for each target."""

from __future__ import annotations

from jupyter_modelship.places import Places

from .container.launch import ContainerLauncher
from .keeping.keeper import main
from .keeping.launcher import Launchers
from .local.launch import LocalLauncher


def launchers(places: Places) -> Launchers:
    return {"local": LocalLauncher(), "container": ContainerLauncher(places)}


if __name__ == "__main__":
    raise SystemExit(main(launchers))
