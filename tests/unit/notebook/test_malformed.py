"""Whatever is in the file: findings of known codes within two seconds, never a traceback."""

from __future__ import annotations

import json
import time

import pytest

from jupyter_modelship.notebook import extract, read
from jupyter_modelship.notebook.catalogue import BY_CODE

from .conftest import codes, document
from .mutations import GOOD, spoiled


@pytest.mark.parametrize("seed", range(200))
def test_a_spoiled_notebook_gives_findings_and_no_traceback(seed: int) -> None:
    examine(seed)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(200, 1000))
def test_many_spoiled_notebooks_give_findings_and_no_traceback(seed: int) -> None:
    examine(seed)


def examine(seed: int) -> None:
    """Read and extract one spoiled notebook, and hold the result against the promises."""
    label, data = spoiled(seed)
    start = time.process_time()
    result = read(data)
    found = result.findings
    if result.notebook is None:
        assert [f.severity for f in found].count("block") == 1, label
    else:
        made = extract(result.notebook)
        found += made.findings
        ids = [cell.id for cell in result.notebook.cells]
        assert len(set(ids)) == len(ids), label
        if made.slice is None:
            assert any(f.severity == "block" for f in found), label
    assert {f.code for f in found} <= BY_CODE.keys()
    assert all(f.message and f.remedy for f in found), label
    assert time.process_time() - start < 2, label
    json.dumps([f.message + f.remedy for f in found]).encode()


def test_the_unspoiled_notebook_has_nothing_against_it() -> None:
    result = read(json.dumps(document(*GOOD)).encode())
    assert result.findings == ()
    assert result.notebook is not None
    assert extract(result.notebook).findings == ()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty-file"),
        (b" \n\t", "empty-file"),
        (b"not json", "not-json"),
        (b'{"nbformat": 4, "cells": [', "not-json"),
        (b"\x00\x00", "not-json"),
        ("{}".encode("utf-16"), "not-utf8"),
        (b'{"a": "\xff"}', "not-utf8"),
        (b"[" * 100_000, "too-deep"),
        (b"[1]", "not-a-notebook"),
        (b"{}", "not-a-notebook"),
        (b'{"nbformat": true, "cells": []}', "not-a-notebook"),
        (b'{"nbformat": 4}', "not-a-notebook"),
        (b'{"nbformat": 4, "cells": {}}', "not-a-notebook"),
        (b'{"nbformat": 3, "worksheets": []}', "other-format"),
        (b'{"nbformat": 5, "cells": []}', "other-format"),
    ],
)
def test_what_is_no_notebook_is_one_blocking_finding(data: bytes, code: str) -> None:
    result = read(data)
    assert result.notebook is None
    assert codes(result.findings) == [code]
    assert result.findings[0].severity == "block"
