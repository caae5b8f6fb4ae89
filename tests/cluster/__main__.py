"""`python -m tests.cluster up|down|status|able|kubeconfig|kubectl …`: a Kubernetes for tests."""

from __future__ import annotations

import argparse
import os
import sys

from .able import NEVER_RUN, lacks
from .down import down
from .parts import program
from .place import Place, chosen
from .status import status
from .up import up


def main() -> int:
    """Exit code 1 from `status` where no cluster is up, 3 from `able` where none can be."""
    place = chosen()
    if sys.argv[1:2] == ["kubectl"]:
        _kubectl(place, sys.argv[2:])
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    parser.add_argument(
        "command", choices=("up", "down", "status", "able", "kubeconfig", "kubectl")
    )
    command = parser.parse_args().command
    if command == "up":
        up(place)
        print(f"export MODELSHIP_TEST_KUBECONFIG={place.kubeconfig}")
    elif command == "down":
        down(place)
    elif command == "kubeconfig":
        print(place.kubeconfig)
    elif command == "able":
        return _able()
    else:
        return _status(place)
    return 0


def _able() -> int:
    if missing := lacks():
        print(missing, file=sys.stderr)
        return NEVER_RUN
    return 0


def _kubectl(place: Place, words: list[str]) -> None:
    os.environ.update(place.client)
    os.execv(program(place, "kubectl"), ["kubectl", *words])


def _status(place: Place) -> int:
    said = status(place)
    print("up" if said.up else "not up")
    if said.running:
        print(f"kubeconfig: {place.kubeconfig}\nregistry:   {place.registry}")
        print(f"logs:       {place.logs}")
        print(f"running:    {', '.join(said.running)}")
    if said.dead:
        print(f"ended:      {', '.join(said.dead)}")
    return 0 if said.up else 1


if __name__ == "__main__":
    sys.exit(main())
