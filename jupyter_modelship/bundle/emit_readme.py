"""README.md of a bundle: how to run it, with and without containers, and what is inside."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from jupyter_modelship.contract.types import Contract, EndpointContract
from jupyter_modelship.model import Artifact, Example, Lock
from jupyter_modelship.plan.options import Options

from . import markdown as md
from .emit_containerfile import LOCK, PORT, SECRETS, WHEELS
from .emit_json import one_line_json

_LONGEST_EXAMPLE = 400
_INSIDE = (
    ("service.py", "the notebook's own code that the endpoints need, and their registration"),
    ("artifacts/", "values that the notebook computed; each is checked by its sha256 when loaded"),
    ("modelship_runtime/", "serves `service.py` over HTTP; needs nothing else of the project"),
    (LOCK, "every package with its version and hash"),
    (f"{WHEELS}/", "packages of the lock that were built from source, since no index has them"),
    ("openapi.json", "what the endpoints take and return"),
    ("examples.json", "calls and replies seen in the notebook: warm-up and test"),
    ("Containerfile", "makes a container image of all this"),
)


def emit_readme(
    service: str,
    contract: Contract,
    options: Options,
    lock: Lock,
    *,
    artifacts: Sequence[Artifact],
    examples: Sequence[Example],
) -> str:
    """The page, from typed values; nothing of the notebook's text can become mark-up."""
    return md.page(_blocks(service, contract, options, lock, artifacts, examples))


def _blocks(
    service: str,
    contract: Contract,
    options: Options,
    lock: Lock,
    artifacts: Sequence[Artifact],
    examples: Sequence[Example],
) -> Iterator[str]:
    yield md.heading(1, service)
    counts = (
        _count(len(contract.endpoints), "endpoint"),
        _count(len(lock.packages), "package"),
        _count(len(artifacts), "artifact"),
    )
    yield f"A service that jupyter_modelship made of a notebook: {', '.join(counts)}."
    yield md.heading(2, "Endpoints")
    header = ("Endpoint", "Function", "What it says of itself")
    yield md.table(header, [_row(endpoint) for endpoint in contract.endpoints])
    yield from _running(service, options, lock)
    yield from _calling(contract, examples)
    yield md.heading(2, "What is inside")
    absent = {f"{WHEELS}/" if not lock.wheels else "", "artifacts/" if not artifacts else ""}
    inside = [row for row in _INSIDE if row[0] not in absent]
    yield md.table(("File", "What it is"), [(md.code(name), words) for name, words in inside])


def _row(endpoint: EndpointContract) -> tuple[str, ...]:
    said = next((line for line in endpoint.doc.splitlines() if line.strip()), "")
    route = md.code(f"{endpoint.method} {endpoint.path}")
    return route, md.code(endpoint.function), md.text(said)


def _running(service: str, options: Options, lock: Lock) -> Iterator[str]:
    python = f"python{lock.python}"
    install = ["-m", "pip", "install", "--no-deps", "--only-binary", ":all:", "--require-hashes"]
    install += ["--find-links", WHEELS] if lock.wheels else []
    yield md.heading(2, "Run it")
    variables = [*options.env, *options.secrets]
    if variables:
        yield f"It reads the environment variables {', '.join(map(md.code, variables))}."
    if lock.indexes:
        yield (
            f"Some packages come from another index than PyPI: {md.code(LOCK)} says which, and "
            "where from. pip has to be told of it, with your login where it wants one: by your own "
            f"{md.code(SECRETS[0])}, which a container's build gets as a secret and does not keep "
            f"({md.code('Containerfile')} says more)."
        )
    yield f"With Python {md.text(lock.python)}:"
    yield _shell(
        [python, "-m", "venv", ".venv"],
        [".venv/bin/python", *install, "--requirement", LOCK],
        [".venv/bin/python", "-m", "modelship_runtime", "--port", str(PORT)],
    )
    yield "As a container:"
    passed = [word for variable in variables for word in ("--env", variable)]
    told = ["--secret", f"id={SECRETS[0]},src={SECRETS[0]}"] if lock.indexes else []
    yield _shell(
        ["docker", "build", "--file", "Containerfile", *told, "--tag", service, "."],
        ["docker", "run", "--rm", "--publish", f"127.0.0.1:{PORT}:{PORT}", *passed, service],
    )
    yield (
        "Whoever reaches the port can call it. With `--token-file FILE` callers must show the "
        "token that the file holds."
    )


def _calling(contract: Contract, examples: Sequence[Example]) -> Iterator[str]:
    shown = next((e for e in examples if len(one_line_json(e.arguments)) < _LONGEST_EXAMPLE), None)
    if shown is None:
        return
    endpoint = contract.endpoint(shown.function)
    url = f"http://127.0.0.1:{PORT}{endpoint.path}"
    words = ["curl", "--request", endpoint.method]
    if endpoint.method == "GET":
        pairs = [
            f"{k}={v if isinstance(v, str) else one_line_json(v)}"
            for k, v in shown.arguments.items()
        ]
        words += ["--get", *(word for pair in pairs for word in ("--data-urlencode", pair))]
    else:
        words += ["--header", "Content-Type: application/json"]
        words += ["--data", one_line_json(shown.arguments)]
    yield md.heading(2, "Call it")
    yield _shell([*words, url])


def _shell(*commands: Sequence[str]) -> str:
    return md.block([shlex.join(words) for words in commands], language="sh")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
