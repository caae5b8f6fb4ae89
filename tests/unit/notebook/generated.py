"""Small notebooks made at random, and a model of the line: rehearsal, artifacts, service."""

from __future__ import annotations

import copy
import json

from hypothesis import strategies as st

from jupyter_modelship.model import Slice

from .conftest import document

_NAMES = ("a", "b", "c", "d")
_STATEMENTS = (
    "{n} = [{k}, 2]",
    "{n} = {m}",
    "{n} = list({m})",
    "{n} = {m} + [{k}]",
    "{n} = [{m}, {k}]",
    "{n} = {{'x': {m}}}['x']",
    "{n} = [x for x in {m}]",
    "{n} = {m}[:]",
    "{n}, {m} = {m}, {n}",
    "{n}.append({k})",
    "{n} += [{k}]",
    "{n}[0:1] = [{k}]",
    "{n}.extend(list({m}))",
    "del {n}[:1]",
    "{n}.insert(0, {m})",
    "{n} = ({m}.pop(),) and [{k}] if {m} else [0]",
    "for item in list({n}):\n    {m}.append({k})",
    "for one in [{n}, {m}]:\n    one.append({k})",
    "if len({n}) > 2:\n    {m} = [{k}]",
    "if len({n}) > 2:\n    {m} = [{k}]\nelse:\n    {m} = {n}",
    "if {n}:\n    {m}.append({k})",
    "[{m}.append({k}) for _ in list({n})]",
    "[one.append({k}) for one in ({n}, {m})]",
    "print({n} := [{k}])",
    "try:\n    {n} = {m}[99]\nexcept IndexError:\n    {n} = [{k}]",
    "with nothing():\n    {n} = {m}\n    {n}.append({k})",
    "def push(v):\n    v.append({k})\n    return v",
    "def push(v):\n    w = v\n    for _ in range(2):\n        w.append({k})\n    return [w]",
    "def fresh(v):\n    return list(v)",
    "def touch():\n    {n}.append({k})",
    "def rebind():\n    global {n}\n    {n} = [{k}]",
    "def both(v):\n    touch()\n    return push(v)",
    "def later(v={n}):\n    return {m} + list(v)",
    "look = lambda v: {n} + list(v)",
    "push({n})",
    "{n} = push({m})",
    "{n} = fresh({m})",
    "{n} = both({m})",
    "touch()",
    "rebind()",
    "{n} = later()",
    "{n} = look({m})",
    (
        "class Holder:\n    kind = {k}\n    def __init__(self, v):\n        self.v = v\n"
        "    def add(self):\n        self.v.append({k})\n"
        "    def peek(self):\n        {n}.append({k})"
    ),
    "holder = Holder({n})",
    "holder.add()",
    "holder.peek()",
    "{n} = holder.v",
    "{n} = [Holder({m}).kind]",
    "import math\nmath.extra = {k}",
    "{n} = [math.extra]",
    "del {n}\n{n} = [{k}]",
    "import math",
    "import os.path\n{n} = [os.path.sep]",
    "import os\n{n} = [os.sep]",
    "from math import pi as {n}\n{n} = [{n}]",
)
PRELUDE = """from contextlib import nullcontext as nothing
import math
math.extra = 0
def push(v):
    v.append(0)
    return v
def fresh(v):
    return list(v)
def touch():
    a.append(0)
def rebind():
    global b
    b = [0]
def both(v):
    return push(v)
def later(v=()):
    return [7]
look = lambda v: list(v)
class Holder:
    kind = 0
    def __init__(self, v):
        self.v = v
    def add(self):
        self.v.append(1)
    def peek(self):
        return self.v"""
START = "a = [1]\nb = [2, 3]\nc = [4]\nd = []\nholder = Holder(c)"
_CALLS = ("look(a)", "later()", "fresh(b)", "holder.v", "Holder.kind", "push([1])", "math.pi")


@st.composite
def statement(draw: st.DrawFn) -> str:
    n, m = draw(st.sampled_from(_NAMES)), draw(st.sampled_from(_NAMES))
    return draw(st.sampled_from(_STATEMENTS)).format(n=n, m=m, k=draw(st.integers(10, 99)))


@st.composite
def notebooks(draw: st.DrawFn) -> list[tuple[str, ...]]:
    """Cells with tags: prelude, start, one to eight cells, the endpoint."""
    cells = draw(st.lists(st.lists(statement(), min_size=1, max_size=2), min_size=1, max_size=8))
    wanted = draw(st.lists(st.sampled_from((*_NAMES, *_CALLS)), min_size=1, max_size=3))
    answer = f"def predict():\n    return repr([{', '.join(wanted)}])"
    return [
        (PRELUDE,),
        (START,),
        *[("\n".join(cell),) for cell in cells],
        (answer, "endpoint"),
    ]


def encoded(cells: list[tuple[str, ...]]) -> bytes:
    return json.dumps(document(*cells)).encode()


def whole(cells: list[tuple[str, ...]]) -> str:
    """What the endpoint answers after the whole notebook ran from top to bottom."""
    return _answer(_run([cell[0] for cell in cells]))


def served(cells: list[tuple[str, ...]], found: Slice) -> str:
    """What the service answers: statements in order, artifacts taken from the rehearsal."""
    ids = {f"c{position + 1}": cell[0] for position, cell in enumerate(cells)}
    rehearsed = _run([ids[cell] for cell in found.rehearsal])
    namespace: dict[str, object] = {"__name__": "service"}
    _reset()
    for index in range(len(found.statements) + 1):
        for computed in found.computed:
            if computed.after == index:
                namespace[computed.name] = copy.deepcopy(rehearsed[computed.name])
        if index < len(found.statements):
            exec(compile(found.statements[index].text, "service", "exec"), namespace)
    return _answer(namespace)


def _run(sources: list[str]) -> dict[str, object]:
    _reset()
    namespace: dict[str, object] = {"__name__": "__main__", "print": lambda *_: None}
    for source in sources:
        exec(compile(source, "cell", "exec"), namespace)
    return namespace


def _reset() -> None:
    """A fresh process has a fresh `math`."""
    import math

    vars(math).pop("extra", None)


def _answer(namespace: dict[str, object]) -> str:
    predict = namespace["predict"]
    assert callable(predict)
    return str(predict())
