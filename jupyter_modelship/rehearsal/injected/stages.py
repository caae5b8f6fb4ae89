"""What the injected cells call: start, harvest, restore, example, finish."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Any

from .alias import as_service, namespace
from .calls import Calls
from .reads import Reads
from .store import NotStored, load, own_names, store, survey, write

_PR_SET_PDEATHSIG = 1


class Stages:
    """One rehearsal inside the kernel. `settings` is what `inject.Settings` wrote."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._folder = Path(settings["folder"])
        self._reads = Reads(tuple(settings["excluded"]))
        self._calls = Calls(settings["calls"], namespace())

    def start(self) -> None:
        """Die with the parent (Linux), and watch the files that the cells read."""
        if sys.platform == "linux":
            import ctypes

            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        sys.addaudithook(self._reads.hook)
        self._reads.active = True

    def harvest(self) -> None:
        """Store the computed names and what the examples need; report what came of it."""
        self._reads.active = False
        self._calls.cell = None
        self._calls.unwatch(self._settings["endpoints"])
        report: dict[str, list[Any]] = {"artifacts": [], "problems": [], "names": [], "lost": []}
        with as_service(self._settings["shipped"]):
            for name, stem in self._settings["computed"]:
                self._store(name, stem, report)
            for name, stem in self._settings["example_names"]:
                self._keep(name, stem, report)
        report["reads"] = self._reads.listing()
        text = json.dumps(report)
        Path(self._settings["report"]).write_text(text, encoding="ascii")

    def _store(self, name: str, stem: str, report: dict[str, list[Any]]) -> None:
        names = namespace()
        if name not in names:
            report["problems"].append({"name": name, "reason": "", "type": ""})
            return
        kind = type(names[name])
        try:
            entry = store(names[name], stem, self._folder)
        except NotStored as error:
            kind_name = f"{kind.__module__}.{kind.__qualname__}"
            report["problems"].append({"name": name, "reason": str(error), "type": kind_name})
            return
        report["artifacts"].append({"name": name, **entry})

    def _keep(self, name: str, stem: str, report: dict[str, list[Any]]) -> None:
        """Keep a value for later example runs; what cannot be kept only costs a new rehearsal."""
        file = f"{stem}.pickle"
        try:
            value = namespace()[name]
            if not own_names(survey(value)) <= set(self._settings["shipped"]):
                report["lost"].append({"name": name, "reason": "made of what does not ship"})
                return
            write(value, self._folder / file, "pickle")
        except (KeyError, NotStored) as error:
            report["lost"].append({"name": name, "reason": str(error)})
        else:
            report["names"].append({"name": name, "file": file, "format": "pickle"})

    def restore(self, wanted: list[list[str]]) -> None:
        """Bind names to stored values; `wanted` lists (name, path, format)."""
        names = namespace()
        with as_service(self._settings["shipped"]):
            for name, path, format_name in wanted:
                names[name] = load(Path(path), format_name)

    def example(self, cell: str) -> None:
        """From here on calls of endpoints belong to this example cell."""
        self._calls.watch(self._settings["endpoints"])
        self._calls.cell = cell

    def finish(self) -> None:
        """The last example cell is over."""
        self._calls.cell = None
        self._calls.unwatch(self._settings["endpoints"])
