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
        "choose a base image that has it: the option `base`",
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
    Check(
        "base-missing",
        "block",
        "No base image for this Python",
        "A base is named by its digest, so that the same deploy gives the same image. Digests are "
        "looked up or given, never guessed.",
        "name one with the option `base`, or look it up: `jupyter modelship bases --refresh`",
    ),
    Check(
        "base-refused",
        "block",
        "A base image that the policy of this machine does not list",
        "An administrator has listed, by digest, what services may be made upon.",
        "name one of those that the message lists, or ask who administers this machine",
    ),
    Check(
        "platform-elsewhere",
        "note",
        "The image is for another platform than this machine's",
        "It is made here and cannot be run here, so the examples are not replayed before it is "
        "pushed. The cluster replays them in the new revision, before it gets a request.",
        "nothing is to be done; a machine of that platform could prove the image before it leaves",
    ),
    Check(
        "secret-found",
        "block",
        "Something that looks like a credential",
        "Whoever can read the image, the registry or the notebook can use it. A credential that "
        "was once in a shared file is no secret any more.",
        "remove it, have it revoked where it was issued, and give the new one to the service by "
        "name: option `secrets`",
    ),
    Check(
        "secret-own",
        "block",
        "The value of a declared secret, or a credential of this deploy, in what would ship",
        "Values of `secrets` and logins of registry and index are handed over by file, and stand "
        "in nothing that is stored or sent.",
        "remove it from the place that the message names; read it from the environment instead",
    ),
    Check(
        "secret-unscanned",
        "note",
        "A file was not searched for credentials to its end",
        "Large data is searched at its beginning alone, so that a deploy does not wait for it.",
        "make sure yourself that no credential is in it",
    ),
    Check(
        "context-large",
        "warn",
        "More than 100 MB of artifacts and code go into the image",
        "All of it is packed, sent and fetched again whenever one byte of it changes.",
        "compute less in the notebook, keep data outside of the image, or choose a smaller model",
    ),
)
_BY_CODE = {check.code: check for check in CATALOGUE}


def finding(
    code: str,
    message: str,
    *,
    remedy: str = "",
    cell: str | None = None,
    number: int | None = None,
    line: int | None = None,
) -> Finding:
    """A finding of this catalogue; without a remedy of its own it has the code's."""
    check = _BY_CODE[code]
    return Finding(code, check.severity, message, remedy or check.remedy, cell, number, line)
