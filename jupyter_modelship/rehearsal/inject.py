"""The cells that we add around the user's: made from syntax trees, never from text templates.

The injected modules live in the kernel as package `_modelship_rehearsal`; no name of ours enters
the notebook's namespace. `%deploy` is among them, so that a cell with it runs, and does nothing.
"""

from __future__ import annotations

import ast
import functools
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import resources

from jupyter_modelship import sent

from .injected import MODULES

PACKAGE = "_modelship_rehearsal"
_LOADER = """
import sys
import types

package = sys.modules[PACKAGE] = types.ModuleType(PACKAGE)
package.__path__ = []
for name, text in SOURCES.items():
    module = types.ModuleType(PACKAGE + "." + name)
    module.__package__ = PACKAGE
    sys.modules[module.__name__] = module
    exec(compile(text, "<modelship " + name + ">", "exec"), module.__dict__)
    setattr(package, name, module)
if "IPython" in sys.modules:
    magic = types.ModuleType(PACKAGE + ".magic")
    exec(compile(MAGIC, "<modelship magic>", "exec"), magic.__dict__)
    magic.register(get_ipython())
package.now = package.stages.Stages(SETTINGS)
package.now.start()
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the injected source must know. Pairs are (name, stem of its file)."""

    folder: str
    """The stored values go here."""
    report: str
    """The file in which `harvest` tells what it stored and what it could not."""
    calls: str
    """Recorded calls are appended to this file, one JSON object a line."""
    excluded: tuple[str, ...]
    """Folders whose files are no data of the notebook's."""
    endpoints: tuple[str, ...]
    shipped: tuple[str, ...]
    computed: tuple[tuple[str, str], ...]
    example_names: tuple[tuple[str, str], ...]


@functools.cache
def sources() -> Mapping[str, str]:
    """Source of the injected modules, in the order in which they are loaded."""
    folder = resources.files(f"{__package__}.injected")
    return {name: (folder / f"{name}.py").read_text("utf-8") for name in MODULES}


@functools.cache
def digest() -> str:
    """sha256 of all that is injected: another version of it makes other cache entries."""
    text = "\0".join((_LOADER, sent.magic(), *sources().values()))
    return hashlib.sha256(text.encode()).hexdigest()


def boot(settings: Settings) -> str:
    """Source of the cell that runs before all others."""
    names = {
        "PACKAGE": PACKAGE,
        "SOURCES": dict(sources()),
        "MAGIC": sent.magic(),
        "SETTINGS": _plain(asdict(settings)),
    }
    return sent.program(_LOADER, names)


def stage(name: str, *arguments: object) -> str:
    """Source of a cell that calls one method of `injected.stages.Stages`."""
    module = sent.call("__import__", PACKAGE)
    method = ast.Attribute(ast.Attribute(module, "now"), name)
    return sent.cell(ast.Call(method, [sent.literal(_plain(value)) for value in arguments], []))


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
