"""Notebooks without a credential, full of what is often taken for one: digests, identifiers,
pictures in base 64, keys of tables, placeholders, logs of installers."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import uuid
import zlib
from collections.abc import Callable, Mapping

Cell = Mapping[str, object]


class Author:
    """Random content, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def data(self, length: int) -> bytes:
        return self.dice.randbytes(length)

    def uuid(self) -> str:
        return str(uuid.UUID(bytes=self.data(16), version=4))

    def sha(self, name: str = "sha256") -> str:
        return hashlib.new(name, self.data(20)).hexdigest()

    def word(self) -> str:
        return self.dice.choice(
            ["user", "token", "key", "session", "model", "secret", "batch", "login", "row", "auth"]
        )

    def number(self) -> float:
        return round(self.dice.gauss(0, 100), 6)

    def cell(self, source: str, *outputs: Mapping[str, object]) -> Cell:
        return {"source": source, "outputs": list(outputs)}

    def shown(self, text: str, **forms: str) -> Mapping[str, object]:
        data = {"text/plain": text, **{name.replace("_", "/"): v for name, v in forms.items()}}
        return {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}

    def printed(self, *lines: str) -> Mapping[str, object]:
        return {"output_type": "stream", "name": "stdout", "text": [f"{line}\n" for line in lines]}


def digests(a: Author) -> Cell:
    lines = [f"{a.sha(kind)}  data/part-{n}.parquet"
             for n, kind in enumerate(("md5", "sha1", "sha256", "sha512"))]  # fmt: skip
    return a.cell(f'EXPECTED_SHA256 = "{a.sha()}"\nCOMMIT = "{a.sha("sha1")}"', a.printed(*lines))


def identifiers(a: Author) -> Cell:
    rows = "\n".join(f"{n}  {a.uuid()}  {a.word()}_{n}  {a.number()}" for n in range(8))
    return a.cell(f'RUN_ID = "{a.uuid()}"\nsession_id = "{a.uuid()}"', a.shown(rows))


def picture(a: Author) -> Cell:
    png = b"\x89PNG\r\n\x1a\n" + zlib.compress(a.data(3000))
    text = base64.b64encode(png).decode()
    page = f'<img src="data:image/png;base64,{text}"/>'
    return a.cell("ax.plot(x, y)", a.shown("<Axes: >", image_png=text, text_html=page))


def inline_data(a: Author) -> Cell:
    text = base64.b64encode(a.data(90)).decode()
    return a.cell(
        f'import base64\nWEIGHTS = base64.b64decode("{text}")\nlen(WEIGHTS)', a.shown("90")
    )


def table(a: Author) -> Cell:
    head = ["customer_key", "api_calls", "token_count", "password_length"]
    rows = [[str(a.dice.randrange(10**9)) for _ in head] for _ in range(6)]
    html = "".join(f"<tr>{''.join(f'<td>{v}</td>' for v in row)}</tr>" for row in [head, *rows])
    return a.cell(f"frame[{head}].head()", a.shown(str(rows), text_html=f"<table>{html}</table>"))


def placeholders(a: Author) -> Cell:
    return a.cell(
        'api_key = os.environ["API_KEY"]\npassword = getpass.getpass()\n'
        'TOKEN = "<your-token-here>"\nsecret = "changeme"\nkey = config.get("secret_key")\n'
        'URL = "postgresql://user:password@localhost:5432/db"\n'
        "# clone https://NAME:TOKEN@HOST/a.git or https://oauth2:your-token@git.example/a.git\n"
        'token = os.getenv("HF_TOKEN", "")'
    )


def installer(a: Author) -> Cell:
    place = f"https://files.example/packages/{a.sha()[:2]}/{a.sha()[:2]}/{a.sha()[:60]}"
    lines = [
        "Collecting scikit-learn==1.7.0",
        f"  Downloading {place}/scikit_learn-1.7.0-cp311-cp311-linux.whl#sha256={a.sha()}",
        f"scikit-learn==1.7.0 --hash=sha256:{a.sha()}",
    ]
    return a.cell("%pip install scikit-learn", a.printed(*lines))


def failure(a: Author) -> Cell:
    trace = [f"File <ipython-input-3-{a.sha('sha1')[:12]}>:2", f"KeyError: '{a.word()}_{a.uuid()}'"]
    told = {"output_type": "error", "ename": "KeyError", "evalue": a.word(), "traceback": trace}
    return a.cell("tokens[session]", told)


def numbers(a: Author) -> Cell:
    values = [[a.number() for _ in range(6)] for _ in range(6)]
    return a.cell("model.coef_", a.shown(f"array({values})"), a.printed(json.dumps(values)))


def addresses(a: Author) -> Cell:
    return a.cell(
        f'DATA = "https://data.example/v1/{a.uuid()}/rows?sig={a.sha()[:16]}&page=2"\n'
        f'bucket = "s3://weather-{a.dice.randrange(10**6)}/{a.sha("md5")}/model.bin"\n'
        f'IMAGE = "registry.example/team/model@sha256:{a.sha()}"',
    )


def text_model(a: Author) -> Cell:
    words = [a.word() + a.dice.choice(["s", "##ing", "_id"]) for _ in range(30)]
    ids = [a.dice.randrange(30_000) for _ in words]
    source = "tokenizer.encode(text)  # special tokens: [CLS] [SEP]\nkey_padding_mask = ids == 0"
    return a.cell(source, a.printed(str(words), str(ids)))


def chart(a: Author) -> Cell:
    figure = {"data": [{"uid": a.uuid(), "x": [a.number() for _ in range(20)]}], "layout": {}}
    forms = {"application/vnd.plotly.v1+json": figure, "text/plain": f"Figure({a.sha()[:8]})"}
    told = {"output_type": "display_data", "metadata": {}, "data": forms}
    return a.cell("px.line(frame)", told)


KINDS: tuple[Callable[[Author], Cell], ...] = (
    digests, identifiers, picture, inline_data, table, placeholders, installer, failure, numbers,
    addresses, text_model, chart,
)  # fmt: skip


def clean_cells(seed: int) -> list[Cell]:
    """Cells of one notebook: five kinds of the dozen, one after the other."""
    author = Author(seed)
    return [kind(author) for kind in author.dice.sample(KINDS, 5)]
