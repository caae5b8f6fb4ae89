"""Ways to spoil a notebook file, chosen by a seed: `spoiled(seed)` gives the bytes and a label.

`make test` samples 200 of them, the campaign runs 1,000 (`for seed in range(1000)`).
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

from .conftest import document

Json = Any
"""A decoded notebook that is being spoiled: anything may stand anywhere."""

GOOD = (
    ("import numpy as np\nimport pandas as pd\n%matplotlib inline",),
    ("n = 3", "parameters"),
    ("df = pd.DataFrame({'a': np.arange(n)})\n!pip install scikit-learn",),
    ("model = np.poly1d([1, n])\nNAMES = ['x', 'y']",),
    ("def predict(row: list[float]) -> float:\n    return float(model(row[0]))", "endpoint"),
    ("predict([1.0])", "example"),
)
_VALUES: tuple[Json, ...] = (
    None, True, 0, -1, 1e308, float("nan"), 10**30, "", "text", "\ud800", "\x00", [], {}, [[]],
    [None], {"a": {}}, ["a", 1], "\u202e", "x" * 5000, ["line\n"] * 50,
)  # fmt: skip
_SOURCES = (
    "x = = 1", "def f(:\n  pass", "\x00", "\ud800 = 1", "((((((((((", ")" * 500, "(" * 5000,
    "[" * 200 + "]" * 200, "-" * 3000 + "1", "x" + ".y" * 3000, "x = " + "+".join("a" * 3000),
    "not " * 2000 + "x", "'''", "%%bash\nrm -rf /", "%%time\nx = 1", "!ls\n" * 2000,
    "x = !ls\n" * 500, "?help\nhelp?", "x = %time 1", "if x:\n    !ls", "await f()", "return 1",
    "yield 1", "from . import a", "from x import *", "import a.b.c as d",
    "from __future__ import annotations", "if __name__ == '__main__':\n    def predict(): ...",
    "exit()", "\ufeffx = 1", "\x0cx = 1", "\tx = 1\n  y = 2", "# -*- coding: latin-1 -*-\nx = 1",
    "x = 1\r\ny = 2\ry = 3", "class predict: ...", "del predict", "predict = 3", "predict: int",
    "lambda: predict", "global predict", "nonlocal x",
    "match x:\n    case {'a': b, **c}:\n        d = 1\n    case [1, *e] | e:\n        pass",
    "try:\n    x\nexcept* E as e:\n    pass",
    "async def predict(*a, **k):\n    async for x in y:\n        yield x",
    "def predict(x=(y:=3), /, *, z): return x, y, z", "[x for x in (y := [1]) if (z := x)]",
    "print(f'{x!r:>{y}}')", "x[y] = z = w.v = 1", "(a, *b), c = 1, 2", "for x.y in z: pass",
    "with a as b.c, d as (e, f): pass", "@a.b(c)\nclass D(e, metaclass=f): g = h",
    "# modelship: endpoint", "# modelship: nonsense, skip", "x = 1;y = 2; z = 3",
    "def f(): f()\nf()", "f = f", "é = 1; ß = é", "x = lambda: x\nx()",
    "def a(): b()\ndef b(): a()\na()", "x: 'unclosed[' = 1", "\\\n", "x = \\", "del x, y[0], z.w",
)  # fmt: skip
_TAGS = (
    "endpoint", "endpoint:", "endpoint:/", "endpoint:/a b", "endpoint:GET /x", "endpoint:PUT /x",
    "endpoint:/../etc", "endpoint:/livez", "skip", "train", "setup", "batch", "example",
    "parameters", "modelship:endpoint", "Endpoint", "endpoint:/\u202e", "endpoint:GET /x/{id}",
    "hide-input", "",
)  # fmt: skip


def _good() -> Json:
    return copy.deepcopy(document(*GOOD))


def _encoded(content: Json) -> bytes:
    return json.dumps(content).encode("utf-8", "surrogatepass")


def _field(rng: random.Random) -> bytes:
    """Another value in any field of the notebook, or the field gone."""
    content = _good()
    places: list[tuple[Json, Json]] = []

    def visit(node: Json) -> None:
        keys = list(node) if isinstance(node, dict) else range(len(node))
        for key in keys:
            places.append((node, key))
            if isinstance(node[key], (dict, list)):
                visit(node[key])

    visit(content)
    for node, key in rng.sample(places, rng.randint(1, 3)):
        try:
            if isinstance(node, dict) and rng.random() < 0.3:
                del node[key]
            else:
                node[key] = rng.choice(_VALUES)
        except (KeyError, IndexError):
            continue  # an earlier one of the three took it away
    return _encoded(content)


def _format(rng: random.Random) -> bytes:
    content = _good()
    content["nbformat"] = rng.choice([1, 2, 3, 5, "4", None, 4.0, True, 4])
    content["nbformat_minor"] = rng.choice([0, 1, 4, 5, 99, None, "5"])
    if rng.random() < 0.3:
        content["worksheets"] = [{"cells": content.pop("cells")}]
    return _encoded(content)


def _ids(rng: random.Random) -> bytes:
    content = _good()
    for cell in content["cells"]:
        cell["id"] = rng.choice(["same", "", "a" * 65, "../../etc", None, 3, "c1", "é"])
        if rng.random() < 0.3:
            del cell["id"]
    return _encoded(content)


def _cells(rng: random.Random) -> bytes:
    content = _good()
    odd: list[Json] = [
        None,
        3,
        "cell",
        [],
        {},
        {"cell_type": "heading", "source": "x"},
        {"cell_type": []},
    ]
    content["cells"].insert(rng.randint(0, 5), rng.choice(odd))
    if rng.random() < 0.2:
        content["cells"] = rng.choice([{}, None, "cells", [], [[]]])
    return _encoded(content)


def _source(rng: random.Random) -> bytes:
    content = _good()
    for _ in range(rng.randint(1, 2)):
        cell = {"cell_type": "code", "metadata": {}, "source": rng.choice(_SOURCES), "outputs": []}
        if rng.random() < 0.4:
            cell["metadata"] = {"tags": [rng.choice(_TAGS)]}
        content["cells"].insert(rng.randint(0, len(content["cells"])), cell)
    return _encoded(content)


def _tags(rng: random.Random) -> bytes:
    content = _good()
    for cell in content["cells"]:
        cell["metadata"]["tags"] = rng.choice(
            [[rng.choice(_TAGS)], rng.sample(_TAGS, 2), "endpoint", [["endpoint"]], {}, None, [1],
             [str(n) for n in range(10_000)]]
        )  # fmt: skip
        if rng.random() < 0.2:
            cell["cell_type"] = rng.choice(["markdown", "raw"])
    return _encoded(content)


def _truncated(rng: random.Random) -> bytes:
    whole = _encoded(_good())
    return whole[: rng.randint(0, len(whole))]


def _bytes(rng: random.Random) -> bytes:
    whole = bytearray(_encoded(_good()))
    for _ in range(rng.randint(1, 5)):
        whole[rng.randrange(len(whole))] = rng.randrange(256)
    return bytes(whole)


def _coding(rng: random.Random) -> bytes:
    text = _encoded(_good()).decode().replace("predict", "prédict")
    return text.encode(rng.choice(["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1"]))


def _text(rng: random.Random) -> bytes:
    return rng.choice(
        [b"", b" \n", b"null", b"3", b"[]", b'"notebook"', b"{", b"{}", b"\x00" * 100, b"<html>",
         b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000, b'{"nbformat": 4}',
         b'{"nbformat": 4, "cells": {}}', b"9" * 10_000, b'{"nbformat": 4, "nbformat": 3}',
         b"<<<<<<< HEAD\n" + _encoded(_good()), b"NaN", b"-" * 50]
    )  # fmt: skip


def _language(rng: random.Random) -> bytes:
    content = _good()
    name = rng.choice(["R", "julia", "", 3, None, "Python", "ipython"])
    content["metadata"] = rng.choice(
        [{"kernelspec": {"name": name, "language": name}}, {"language_info": {"name": name}},
         {"kernelspec": "python3"}, {"modelship": [1]}, []]
    )  # fmt: skip
    return _encoded(content)


MUTATORS: tuple[Callable[[random.Random], bytes], ...] = (
    _field, _format, _ids, _cells, _source, _source, _source, _tags, _truncated, _bytes, _coding,
    _text, _language,
)  # fmt: skip


def spoiled(seed: int) -> tuple[str, bytes]:
    """A notebook spoiled in one way, the same for the same seed."""
    rng = random.Random(seed)
    mutator = MUTATORS[seed % len(MUTATORS)]
    return mutator.__name__.strip("_"), mutator(rng)
