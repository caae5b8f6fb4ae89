"""Which statements ship, which are computed, which cells only look: tables of one-cell cases."""

from __future__ import annotations

import pytest

from .conftest import computed, sliced, verdicts

LITERALS = (
    "X = 1",
    "X = -1.5 + 2j",
    "X = 'a' 'b'",
    "X = f'{1 + 1}'",
    "X = [1, (2, 3), {4}, {'a': 5}]",
    "X = 1 if True else 2",
    "X = [n * 2 for n in range(3)]",
    "X = lambda y: y + 1",
    "X: int = 3",
    "X = Y = 1",
    "X, *Z = 1, 2, 3",
    "import numpy as np\nX = np.float64",
    "import re\nX = re.compile('a+')",
    "from pathlib import Path\nX = Path('a') / 'b'",
    "import logging\nX = logging.getLogger('x')",
    "X = frozenset({1})",
    "X = list[float]",
    "from collections import namedtuple\nX = namedtuple('X', 'a b')",
    "X = ','.join(['a'])",
    "from typing import TypedDict\nX = TypedDict('X', {'a': int})",
    "Y = {'a': 1}\nX = Y['a']",
    "Y = {'a': 1}\nX = {v: k for k, v in Y.items()}",
    "import os\nX = os.environ['HOME']",
    "from datetime import timedelta\nX = timedelta(days=1)",
    "from decimal import Decimal\nX = Decimal('1')",
    "from dataclasses import dataclass\n@dataclass\nclass C:\n    a: int\nX = C(1)",
    "from enum import Enum\nclass C(Enum):\n    A = 1\nX = C.A",
    "def X(): ...",
    "class X: ...",
    "async def X(): ...",
    "try:\n    import json as X\nexcept ImportError:\n    X = None",
    "import sys\nif sys.version_info > (3,):\n    def X(): ...\nelse:\n    X = None",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import X\nelse:\n    X = 1",
    "X = 1\nX = 2",
    "X = 1; Y = 2",
    "from functools import partial\nX = partial(int, base=2)",
)


@pytest.mark.parametrize("source", LITERALS)
def test_what_means_the_same_in_the_service_ships_as_source(source: str) -> None:
    found = sliced(source, ("def predict(): return X", "endpoint"))
    assert (computed(found), found.rehearsal) == ({}, ())
    assert verdicts(found) == "source endpoint"


COMPUTED = (
    "import m\nX = m.make()",
    "X = open('f').read()",
    "X = [1]\nX.append(2)",
    "X = 1\nX += 1",
    "X = {}\nX['a'] = 1",
    "X = []\nfor n in range(3):\n    X.append(n)",
    "for X in range(3): ...",
    "import numpy as np\nX = np.arange(3)",
    "import time\nX = time.time()",
    "X = {'a': 1}\ndel X['a']",
    "with open('f') as X: ...",
    "from datetime import datetime\nX = datetime.now()",
    "X = input()",
    "def f(): return 1\nX = f()",
    "X = [1]\nY = X\nY.append(1)",
    "X = [1]\nY = {'k': X}\nY['k'].pop()",
    "def f(v): v.append(1)\nX = [1]\nf(X)",
    "X = [1]\ndef f(): X.append(1)\nf()",
    "X = []\nfirst = [3]\nX.extend(first)",
    "def f(v): v.append(1)\ndef g(w): f(w)\nX = [1]\ng(X)",
    "X = 1\ndef f():\n    global X\n    X = 2\nf()",
    "import random\nX = [1, 2]\nrandom.shuffle(X)",
    "import heapq\nX = []\nheapq.heappush(X, 1)",
    "class C:\n    def __init__(self): self.a = 1\nX = C()",
    "import m\nX = m.Model().fit([1])",
    "import m\nX = m.Frame()\nX.drop('a', inplace=True)",
    "X = 1\nif input():\n    X = 2",
    "X = [1]\n[X.append(n) for n in range(2)]",
    "X = [1]\nfirst = X.pop()",
    "(X := [1]).append(2)",
    "X = [[1]]\nfor row in X:\n    row.append(2)",
    "X = [[1]]\nlist(map(lambda r: r.append(2), X))",
    "import os\nX = os.listdir('.')",
    "X = object.__new__(object)",
    "X = [1]\nsetattr(X, 'a', 1)",
    "X = {1: 2}\nX |= {3: 4}",
    "X = [3, 1]\nX.sort()",
    "X = [1]\nX[0], Y = 2, 3",
)


@pytest.mark.parametrize("source", COMPUTED)
def test_what_has_to_be_computed_is_an_artifact(source: str) -> None:
    found = sliced(source, ("def predict(): return X", "endpoint"))
    assert computed(found) == {"X": ("c1",)}
    assert found.rehearsal == ("c1",)


READERS = (
    "df.head()",
    "df.describe()",
    "df.info()",
    "df.plot()",
    "df.groupby('a').mean()",
    "print(df)",
    "len(df)",
    "df",
    "df['a']",
    "df.a.mean()",
    "other = df.copy()\nother['x'] = 1",
    "df[df.a > 1]",
    "sub = df[['a', 'b']]\nsub['c'] = 1",
    "import matplotlib.pyplot as plt\nplt.plot(df.a)\nplt.show()",
    "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot(df.a)\nax.set_title('a')",
    "score = df.score([1])\nprint(score)",
    "assert df.shape == (1, 2)",
    "for row in df.itertuples(): print(row)",
    "def show(frame): print(frame.head())\nshow(df)",
    "import seaborn as sns\nsns.heatmap(df.corr())",
    "%%time\ndf.predict([1])",
    "df.head?",
    "copy = df.sort_values('a')\ncopy.drop('b', inplace=True)",
    "import json\njson.dumps(df.to_dict())",
    "from sklearn.metrics import accuracy_score\naccuracy_score(df.y, df.predict(df.x))",
    "class Viewer:\n    def look(self, frame): return frame.mean()\nViewer().look(df)",
    "df.isna().sum().sum()",
)


@pytest.mark.parametrize("source", READERS)
def test_a_cell_that_only_looks_stays_out_of_the_rehearsal(source: str) -> None:
    found = sliced(
        "import m\ndf = m.load()", source, ("def predict(): return df.mean()", "endpoint")
    )
    assert found.rehearsal == ("c1",)


CHANGERS = (
    "df['x'] = 1",
    "df.x = 1",
    "df.fit([1])",
    "m2 = df.fit([1])",
    "score = df.fit([1]).score([1])",
    "df.drop('a', inplace=True)",
    "del df['a']",
    "df += 1",
    "alias = df\nalias.update(1)",
    "view = df['a']\nview[0] = 1",
    "holder = {'d': df}\nholder['d'].fit(1)",
    "df.sort()",
    "df.unknown()",
    "def clean(frame): frame['a'] = 1\nclean(df)",
    "x = df.pop('a')",
    "df.loc[0] = 1",
    "df.columns = ['a']",
    "def clean():\n    global df\n    df = 3\nclean()",
    "from local_module import train\ntrain(df)",
    "from sklearn.pipeline import Pipeline\npipe = Pipeline([('m', df)])\npipe.fit([1])",
    "[d.fit(1) for d in (df,)]",
    "for d in [df]:\n    d.fit(1)",
    "import numpy as np\nnp.fill_diagonal(df, 1)",
    "df[0][1].x = 3",
    "import torch\nopt = torch.optim.Adam(df.parameters())\nopt.step()",
    "setattr(df, 'a', 1)",
    "trainer = m.Trainer()\ntrainer.fit(df)",
    "if True:\n    df.fit(1)",
    "df = df.dropna()",
    "(df := 3)",
    "class T:\n    def run(self, d): d.fit(1)\nT().run(df)",
    "try:\n    df.fit(1)\nexcept ValueError: pass",
)


@pytest.mark.parametrize("source", CHANGERS)
def test_a_cell_that_changes_a_needed_value_is_rehearsed(source: str) -> None:
    found = sliced(
        "import m\ndf = m.load()", source, ("def predict(): return df.mean()", "endpoint")
    )
    assert found.rehearsal[-1] == "c2"
