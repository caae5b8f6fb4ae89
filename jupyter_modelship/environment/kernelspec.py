"""A kernelspec by name, and the interpreter it starts, without importing jupyter_client.

Source: jupyter_client documentation, "Kernel specs"; jupyter_core documentation, "Data files".
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_modelship.errors import ModelshipError

NATIVE = "python3"
_PYTHON = re.compile(r"(?:pypy|python)(?:\d+(?:\.\d+)*)?(?:\.exe)?")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_LOCAL_PROVISIONER = "local-provisioner"


@dataclass(frozen=True, slots=True)
class Kernelspec:
    """A kernel of this machine. `argv` and `env` are as kernel.json has them, but argv[0] is
    `python`, the absolute path of the interpreter (links not followed: it is the venv's)."""

    name: str
    python: str
    display: str
    argv: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)


def resolve_kernel(name: str | None, *, folder: Path) -> Kernelspec:
    """The kernelspec `name` (None: the native `python3`) and the interpreter it starts.

    `folder` is the notebook's: a relative path in argv counts from there, as in Jupyter. Raises
    ModelshipError when there is none, or it is not a Python that runs on this machine.
    """
    wanted = name or NATIVE
    resources = _find(wanted)
    if resources is None:
        return _native(wanted)
    described = _read(wanted, resources)
    _refuse_foreign(wanted, described)
    argv = _texts(described.get("argv"))
    words = [word.replace("{resource_dir}", str(resources)) for word in argv]
    python, rest = _interpreter(wanted, words, resources, folder)
    env = described.get("env")
    return Kernelspec(
        wanted,
        python,
        str(described.get("display_name") or wanted),
        (python, *rest),
        {str(k): str(v) for k, v in env.items()} if isinstance(env, dict) else {},
    )


def search_path() -> tuple[Path, ...]:
    """Folders that may hold `kernels/`, first match wins: Jupyter's own, and the active
    environment's before the user's (for us in an environment of our own, as by pipx)."""
    from jupyter_core.paths import jupyter_data_dir, jupyter_path  # 20 ms: only when needed

    folders = [Path(entry) for entry in jupyter_path()]
    user = Path(jupyter_data_dir())
    at = folders.index(user) if user in folders else len(folders)
    active = [Path(prefix, "share", "jupyter") for prefix in _active_environments()]
    return tuple(dict.fromkeys([*folders[:at], *active, *folders[at:]]))


def _active_environments() -> Iterator[str]:
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        prefix = os.environ.get(variable)
        if prefix:
            yield prefix


def _find(name: str) -> Path | None:
    """The folder of the kernelspec; names match without case, as in jupyter_client."""
    if not _NAME.fullmatch(name):
        raise ModelshipError(
            f"{name!r} cannot name a kernel",
            remedy="choose a kernel in JupyterLab and save the notebook",
        )
    for folder in search_path():
        exact = folder / "kernels" / name
        if (exact / "kernel.json").is_file():
            return exact
        for entry in _entries(folder / "kernels"):
            if entry.name.lower() == name.lower() and (entry / "kernel.json").is_file():
                return entry
    return None


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def kernel_names() -> tuple[str, ...]:
    """Names that `resolve_kernel` finds, sorted; whether they are Python or here is not asked."""
    entries = (entry for folder in search_path() for entry in _entries(folder / "kernels"))
    names = {e.name for e in entries if _NAME.fullmatch(e.name) and (e / "kernel.json").is_file()}
    if importlib.util.find_spec("ipykernel") is not None:
        names.add(NATIVE)
    return tuple(sorted(names))


def _native(name: str) -> Kernelspec:
    """This interpreter's own kernel where ipykernel is there; otherwise say what is known."""
    if name == NATIVE and importlib.util.find_spec("ipykernel") is not None:
        argv = (sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}")
        return Kernelspec(NATIVE, sys.executable, "Python 3 (ipykernel)", argv)
    known = ", ".join(kernel_names()) or "none"
    raise ModelshipError(
        f"there is no kernel named {name!r} (found: {known})",
        remedy="in the environment that the notebook uses, run "
        f"`python -m pip install ipykernel` and `python -m ipykernel install --user --name {name}`",
    )


def _read(name: str, resources: Path) -> dict[str, object]:
    path = resources / "kernel.json"
    try:
        described = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelshipError(
            f"kernel {name!r}: {path} cannot be read: {error}",
            remedy=f"install it again: `python -m ipykernel install --user --name {name}`",
        ) from error
    if not isinstance(described, dict):
        raise ModelshipError(
            f"kernel {name!r}: {path} is not a JSON object",
            remedy=f"install it again: `python -m ipykernel install --user --name {name}`",
        )
    return described


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _refuse_foreign(name: str, described: Mapping[str, object]) -> None:
    language = str(described.get("language") or "python").lower()
    if language not in ("python", "python3", "ipython"):
        raise ModelshipError(
            f"kernel {name!r} speaks {language}; only Python notebooks can be deployed",
            remedy="choose a Python kernel in JupyterLab and save the notebook",
        )
    metadata = described.get("metadata")
    entry = metadata.get("kernel_provisioner") if isinstance(metadata, dict) else None
    provisioner = entry.get("provisioner_name") if isinstance(entry, dict) else None
    if provisioner not in (None, _LOCAL_PROVISIONER):
        raise _no_interpreter(name, f"is started elsewhere, by the provisioner {provisioner!r}")


def _no_interpreter(name: str, why: str) -> ModelshipError:
    return ModelshipError(
        f"kernel {name!r} {why}, so its interpreter cannot be asked what it holds",
        remedy="make a kernel of this machine from the environment's own interpreter: "
        f"`/path/to/python -m ipykernel install --user --name {name}-local`, and choose it",
    )


def _interpreter(
    name: str, words: list[str], resources: Path, folder: Path
) -> tuple[str, list[str]]:
    """(absolute interpreter, the rest of argv); a leading `env NAME=value` is looked through."""
    if words and Path(words[0]).name == "env":
        words = words[1:]
        while words and "=" in words[0]:
            words = words[1:]
    if not words or not _PYTHON.fullmatch(Path(words[0]).name):
        shown = words[0] if words else "nothing"
        raise _no_interpreter(name, f"starts through {shown!r}, not through a Python interpreter")
    found = _absolute(words[0], resources, folder)
    if found is None or not os.access(found, os.X_OK):
        raise ModelshipError(
            f"kernel {name!r} names the interpreter {words[0]!r}, which is not there",
            remedy="its environment has moved or is gone: make it again, then "
            f"`python -m ipykernel install --user --name {name}` in it",
        )
    return found, words[1:]


def _absolute(word: str, resources: Path, folder: Path) -> str | None:
    path = Path(word).expanduser()
    if path.is_absolute():
        return str(path)
    if path.name != word:
        return os.path.normpath(folder.absolute() / path)
    return next(_bare(word, resources), None)


def _bare(word: str, resources: Path) -> Iterator[str]:
    """Where a bare `python` may be: the kernelspec's own environment, the active one, this one
    where it has a kernel (Jupyter's rule), then PATH."""
    prefixes = [*_prefix(resources), *_active_environments()]
    for prefix in prefixes:
        candidate = Path(prefix, "bin", word)
        if os.access(candidate, os.X_OK):
            yield str(candidate)
    version = sys.version_info
    ours = ("python", f"python{version[0]}", f"python{version[0]}.{version[1]}")
    if word in ours and importlib.util.find_spec("ipykernel") is not None:
        yield sys.executable
    found = shutil.which(word)
    if found:
        yield str(Path(found).absolute())


def _prefix(resources: Path) -> Iterator[str]:
    """PREFIX when the kernelspec lies in PREFIX/share/jupyter/kernels/NAME, the place that an
    environment's own packages install into. The user's own folder belongs to no environment."""
    from jupyter_core.paths import jupyter_data_dir

    parents = resources.absolute().parents
    in_prefix = [p.name for p in parents[:3]] == ["kernels", "jupyter", "share"]
    if in_prefix and parents[1] != Path(jupyter_data_dir()):
        yield str(parents[3])
