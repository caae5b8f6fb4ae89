"""The process that reads notebooks for a server: `python -m jupyter_modelship.desk.looker`.

Decoding a large notebook holds the interpreter for a second, and a server has other things to do.
So it hands requests over as they came and replies over as they are: messages of two parts (see
process.FRAME). It ends with its standard input.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from jupyter_modelship.errors import ModelshipError
from jupyter_modelship.places import Places
from jupyter_modelship.process import FRAME

from . import answers, inquiries
from .problem import problem

HEAVY = 256 << 20
"""Bytes of memory that answering may take before this process is better replaced."""
ANSWERS: Mapping[str, Callable[..., object]] = {
    "failures": inquiries.failures_of,
    "files": inquiries.files_of,
    "friction": inquiries.friction,
    "look": answers.look,
    "provenance": inquiries.provenance_of,
    "review": answers.review,
    "ship": answers.ship,
    "intent": answers.intent,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Answer until nobody asks any more."""
    parser = argparse.ArgumentParser(prog="looker", description="Reads notebooks for a server.")
    parser.add_argument("--places", nargs=3, type=Path, required=True)
    here = Places(*parser.parse_args(argv).places)
    questions, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what anything prints is no part of a reply
    at_start = _peak()
    while (message := _read(questions)) is not None:
        told, reply = answer(*message, here)
        head = {"error": told, "heavy": _peak() - at_start > HEAVY}
        _write(replies, _json(head), reply)
    return 0


def _peak() -> int:
    """The most memory that this process has held, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def answer(head: bytes, body: bytes, here: Places) -> tuple[dict[str, object] | None, bytes]:
    """What went wrong (code and exit code, or None), and the reply as JSON."""
    asked: dict[str, Any] = json.loads(head)
    asker = answers.Asker(asked["who"], Path(asked["root"]), asked["hidden"], asked["vouched"])
    try:
        return None, _json(ANSWERS[asked["do"]](body, here, asker))
    except Exception as error:  # whatever it is, whoever asked must hear of it
        code = error.exit_code if isinstance(error, ModelshipError) else 1
        told = problem(error)
        return {"code": told["code"], "exit_code": code}, _json(told)


def _json(value: object) -> bytes:
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii")


def _read(stream: IO[bytes]) -> tuple[bytes, bytes] | None:
    start = stream.read(FRAME.size)
    if len(start) < FRAME.size:
        return None
    head, body = FRAME.unpack(start)
    return stream.read(head), stream.read(body)


def _write(stream: IO[bytes], head: bytes, body: bytes) -> None:
    stream.write(FRAME.pack(len(head), len(body)) + head)
    stream.write(body)
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
