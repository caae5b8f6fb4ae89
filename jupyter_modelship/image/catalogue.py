"""What the image's parts can find before anything is built. One row a code."""

from __future__ import annotations

from jupyter_modelship.model import Check, Finding

CATALOGUE: tuple[Check, ...] = (
    Check(
        "library-missing",
        "block",
        "A shared library that a wheel needs is not in the base image",
        "A wheel that cannot load its libraries fails at its import, in the image and not here: "
        "a proof on this machine is no proof of the image.",
        "install the Debian package with the option `apt`, or choose a base image that has it",
    ),
    Check(
        "library-old",
        "block",
        "A shared library of the base image is older than a wheel needs",
        "The wheel asks for symbol versions that the library does not define; the loader refuses "
        "it at the import.",
        "choose a newer base image, or pin a version of the package that has an older wheel",
    ),
    Check(
        "base-unfit",
        "block",
        "The base image cannot carry the service",
        "Wheels are made for glibc, and byte code and extensions for one minor version of Python.",
        "choose a base image for the kernel's Python, such as python:3.12-slim",
    ),
)
_BY_CODE = {check.code: check for check in CATALOGUE}


def finding(code: str, message: str, *, remedy: str = "") -> Finding:
    """A finding of this catalogue; without a remedy of its own it has the code's."""
    check = _BY_CODE[code]
    return Finding(code, check.severity, message, remedy or check.remedy)
