"""`%deploy` is there in every Python kernel that the server starts, and nobody notices it come."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from traitlets.config import Config

from jupyter_modelship.environment.uv import find_uv
from jupyter_modelship.kernel_side import MIME, NAME
from jupyter_modelship.server.app import Modelship
from tests.line.conftest import write_book

from .window import Window, of, text

Open = Callable[..., Awaitable[Window]]


def uv(*words: str | Path) -> None:
    subprocess.run([find_uv(), *words], check=True, capture_output=True, timeout=300)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that has ipykernel and nothing of ours; its Python."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    uv("venv", "--quiet", "--python", sys.executable, folder)
    python = folder / "bin" / "python"
    uv("pip", "install", "--quiet", "--python", python, "ipykernel")
    return python


@pytest.fixture
def other(
    environment: Path, jp_environ: None, jp_data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """A kernel that lives in that environment."""
    monkeypatch.delenv("PYTHONPATH")  # pytest-jupyter's: all of ours would be there
    folder = jp_data_dir / "kernels" / "other"
    folder.mkdir(parents=True)
    argv = [str(environment), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Other", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    return "other"


@pytest.fixture
async def opened(
    jp_fetch: Any, jp_ws_fetch: Any, jp_serverapp: Any, extension: Modelship
) -> AsyncIterator[Open]:
    """Opens windows. Their kernels end with the test."""
    await jp_serverapp.extension_manager.start_all_extensions()
    windows: list[Window] = []

    async def opened(path: str = "a.ipynb", *, kernel: str) -> Window:
        windows.append(await Window.open(jp_fetch, jp_ws_fetch, path, kernel))
        return windows[-1]

    yield opened
    for window in windows:
        await window.close()
        await jp_fetch("api", "kernels", window.kernel, method="DELETE")


async def test_the_first_cell_can_deploy(opened: Open, other: str) -> None:
    window = await opened("demo.ipynb", kernel=other)
    messages = await window.run("%deploy flowers --target local")
    assert text(messages) == ""
    (shown,) = of(messages, "display_data")
    (intent,) = of(messages, "comm_open")
    path = intent["data"]["notebook"]
    assert intent["target_name"] == NAME
    assert intent["data"] == {
        "version": 1,
        "run": str(uuid.UUID(intent["data"]["run"])),
        "book": "demo.ipynb",
        "notebook": path,
        "flags": ["--name=flowers", "--target", "local"],
        "explicit": False,
    }
    assert Path(path).name == "demo.ipynb"
    card = shown["data"][MIME]
    assert (card["run"], card["state"]) == (intent["data"]["run"], "asked")
    assert shown["data"].keys() == {MIME, "text/plain"}, "nothing that a browser would run"
    typed = f"jupyter modelship deploy {path} --name=flowers --target local"
    assert shown["data"]["text/plain"].splitlines() == [
        "JupyterLab opens the review of demo.ipynb.",
        f"If nothing happens, type in a terminal: {typed}",
    ]


async def test_nobody_notices_how_it_came(opened: Open, other: str) -> None:
    window = await opened(kernel=other)
    messages = await window.run("print(_ih, _oh, dir())\n1")
    (answer,) = of(messages, "execute_result")
    assert answer["execution_count"] == 1
    names = "['In', 'Out', '_', '__', '___', '__builtin__', '__builtins__', '__doc__'"
    printed = text(messages)
    assert printed.startswith("['', 'print(_ih, _oh, dir())\\n1'] {} " + names)
    assert "modelship" not in printed
    before = [m for m in window.messages if m not in messages]
    assert {m["msg_type"] for m in before} <= {"status", "kernel_info_reply", "iopub_welcome"}


async def test_a_restarted_kernel_has_it_again(opened: Open, other: str, jp_fetch: Any) -> None:
    window = await opened(kernel=other)
    await window.run("x = 1")
    await jp_fetch("api", "kernels", window.kernel, "restart", method="POST", body="")
    await window.greet()
    messages = await window.run("%deploy list\n'x' in dir()")
    assert text(messages).startswith("No services yet.")
    assert of(messages, "execute_result")[0]["data"]["text/plain"] == "False"


async def test_a_kernel_that_ran_before_gets_it(
    jp_fetch: Any, jp_ws_fetch: Any, jp_serverapp: Any, other: str, extension: Modelship
) -> None:
    window = await Window.open(jp_fetch, jp_ws_fetch, "a.ipynb", other)
    assert "not found" in text(await window.run("%deploy"))
    await jp_serverapp.extension_manager.start_all_extensions()
    while not of(messages := await window.run("%deploy"), "comm_open"):
        assert "not found" in text(messages), "it comes when the kernel has time for it"
    await window.close()
    await jp_fetch("api", "kernels", window.kernel, method="DELETE")


OFF = Config(
    {
        "ServerApp": {"jpserver_extensions": {"jupyter_modelship": True}},
        "Modelship": {"kernel_magic": False},
    }
)


@pytest.mark.parametrize("jp_server_config", [OFF])
async def test_it_can_be_turned_off(opened: Open, other: str) -> None:
    window = await opened(kernel=other)
    await window.run("1")
    assert "`%deploy` not found" in text(await window.run("%deploy"))


async def test_a_kernel_of_another_language_is_left_alone(
    opened: Open, other: str, jp_data_dir: Path
) -> None:
    path = jp_data_dir / "kernels" / "other" / "kernel.json"
    path.write_text(path.read_text().replace('"language": "python"', '"language": "R"'))
    window = await opened(kernel=other)
    await window.run("1")
    assert "`%deploy` not found" in text(await window.run("%deploy"))


async def test_our_extension_counts_as_loaded(opened: Open, other: str) -> None:
    """The same notebook runs where the kernel's environment has the package."""
    window = await opened(kernel=other)
    assert "already loaded" in text(await window.run("%load_ext jupyter_modelship"))
    messages = await window.run("import jupyter_modelship")
    assert of(messages, "error")[0]["ename"] == "ModuleNotFoundError"


async def test_a_cell_that_deploys_runs_as_any_other(opened: Open, other: str) -> None:
    window = await opened(kernel=other)
    first = await window.run("%%deploy double\nimport asyncio\nawait asyncio.sleep(0, 'slept')")
    assert of(first, "execute_result")[0]["data"]["text/plain"] == "'slept'"
    assert of(first, "comm_open")[0]["data"]["flags"] == ["--name=double"]
    quiet = await window.run("%%deploy\ndef f(): return 7\nf();")
    assert of(quiet, "execute_result") == []
    assert len(of(quiet, "comm_open")) == 1
    assert text(await window.run("print(f(), _)")) == "7 slept\n"
    failed = await window.run("%%deploy\n\n# two lines above\n1 / 0")
    assert of(failed, "comm_open") == [], "what fails is not deployed"
    (error,) = of(failed, "error")
    assert error["ename"] == "ZeroDivisionError"
    assert "line 4" in re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error["traceback"]))


async def test_a_rehearsal_deploys_nothing(opened: Open, other: str) -> None:
    window = await opened(kernel=other)
    await window.run("import os; os.environ['MODELSHIP_REHEARSAL'] = '1'")
    for cell in ("%deploy --yes", "%%deploy --yes\nx = 1", "%deploy delete everything --yes"):
        messages = await window.run(cell)
        assert of(messages, "comm_open") == []
        assert text(messages) == "%deploy does nothing inside a rehearsal.\n"
    assert text(await window.run("print(x)")) == "1\n"


async def test_the_front_end_tells_how_it_went(opened: Open, other: str) -> None:
    window = await opened(kernel=other)
    (intent,) = of(await window.run("%deploy"), "comm_open")
    hostile = "<img src=x onerror=alert(1)> \u202e"
    for state in ("taken", "done"):
        data = {"state": state, "lines": [state, hostile]}
        await window.send("comm_msg", {"comm_id": intent["comm_id"], "data": data})
        seen = await window.until(lambda m: m["msg_type"] == "update_display_data")
        assert seen["content"]["transient"]["display_id"] == intent["data"]["run"]
        assert seen["content"]["data"]["text/plain"] == f"{state}\n{hostile}"
        assert seen["content"]["data"][MIME]["state"] == state
    await window.send("comm_close", {"comm_id": intent["comm_id"], "data": {}})
    assert of(await window.run("1"), "update_display_data") == []


async def test_a_front_end_without_our_extension_is_told_what_to_type(
    opened: Open, other: str
) -> None:
    window = await opened("demo.ipynb", kernel=other)
    (intent,) = of(await window.run("%deploy"), "comm_open")
    await window.send("comm_close", {"comm_id": intent["comm_id"], "data": {}})
    seen = await window.until(lambda m: m["msg_type"] == "update_display_data")
    said = seen["content"]["data"]["text/plain"].splitlines()
    assert said[0] == "This front end does not have the modelship extension."
    assert said[1].endswith(f"jupyter modelship deploy {intent['data']['notebook']}")


async def test_with_yes_the_command_line_does_it_there(
    opened: Open, other: str, jp_root_dir: Path
) -> None:
    write_book(
        jp_root_dir / "double.ipynb",
        "%%deploy --yes\ndef double(x: int) -> int:\n    return 2 * x",
        "double(2)",
    )
    window = await opened("double.ipynb", kernel="python3")
    (intent,) = of(await window.run("%deploy --yes"), "comm_open")
    await window.send("comm_close", {"comm_id": intent["comm_id"], "data": {}})

    def over(message: dict[str, Any]) -> bool:
        data = message["content"].get("data", {})
        return data.get(MIME, {}).get("state") in ("done", "failed")

    seen = await window.until(over, 240)
    said = seen["content"]["data"]["text/plain"]
    try:
        assert seen["content"]["data"][MIME]["state"] == "done", said
        assert "double is live:  POST http://127.0.0.1:" in said
        assert "token" not in json.dumps(seen["content"])
        called = await window.run('%deploy call double double {"x": 21}')
        assert text(called) == "42\n"
        again = await window.run("%deploy call double nothing {}")
        assert "has no endpoint 'nothing'" in text(again)
        (error,) = of(again, "error")
        assert error["evalue"].endswith("there is nothing of that name (exit code 4)")
    finally:
        assert text(await window.run("%deploy delete double --yes")) == "double is deleted.\n"


async def test_the_environment_is_left_as_it_was(extension: Modelship, jp_serverapp: Any) -> None:
    assert "MODELSHIP_PYTHON" not in os.environ
    await jp_serverapp.extension_manager.start_all_extensions()
    assert os.environ["MODELSHIP_PYTHON"] == sys.executable
    assert os.environ["MODELSHIP_SERVER"] == str(os.getpid())
    await extension.stop_extension()
    assert not {"MODELSHIP_PYTHON", "MODELSHIP_SERVER"} & os.environ.keys()
