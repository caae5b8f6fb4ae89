"""Projects that build themselves with the standard library alone, and say so where they ran."""

from __future__ import annotations

from pathlib import Path

_BACKEND = """\
import pathlib, zipfile
pathlib.Path({mark!r}).open("a").write("ran\\n")
def get_requires_for_build_wheel(settings=None):
    return {needs!r}
def build_wheel(folder, settings=None, metadata=None):
    name = "{stem}-{tag}.whl"
    with zipfile.ZipFile(f"{{folder}}/{{name}}", "w") as wheel:
        wheel.writestr("{module}.py", "ANSWER = 42")
        info = "{stem}.dist-info/"
        told = "Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
        wheel.writestr(info + "METADATA", told)
        told = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: {tag}\\n"
        wheel.writestr(info + "WHEEL", told)
        wheel.writestr(info + "RECORD", "")
    return name
"""


def project(
    name: str,
    version: str,
    mark: Path,
    *,
    built: str = "",
    tag: str = "py3-none-any",
    needs: tuple[str, ...] = (),
) -> dict[str, str]:
    """Its files; whatever runs of it adds a line to `mark`. `built` is the version that its build
    gives, where that is another one."""
    module = name.replace("-", "_")
    number = built or version
    backend = _BACKEND.format(
        mark=str(mark),
        needs=list(needs),
        name=name,
        version=number,
        module=module,
        stem=f"{module}-{number}",
        tag=tag,
    )
    system = 'requires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    return {"pyproject.toml": f"[build-system]\n{system}", "backend.py": backend}
