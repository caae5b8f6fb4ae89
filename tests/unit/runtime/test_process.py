"""The real process: start, control channel, failures, token."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .conftest import EXAMPLES, PATIENCE, RUNTIME, SERVICE, Serve

MakeBundle = Callable[[str], Path]


@contextmanager
def over(path: Path) -> Iterator[http.client.HTTPConnection]:
    """A connection over a Unix socket."""
    link = http.client.HTTPConnection("service", timeout=PATIENCE)
    link.sock = socket.socket(socket.AF_UNIX)
    link.sock.connect(str(path))
    yield link
    link.close()


def test_a_bundle_is_served_by_its_own_copy_of_the_runtime(tmp_path: Path, serve: Serve) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(RUNTIME, bundle / "modelship_runtime")
    (bundle / "service.py").write_text(SERVICE)
    service = serve(bundle, "--port", "0").listening()
    assert service.ask("POST", "/double", {"x": 2})[:2] == (200, 4.0)
    assert service.ask("POST", "/total", {"rows": [[1, 2]]})[:2] == (200, [3.0])
    assert service.ask("POST", "/flower", {"flower": {"width": 1}})[:2] == (
        200,
        {"width": 1.0, "name": "iris"},
    )
    assert service.ask("GET", "/add?a=2")[:2] == (200, 3)
    assert service.ask("POST", "/wait", {"seconds": 0})[:2] == (200, 0.0)


def test_the_keeper_leads_a_process_from_import_to_traffic(
    bundle: Path, serve: Serve, listener: socket.socket, tmp_path: Path
) -> None:
    private = tmp_path / "private"
    service = serve(
        bundle, "--private-socket", str(private), "--metrics-port", "0",
        control=True, listener=listener,
    )  # fmt: skip
    assert service.told("loaded")["seconds"] > 0
    assert not private.exists()
    service.tell("open")
    ready = service.told("ready")
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    with over(private) as link:
        assert service.ask("POST", "/double", {"x": 2}, connection=link)[:2] == (200, 4.0)
    waiting = service.connect()
    waiting.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
    service.tell("take")
    service.told("taking")
    assert waiting.recv(9999).startswith(b"HTTP/1.1 200 OK")
    waiting.close()
    metrics = http.client.HTTPConnection("127.0.0.1", ready["metrics_port"], timeout=PATIENCE)
    metrics.request("GET", "/metrics")
    assert b'modelship_requests_total{endpoint="POST /double"' in metrics.getresponse().read()
    metrics.close()
    service.tell("drain")
    service.told("draining")
    service.signal()
    assert service.ended() == 0
    assert not private.exists()


LATE = """
import os
import package

def late() -> int:
    from package import part
    return part.ANSWER + (os.path.getsize("data") if os.path.exists("data") else 0)

app.serve(late, "GET /late", takes={}, returns=int)
"""


def test_the_folder_that_a_process_was_started_from_may_go(
    make_bundle: MakeBundle, serve: Serve, listener: socket.socket
) -> None:
    """A process that went on from the complete bundle needs the one without examples no more."""
    first, complete = make_bundle(SERVICE + LATE), make_bundle(SERVICE + LATE)
    for folder in (first, complete):
        (folder / "package").mkdir()
        (folder / "package" / "__init__.py").touch()
        (folder / "package" / "part.py").write_text("ANSWER = 42")
    (complete / "data").write_text("x")
    service = serve(first, control=True, listener=listener)
    service.told("loaded")
    service.tell("open", bundle=str(complete))
    service.told("ready")
    shutil.rmtree(first)
    service.tell("take")
    service.told("taking")
    assert service.ask("GET", "/late")[:2] == (200, 43)


def test_a_keeper_that_is_gone_ends_the_process_at_once(
    bundle: Path, serve: Serve, listener: socket.socket
) -> None:
    service = serve(bundle, control=True, listener=listener)
    service.told("loaded")
    service.tell("open")
    service.tell("take")
    service.told("taking")
    service.abandon()
    assert service.ended() == 0


def test_a_keeper_that_is_gone_is_noticed_while_user_code_blocks_the_loop(
    make_bundle: MakeBundle, serve: Serve, listener: socket.socket
) -> None:
    source = SERVICE.replace('"demo",', '"demo", execution="inline",')
    service = serve(make_bundle(source), control=True, listener=listener)
    service.told("loaded")
    service.tell("open")
    service.tell("take")
    service.told("taking")
    with service.connect() as link:
        link.sendall(
            b"POST /hang HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            b"content-length: 2\r\n\r\n{}"
        )
        service.abandon()
        assert service.ended() == 0


def test_a_held_process_ends_on_drain_and_on_sigterm(bundle: Path, serve: Serve) -> None:
    held = serve(bundle, control=True)
    held.told("loaded")
    held.tell("drain")
    assert held.ended() == 0
    other = serve(bundle, control=True)
    other.told("loaded")
    other.signal()
    assert other.ended() == 0


@pytest.mark.parametrize(
    ("source", "phase", "error", "cell", "line"),
    [
        ("x = 1\nraise KeyError('petal')\n", "import", "KeyError", "c2", 1),
        ("x = 1\nimport nowhere_to_be_found\n", "import", "ModuleNotFoundError", "c2", 1),
        ("x = 1\ndef (:\n", "import", "SyntaxError", "c2", 1),
        ("x = 1\nraise SystemExit(0)\n", "import", "SystemExit", "c2", 1),
        ("from modelship_runtime import artifact\nm = artifact('m', 'm.npy', sha256='')\n",
         "artifact", "ArtifactError", "c2", 1),
        ("from modelship_runtime import App\napp = App('x')\n", "setup", "RegistrationError",
         None, None),
        ("import modelship_runtime as m\nm.App('x').serve(print, 'POST /x', takes={'y': int})\n",
         "setup", "RegistrationError", "c2", 1),
    ],
)  # fmt: skip
def test_what_fails_at_the_start_is_told_with_its_cell(
    make_bundle: MakeBundle,
    serve: Serve,
    tmp_path: Path,
    source: str,
    phase: str,
    error: str,
    cell: str | None,
    line: int | None,
) -> None:
    places = tmp_path / "service.map.json"
    places.write_text(json.dumps({"1": ["c1", 1], "2": ["c2", 1]}))
    service = serve(make_bundle(source), "--source-map", str(places), control=True)
    failed = service.told("failed")
    assert (failed["phase"], failed["error"]) == (phase, error)
    assert (failed["cell"], failed["line"]) == (cell, line)
    assert failed["message"]
    assert failed["traceback"]
    assert service.ended() == 1
    logged = service.logged("failed")
    assert (logged["phase"], logged["error"], logged.get("cell")) == (phase, error, cell)


@pytest.mark.parametrize(
    ("name", "content"), [("examples.json", "[{]"), ("examples.json", '[{"path": 1}]')]
)
def test_a_bundle_that_cannot_be_read_is_told(
    make_bundle: MakeBundle, serve: Serve, name: str, content: str
) -> None:
    bundle = make_bundle(SERVICE)
    (bundle / name).write_text(content)
    service = serve(bundle, control=True)
    service.tell("open")
    assert service.told("failed")["phase"] == "setup"
    assert service.ended() == 1


def test_a_port_that_is_taken_is_told(bundle: Path, serve: Serve, listener: socket.socket) -> None:
    service = serve(bundle, "--port", str(listener.getsockname()[1]))
    failed = service.logged("failed")
    assert (failed["phase"], failed["error"]) == ("listen", "OSError")
    assert service.ended() == 1


def test_an_example_that_fails_is_logged_and_nothing_more(
    make_bundle: MakeBundle, serve: Serve
) -> None:
    bundle = make_bundle(SERVICE)
    broken = {"function": "fail", "method": "POST", "path": "/fail", "arguments": {"key": "x"},
              "result": 1, "compare": "exact"}  # fmt: skip
    (bundle / "examples.json").write_text(json.dumps([broken, *EXAMPLES]))
    service = serve(bundle, "--port", "0")
    assert service.logged("example")["error"] == "KeyError"
    assert service.listening().ask("GET", "/readyz")[0] == 200


def test_failures_in_the_log_carry_request_cell_and_line_and_prints_are_lines(
    make_bundle: MakeBundle, serve: Serve, tmp_path: Path
) -> None:
    source = SERVICE.replace(
        "    return values[key]", "    print('looking')\n    return values[key]"
    )
    number = source.splitlines().index("    return values[key]") + 1
    places = tmp_path / "service.map.json"
    places.write_text(json.dumps({str(number): ["9bd1", 4]}))
    service = serve(make_bundle(source), "--port", "0", "--source-map", str(places)).listening()
    status, problem, fields = service.ask(
        "POST", "/fail", {"key": "x"}, headers={"x-request-id": "mine"}
    )
    assert (status, problem["request_id"], fields["x-request-id"]) == (500, "mine", "mine")
    assert service.logged("print")["message"] == "looking"
    line = service.logged("failed")
    assert (line["request_id"], line["endpoint"]) == ("mine", "POST /fail")
    assert (line["cell"], line["line"], line["error"]) == ("9bd1", 4, "KeyError")


def test_tokens_are_exchanged_without_a_restart(bundle: Path, serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")
    service = serve(bundle, "--port", "0", "--token-file", str(file), "--docs").listening()

    def status(path: str, token: str) -> int:
        return service.ask("GET", path, headers={"authorization": f"Bearer {token}"})[0]

    assert [status(path, "old") for path in ("/add?a=1", "/openapi.json")] == [200, 200]
    assert [status(path, "new") for path in ("/add?a=1", "/openapi.json")] == [401, 401]
    assert [service.ask("GET", path)[0] for path in ("/livez", "/readyz", "/")] == [200, 200, 200]
    file.write_text("new token")
    while status("/add?a=1", "old") == 200:
        pass
    assert (status("/add?a=1", "new token"), status("/add?a=1", "old")) == (200, 401)


def test_the_page_and_the_contract_are_served_as_they_are(bundle: Path, serve: Serve) -> None:
    service = serve(bundle, "--port", "0", "--docs").listening()
    status, contract, fields = service.ask("GET", "/openapi.json")
    assert (status, contract) == (200, {"openapi": "3.1.0", "paths": {}})
    assert fields["content-type"] == "application/json"
    for path in ("/", "/docs"):
        status, page, fields = service.ask("GET", path)
        assert (status, page) == (200, (RUNTIME / "page.html").read_bytes())
        assert fields["content-security-policy"].startswith("default-src 'none'")
    without = serve(bundle, "--port", "0").listening()
    assert [without.ask("GET", path)[0] for path in ("/", "/docs")] == [404, 404]


def test_a_hung_call_is_answered_and_the_process_ends_all_the_same(
    bundle: Path, serve: Serve
) -> None:
    service = serve(bundle, "--port", "0", "--drain", "0").listening()
    assert service.ask("POST", "/hang", {})[0] == 504
    assert service.ask("GET", "/readyz")[:2] == (503, {"ready": False, "reason": "hung"})
    assert service.ask("GET", "/livez")[0] == 200
    service.signal()
    assert service.ended() == 0
