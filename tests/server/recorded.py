"""Replies as they were recorded in tests/contract/wire, for the tests of both sides.

`pytest tests/server --update-wire` writes them anew; look at the diff then. What differs from one
machine or one day to the next is replaced, and only the shape is compared: names, types, nesting.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "contract" / "wire"
_DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
_MOMENTS = {"created": 1.0, "started": 2.0, "finished": 3.0}
_LOCK = "requirements.lock"


def scrubbed(value: Any, folder: Path) -> Any:
    """The reply without what is this machine's or this day's; `folder` is the server's own."""
    text = json.dumps(_plain(value), indent=1).replace(str(folder), "/home/ada")
    for pattern, named in ((_DIGEST, "{:064x}"), (_UUID, "00000000-0000-4000-8000-{:012x}")):
        seen = {found: at for at, found in enumerate(dict.fromkeys(pattern.findall(text)), 1)}
        for found, at in seen.items():
            text = text.replace(found, named.format(at))
    return json.loads(_ADDRESS.sub("http://127.0.0.1:8000", text))


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("name") == _LOCK:
        return {**value, "text": "# pins\n", "live": value["live"] and "# pins\n"}
    found = {key: _plain(each) for key, each in value.items()}
    found |= {key: when for key, when in _MOMENTS.items() if found.get(key) is not None}
    if found.get("who"):
        found["who"] = "ada"
    return found


def shape(value: Any) -> Any:
    """Names and types of a value, without its values; of a list each shape once."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in sorted(value.items())}
    if isinstance(value, list):
        shapes = {json.dumps(shape(each)) for each in value}
        return [json.loads(each) for each in sorted(shapes)]
    return "number" if isinstance(value, float) else type(value).__name__


def compare(name: str, value: Any, *, folder: Path, update: bool) -> None:
    """The reply has the shape of the one that is recorded under this name."""
    path = FOLDER / f"{name}.json"
    found = scrubbed(value, folder)
    if update:
        FOLDER.mkdir(exist_ok=True)
        text = json.dumps(found, indent=1, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
    assert path.exists(), f"nothing is recorded as {name}: pytest tests/server --update-wire"
    recorded = json.loads(path.read_text(encoding="utf-8"))
    assert shape(found) == shape(recorded), f"{name} has another shape than the recorded one"
