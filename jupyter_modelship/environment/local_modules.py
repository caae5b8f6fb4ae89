"""Modules beside the notebook that the slice imports: they ship as source."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_modelship.model import Finding, KernelFacts

from .catalogue import finding

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
    from there. Only reads; a package ships the parts that are imported, not all it holds.

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
        self._done: set[str] = set()
        self._size = 0

    def follow(self, modules: Iterable[str]) -> None:
        """Take `modules`, then what they import, until nothing is new."""
        waiting = [(module, False) for module in modules]
        while waiting:
            module, nested = waiting.pop()
            if module in self._done:
                continue
            self._done.add(module)
            if self._is_local(module.split(".")[0]):
                self.names.add(module.split(".")[0])
                waiting.extend((name, True) for name in self._take(module))
            elif nested:
                self.elsewhere.add(module)

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

    def _take(self, module: str) -> Iterator[str]:
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
            self.findings.append(
                finding("local-compiled", f"`{name}` beside the notebook is compiled code")
            )
        return None, False

    def _compiled(self, base: Path) -> Path | None:
        found = (p for suffix in _COMPILED for p in base.parent.glob(f"{base.name}.*{suffix}"))
        plain = (p for suffix in _COMPILED if (p := base.with_name(base.name + suffix)).is_file())
        return next(found, None) or next(plain, None)

    def _read(self, path: Path, relative: str) -> bytes:
        """The file's bytes; empty, and a finding, where it must not ship."""
        self.files[relative] = b""
        if not path.resolve().is_relative_to(self.folder):
            self.findings.append(
                finding("local-outside", f"`{relative}` is a link that leads out of {self.folder}")
            )
            return b""
        self._size += path.stat().st_size
        if self._size > LIMIT:
            if not any(f.code == "local-large" for f in self.findings):
                self.findings.append(
                    finding(
                        "local-large",
                        f"local modules hold more than {LIMIT // 1_000_000} MB, "
                        f"with `{relative}` among them",
                    )
                )
            return b""
        data = path.read_bytes()
        self.files[relative] = data
        return data

    def _imports(self, data: bytes, relative: str, package: str) -> Iterator[str]:
        try:
            tree = ast.parse(data, relative)
        except (SyntaxError, ValueError, RecursionError) as error:
            reason = getattr(error, "msg", None) or type(error).__name__
            line = getattr(error, "lineno", None)
            where = f", line {line}" if line else ""
            self.findings.append(finding("local-broken", f"`{relative}`{where}: {reason}"))
            return
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield alias.name
            elif isinstance(node, ast.ImportFrom):
                yield from self._from(node, package)

    def _from(self, node: ast.ImportFrom, package: str) -> Iterator[str]:
        """`from a import b`: `a`, and `a.b` where that is a module beside the notebook."""
        above = package.split(".")[: len(package.split(".")) - node.level + 1]
        prefix = [*above, node.module] if node.level and node.module else above
        base = ".".join(prefix) if node.level else node.module or ""
        if not base:
            return
        yield base
        if self._is_local(base.split(".")[0]):
            for alias in node.names:
                if self._locate([*base.split("."), alias.name])[0] is not None:
                    yield f"{base}.{alias.name}"


def _parent(dotted: str) -> str:
    return dotted.rpartition(".")[0]
