"""What a review shows in place of what only a rehearsal can tell: what the live revision computed.

A file with a gap would differ from the live one in every line that the gap touches, and what
somebody has changed would be lost among them. A review says so where it shows such a file.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator, Mapping

from jupyter_modelship.contract import Contract
from jupyter_modelship.model import Artifact, Example, Slice
from jupyter_modelship.records import ArtifactFact


def artifacts(
    live: Mapping[str, str],
    facts: Iterable[ArtifactFact],
    piece: Slice,
    told: Iterable[Artifact] = (),
) -> tuple[Artifact, ...]:
    """`told` by the rehearsal's cache, and those of the live revision for what is left.

    `live`: its text files by name. `facts`: its artifacts as its record has them.
    """
    known = {one.name: one for one in told}
    files = dict(_loads(live.get("service.py", "")))
    for fact in facts:
        if fact.sha256 in files:
            file = files[fact.sha256]
            known.setdefault(fact.name, Artifact(fact.name, file, "", fact.sha256, fact.size))
    return tuple(known[one.name] for one in piece.computed if one.name in known)


def examples(live: Mapping[str, str], contract: Contract, piece: Slice) -> tuple[Example, ...]:
    """The live revision's examples of endpoints that are there still; none where none is wanted."""
    calls = json.loads(live.get("examples.json", "[]")) if piece.examples else []
    served = {endpoint.function for endpoint in contract.endpoints}
    return tuple(_example(call) for call in calls if call["function"] in served)


def _loads(source: str) -> Iterator[tuple[str, str]]:
    """(sha256, file) of each `artifact("model", "model.joblib", sha256="…")`."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(
                args=[ast.Constant(), ast.Constant(value=str(file))],
                keywords=[ast.keyword(arg="sha256", value=ast.Constant(value=str(sha256)))],
            ):
                yield sha256, file


def _example(call: Mapping[str, object]) -> Example:
    function, arguments = call["function"], call["arguments"]
    assert isinstance(function, str), "as the bundle writes it"
    assert isinstance(arguments, dict), "as the bundle writes it"
    return Example(function, "", arguments, call["result"], compare=str(call["compare"]))
