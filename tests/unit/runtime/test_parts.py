"""Token file, log, artifacts, metrics, the page, flags."""

from __future__ import annotations

import hashlib
import json
import pickle
import re
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import psutil
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from jupyter_modelship.runtime import artifact, docs
from jupyter_modelship.runtime.app import App
from jupyter_modelship.runtime.artifacts import ArtifactError
from jupyter_modelship.runtime.command import parse
from jupyter_modelship.runtime.core import Core
from jupyter_modelship.runtime.log import REFUSALS_PER_SECOND, Log, Printed
from jupyter_modelship.runtime.metrics import Collector
from jupyter_modelship.runtime.tokens import TokenFile

Logged = tuple[Log, Callable[[], list[dict[str, Any]]]]


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text("one\ntwo\n\n")
    return file


@pytest.mark.parametrize(
    ("header", "valid"),
    [
        ("Bearer one", True),
        ("bearer  two ", True),
        ("Bearer three", False),
        ("Bearer ", False),
        ("Bearer", False),
        ("Basic one", False),
        ("one", False),
        ("Bearer é", False),
        (None, False),
    ],
)
def test_any_line_of_the_file_is_a_token(token_file: Path, header: str | None, valid: bool) -> None:
    assert TokenFile(token_file, lambda error: None).admits(header) == valid


def test_a_changed_file_holds_at_once_it_is_looked_at(token_file: Path) -> None:
    tokens = TokenFile(token_file, lambda error: None)
    token_file.write_text("three and more")
    tokens.look()
    assert [tokens.admits(f"Bearer {word}") for word in ("one", "three and more")] == [False, True]
    token_file.write_text("")
    tokens.look()
    assert not tokens.admits("Bearer ")


def test_a_file_that_is_gone_leaves_the_tokens_and_says_so(token_file: Path) -> None:
    troubles: list[OSError] = []
    tokens = TokenFile(token_file, troubles.append)
    token_file.unlink()
    tokens.look()
    assert (tokens.admits("Bearer one"), len(troubles)) == (True, 1)


def test_a_missing_token_file_is_an_error_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        TokenFile(tmp_path / "nothing", lambda error: None)


def test_a_log_line_is_one_line_of_json(log_lines: Logged) -> None:
    log, lines = log_lines
    log.write("event", text='two\nlines "and" \u2028 \x1b[0m', nothing=None, half="\ud800")
    (line,) = lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {
        "level": "info",
        "event": "event",
        "text": 'two\nlines "and" \u2028 \x1b[0m',
        "half": "\ud800",
    }


def test_a_failure_says_cell_and_line_and_shows_the_notebooks_frames_only(
    log_lines: Logged, tmp_path: Path
) -> None:
    log, lines = log_lines
    module = tmp_path / "service.py"
    source = "def outer():\n    return inner()\n\ndef inner():\n    raise ValueError('no')\n"
    space: dict[str, Any] = {}
    exec(compile(source, str(module), "exec"), space)
    log.module = str(module)
    log._lines = {2: ("c1", 2), 5: ("c2", 1)}
    try:
        space["outer"]()
    except ValueError as error:
        log.failure("failed", error, endpoint="POST /it")
    (line,) = lines()
    assert (line["cell"], line["line"], line["error"]) == ("c2", 1, "ValueError")
    assert "test_parts" not in line["traceback"]
    assert "inner" in line["traceback"]


def test_a_failure_in_a_library_is_put_down_to_the_cell_that_called_it(
    log_lines: Logged, tmp_path: Path
) -> None:
    log, lines = log_lines
    module = tmp_path / "service.py"
    space: dict[str, Any] = {"json": json}
    exec(compile("def read():\n    json.loads('{')\n", str(module), "exec"), space)
    log.module, log._lines = str(module), {2: ("c1", 7)}
    try:
        space["read"]()
    except ValueError as error:
        log.failure("failed", error)
    assert (lines()[0]["cell"], lines()[0]["line"]) == ("c1", 7)


def test_a_syntax_error_has_a_line_without_a_frame(log_lines: Logged, tmp_path: Path) -> None:
    log, _ = log_lines
    log.module, log._lines = str(tmp_path / "service.py"), {1: ("c1", 1)}
    with pytest.raises(SyntaxError) as caught:
        compile("def", log.module, "exec")
    assert log.origin(caught.value) == ("c1", 1)


def test_a_flood_of_refusals_is_counted_and_not_written(
    log_lines: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, lines = log_lines
    now = [100.0]
    monkeypatch.setattr("jupyter_modelship.runtime.log.time.monotonic", lambda: now[0])
    for _ in range(REFUSALS_PER_SECOND + 30):
        log.refusal(status=400)
    now[0] += 1
    log.refusal(status=400)
    assert len(lines()) == REFUSALS_PER_SECOND + 2
    assert lines()[-2]["more"] == 30


def test_what_user_code_prints_becomes_log_lines(log_lines: Logged) -> None:
    printed = Printed(log_lines[0])
    print("two\nlines", "and", end="", file=printed)
    print(" a rest", file=printed)
    messages = [line["message"] for line in log_lines[1]()]
    assert messages == ["two", "lines and a rest"]


@pytest.fixture
def artifacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a service's artifacts."""
    module = types.ModuleType("service")
    module.__file__ = str(tmp_path / "service.py")
    monkeypatch.setitem(sys.modules, "service", module)
    folder = tmp_path / "artifacts"
    folder.mkdir()
    return folder


def hash_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_artifacts_of_each_format_load(artifacts: Path) -> None:
    value = {"a": [1, 2]}
    (artifacts / "a.json").write_text(json.dumps(value))
    (artifacts / "a.pickle").write_bytes(pickle.dumps(value))
    joblib.dump(value, artifacts / "a.joblib")
    for name in ("a.json", "a.pickle", "a.joblib"):
        assert artifact("a", name, sha256=hash_of(artifacts / name)) == value
    np.save(artifacts / "a.npy", np.arange(3))
    assert artifact("a", "a.npy", sha256=hash_of(artifacts / "a.npy")).tolist() == [0, 1, 2]


def test_a_file_that_has_changed_is_never_interpreted(artifacts: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"

    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (canary,))

    file = artifacts / "a.pickle"
    file.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(
        ArtifactError, match=r"artifact a: a\.pickle is not the file that was review"
    ):
        artifact("a", "a.pickle", sha256="0" * 64)
    assert not canary.exists()
    artifact("a", "a.pickle", sha256=hash_of(file))
    assert canary.exists()


def test_an_npy_with_objects_in_it_is_refused(artifacts: Path) -> None:
    np.save(artifacts / "a.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ArtifactError, match="cannot be loaded"):
        artifact("a", "a.npy", sha256=hash_of(artifacts / "a.npy"))


def test_missing_and_unknown_files_are_named(artifacts: Path) -> None:
    with pytest.raises(ArtifactError, match=r"artifact a: a\.json cannot be read: No such file"):
        artifact("a", "a.json", sha256="")
    (artifacts / "a.zip").write_bytes(b"")
    with pytest.raises(ArtifactError, match=r"no way to read a \.zip file"):
        artifact("a", "a.zip", sha256=hash_of(artifacts / "a.zip"))


def test_metrics_in_prometheus_format(core_of: Callable[[App], Core]) -> None:
    app = App("test")
    app.serve(lambda: 1, "POST /it", takes={}, returns=int)
    core = core_of(app)
    core.load_seconds, core.in_flight = 1.5, 2
    (endpoint,) = app.endpoints.values()
    endpoint.tally.add(200, 0.004)
    endpoint.tally.add(200, 0.3)
    endpoint.tally.add(500, 100.0)
    registry = CollectorRegistry()
    registry.register(Collector(core))
    text = generate_latest(registry).decode()
    for line in (
        'modelship_requests_total{endpoint="POST /it",status="2xx"} 2.0',
        'modelship_requests_total{endpoint="POST /it",status="5xx"} 1.0',
        'modelship_request_seconds_bucket{endpoint="POST /it",le="0.005"} 1.0',
        'modelship_request_seconds_bucket{endpoint="POST /it",le="0.5"} 2.0',
        'modelship_request_seconds_bucket{endpoint="POST /it",le="+Inf"} 3.0',
        'modelship_request_seconds_count{endpoint="POST /it"} 3.0',
        "modelship_in_flight 2.0",
        "modelship_hung_calls 0.0",
        "modelship_load_seconds 1.5",
    ):
        assert line in text.splitlines()
    (peak,) = re.findall(r"^modelship_peak_memory_bytes (\S+)$", text, re.MULTILINE)
    assert float(peak) >= psutil.Process().memory_info().rss * 0.9


def test_the_page_is_self_contained_and_writes_no_html_from_data() -> None:
    html, fields = docs.page()
    text = html.decode()
    assert not re.search(r"(?:src|href|action)=|https?://|@import|url\(", text)
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(", text
    )
    assert not re.search(r"localStorage|sessionStorage|cookie", text)
    assert not re.search(r"\son\w+=|style=", text)
    policy = dict(fields)["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy


def test_flags_have_the_documented_defaults() -> None:
    options = parse([])
    assert (options.host, options.port, options.docs, options.drain) == (
        "127.0.0.1",
        None,
        False,
        5,
    )
    assert (options.metrics_host, options.metrics_port, options.token_file) == (
        "127.0.0.1",
        None,
        None,
    )
    times = (options.header_timeout, options.idle_timeout, options.body_timeout)
    assert times == (10.0, 75.0, 30.0)
