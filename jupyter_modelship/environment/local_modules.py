"""Modules beside the notebook that the slice imports: they ship as source."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.model import Finding, KernelFacts

from .catalogue import finding
from .imports import Import, imports

LIMIT = 5_000_000
"""Bytes, all files together."""
_COMPILED = (".so", ".pyd")


@dataclass(frozen=True, slots=True)
class LocalModules:
    """Files by relative posix path, and what else they need."""

    files: Mapping[str, bytes]
    names: frozenset[str]
    """Top-level names of the modules found here."""
    imports: tuple[str, ...]
    """Dotted names of modules that the files import and that are not here, sorted."""
    findings: tuple[Finding, ...] = ()


def local_modules(folder: Path, modules: Iterable[str], facts: KernelFacts) -> LocalModules:
    """The modules among `modules` (dotted names) that lie in `folder`, and all that they import
    from there. Only reads. A package that is named by a dotted name ships the parts that are
    imported; one that is named as a whole, all its source.

    A folder without `__init__.py` counts only where nothing installed has its name, as in Python's
    own import.
    """
    reader = _Reader(folder.resolve(), facts)
    reader.follow(modules)
    return LocalModules(
        dict(sorted(reader.files.items())),
        frozenset(reader.names),
        tuple(sorted(reader.elsewhere)),
        tuple(reader.findings),
    )


class _Reader:
    def __init__(self, folder: Path, facts: KernelFacts) -> None:
        self.folder = folder
        self.facts = facts
        self.files: dict[str, bytes] = {}
        self.names: set[str] = set()
        self.elsewhere: set[str] = set()
        self.findings: list[Finding] = []
        self._size = 0

    def follow(self, modules: Iterable[str]) -> None:
        """Take `modules`, then what they import, until nothing is new."""
        waiting = [Import(name) for module in modules for name in self._with_parts(module)]
        first = len(waiting)
        for position, entry in enumerate(waiting):  # grows while it is walked
            top = entry.module.split(".")[0]
            if self._is_local(top):
                self.names.add(top)
                for part in dict.fromkeys([entry.module, entry.dotted]):
                    waiting.extend(self._take(part))
            elif position >= first and not (entry.optional and top not in self.facts.owners):
                self.elsewhere.add(entry.dotted)

    def _with_parts(self, module: str) -> list[str]:
        """Of a package named as a whole, all its source: which parts are used cannot be told."""
        package = self.folder / module
        if "." in module or not self._is_local(module) or not package.is_dir():
            return [module]
        found = [path.relative_to(self.folder).with_suffix("") for path in package.glob("**/*.py")]
        parts = [p.parts[:-1] if p.name == "__init__" else p.parts for p in found]
        return [module, *sorted(".".join(p) for p in parts if all(w.isidentifier() for w in p))]

    def _is_local(self, top: str) -> bool:
        if not top.isidentifier() or top in self.facts.standard:
            return False
        package = self.folder / top
        if package.with_name(f"{top}.py").is_file() or (package / "__init__.py").is_file():
            return True
        if self._compiled(package):
            return True
        holds_source = package.is_dir() and next(package.glob("**/*.py"), None) is not None
        return holds_source and top not in self.facts.owners

    def _take(self, module: str) -> Iterator[Import]:
        """Read the file of `module` and those of the packages above it; yield what they import."""
        parts = module.split(".")
        for length in range(1, len(parts) + 1):
            dotted = ".".join(parts[:length])
            path, is_package = self._locate(parts[:length])
            if path is None:
                continue
            relative = path.relative_to(self.folder).as_posix()
            if relative not in self.files:
                data = self._read(path, relative)
                yield from self._imports(data, relative, dotted if is_package else _parent(dotted))

    def _locate(self, parts: list[str]) -> tuple[Path | None, bool]:
        """(file, whether it is a package's); a package goes before a module of its name."""
        base = self.folder.joinpath(*parts)
        if (base / "__init__.py").is_file():
            return base / "__init__.py", True
        if base.with_name(f"{base.name}.py").is_file():
            return base.with_name(f"{base.name}.py"), False
        compiled = self._compiled(base)
        if compiled is not None:
            name = compiled.relative_to(self.folder).as_posix()
            self._report("local-compiled", f"`{name}` beside the notebook is compiled code")
        return None, False

    def _compiled(self, base: Path) -> Path | None:
        found = (p for suffix in _COMPILED for p in base.parent.glob(f"{base.name}.*{suffix}"))
        plain = (p for suffix in _COMPILED if (p := base.with_name(base.name + suffix)).is_file())
        return next(found, None) or next(plain, None)

    def _read(self, path: Path, relative: str) -> bytes:
        """The file's bytes; empty, and a finding, where it must not ship."""
        self.files[relative] = b""
        if not path.resolve().is_relative_to(self.folder):
            self._report("local-outside", f"`{relative}` is a link that leads out of the folder")
            return b""
        self._size += path.stat().st_size
        if self._size > LIMIT:
            self._report(
                "local-large",
                f"local modules hold more than {LIMIT // 1_000_000} MB together",
            )
            return b""
        data = path.read_bytes()
        self.files[relative] = data
        return data

    def _imports(self, data: bytes, relative: str, package: str) -> Iterator[Import]:
        try:
            tree = ast.parse(data, relative)
        except (SyntaxError, ValueError, RecursionError) as error:
            reason = getattr(error, "msg", None) or type(error).__name__
            line = getattr(error, "lineno", None)
            where = f", line {line}" if line else ""
            self._report("local-broken", f"`{relative}`{where}: {reason}")
            return
        yield from imports(tree, package=package)

    def _report(self, code: str, message: str) -> None:
        found = finding(code, message)
        if found not in self.findings:
            self.findings.append(found)


def _parent(dotted: str) -> str:
    return dotted.rpartition(".")[0]
