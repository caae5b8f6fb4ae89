"""Real kernels that fail, die, hang, are cancelled, or live in another environment."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from jupyter_modelship.errors import StageFailed, UsageError
from jupyter_modelship.model import Computed, Endpoint, Notebook, Slice, Statement
from jupyter_modelship.process import environment
from jupyter_modelship.rehearsal import CellProgress, RehearsalRequest, Rehearsed, rehearse
from tests.processes import ended

from .conftest import cell, facts_of, request_for, unheard

SERVE = "def serve(value):\n    return [value, made]"


def notebook_of(*sources: str) -> Notebook:
    """Cells that make `made`, then the endpoint."""
    cells = [cell(at, source) for at, source in enumerate((*sources, SERVE), start=1)]
    return Notebook(tuple(cells), "0")


def slice_of(notebook: Notebook, *, examples: tuple[str, ...] = ()) -> Slice:
    *makers, server = (c.id for c in notebook.cells if c.id not in examples)
    return Slice(
        endpoints=(Endpoint("serve", "POST", "/serve", server, 1),),
        statements=(Statement(server, 1, SERVE, "definition", ("serve",)),),
        computed=(Computed("made", tuple(makers), 0),),
        rehearsal=tuple(makers),
        examples=examples,
        example_needs=(),
        example_names=(),
        parameters=(),
        modules=(),
        installs=(),
        verdicts=(),
    )


async def run(root: Path, *sources: str, **more: object) -> Rehearsed:
    notebook = notebook_of(*sources)
    return await rehearse(request_for(notebook, slice_of(notebook), root, **more), on_event=unheard)


async def failure(root: Path, *sources: str, **more: object) -> StageFailed:
    with pytest.raises(StageFailed) as caught:
        await run(root, *sources, **more)
    assert nobody_left(root)
    return caught.value


def kernels(root: Path) -> list[psutil.Process]:
    """Processes whose command line mentions the rehearsals of `root`."""
    wanted = str(root / "cache" / "rehearsals")
    found = []
    for process in psutil.process_iter():
        try:
            if any(wanted in word for word in process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def nobody_left(root: Path) -> bool:
    """No kernel, no zombie, no client, no working folder and no socket is left."""
    children = psutil.Process().children()
    zombies = [child for child in children if child.status() == psutil.STATUS_ZOMBIE]
    clients = [thread for thread in threading.enumerate() if type(thread).__name__ == "HBChannel"]
    folders = list((root / "cache" / "rehearsals").glob("work-*"))
    sockets = list((root / "run").iterdir())
    return not (kernels(root) or zombies or clients or folders or sockets)


async def test_a_failing_cell_is_named_by_number_first_line_and_line(tmp_path: Path) -> None:
    progress: list[CellProgress] = []
    source = "# fit\nrow = {}\nrow['petal width']"
    notebook = notebook_of("made = 1", source)
    request = request_for(notebook, slice_of(notebook), tmp_path)
    with pytest.raises(StageFailed) as caught:
        await rehearse(request, on_event=unheard, on_cell=progress.append)
    error = caught.value
    assert error.message == "cell 2 (`# fit`), line 3: KeyError: 'petal width'"
    assert (error.cell, error.line) == ("cell-2", 3)
    assert "\x1b" not in error.detail
    assert "KeyError" in error.detail
    assert [(p.number, p.state) for p in progress] == [
        (1, "running"), (1, "done"), (2, "running"), (2, "failed"),
    ]  # fmt: skip
    assert nobody_left(tmp_path)


async def test_a_syntax_error_has_its_line(tmp_path: Path) -> None:
    error = await failure(tmp_path, "made = 1\nmade = ")
    assert error.message == "cell 1 (`made = 1`), line 2: SyntaxError: invalid syntax"


async def test_an_orderly_exit_is_a_failure_too(tmp_path: Path) -> None:
    error = await failure(tmp_path, "import sys\nsys.exit(0)")
    assert error.message == "cell 1 (`import sys`) ended the rehearsal by SystemExit"


async def test_a_kernel_that_is_killed_is_named_with_its_cell(tmp_path: Path) -> None:
    error = await failure(tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    assert error.message == (
        "cell 1 (`import os, signal`): the kernel died by SIGKILL: out of memory?"
    )


async def test_a_crash_in_native_code_shows_where(tmp_path: Path) -> None:
    error = await failure(tmp_path, "import ctypes\nctypes.string_at(0)")
    assert error.message == "cell 1 (`import ctypes`): the kernel died by SIGSEGV"
    assert "string_at" in error.detail


async def test_a_cell_over_its_time_limit_is_ended(tmp_path: Path) -> None:
    error = await failure(tmp_path, "import time\ntime.sleep(600)", cell_seconds=1)
    assert error.message == "cell 1 (`import time`) took longer than 1 s"
    assert "cell_time_limit" in error.remedy


LOCK = "TypeError: cannot pickle '_thread.lock' object"
THING = "cell 1 (`class Thing:`)"
UNSTORABLE = [
    (
        "import threading\nmade = threading.Lock()",
        f"`made` (_thread.lock) from cell 1 (`import threading`) cannot ship as a file: {LOCK}",
    ),
    ("'nothing'", "cell 1 (`'nothing'`) ran, but bound no `made`"),
    (
        "class Thing:\n    pass\nmade = Thing()",
        f"`made` from {THING} needs `Thing`, defined in {THING}, which does not ship",
    ),
]


@pytest.mark.parametrize(("source", "message"), UNSTORABLE)
async def test_what_cannot_ship_is_named_with_its_cell(
    tmp_path: Path, source: str, message: str
) -> None:
    error = await failure(tmp_path, source)
    assert error.message == message
    assert error.remedy
    assert error.cell == "cell-1"


async def test_an_unknown_parameter_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no parameter `made`"):
        await run(tmp_path, "made = 1", parameters={"made": 2})


SURROUNDINGS = """
import os, sys
made = {
    "folder": os.getcwd(),
    "rehearsal": os.environ.get("MODELSHIP_REHEARSAL"),
    "value": os.environ.get("DATABASE"),
    "spec": os.environ.get("FROM_SPEC"),
    "writes": sys.dont_write_bytecode,
    "text": open("data.txt").read(),
    "ours": [name for name in globals() if "modelship" in name],
    "service": "service" in sys.modules,
    "startup": "from_startup" in globals(),
}
"""


async def test_the_kernel_is_clean_and_stands_in_the_notebooks_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "first.py").write_text("from_startup = 1")
    folder = tmp_path / "notebook"
    folder.mkdir()
    data = folder / "data.txt"
    data.write_text("one")
    given = {"environment": {"DATABASE": "x"}, "kernel_env": {"FROM_SPEC": "y"}}
    done = await run(tmp_path, SURROUNDINGS, **given)
    made = json.loads((done.folder / "made.json").read_text())
    assert made == {
        "folder": str(folder),
        "rehearsal": "1",
        "value": "x",
        "spec": "y",
        "writes": False,
        "text": "one",
        "ours": [],
        "service": False,
        "startup": False,
    }
    assert [(read.path, read.size) for read in done.reads] == [(str(data), 3)]
    assert nobody_left(tmp_path)

    os.utime(data, ns=(1, 1))
    assert (await run(tmp_path, SURROUNDINGS, **given)).cached == "all"
    other_value = {**given, "environment": {"DATABASE": "another"}}
    assert (await run(tmp_path, SURROUNDINGS, **other_value)).cached == "nothing"
    assert (await run(tmp_path, SURROUNDINGS, **given, fresh=True)).cached == "nothing"
    data.write_text("two")
    changed = await run(tmp_path, SURROUNDINGS, **given)
    assert changed.cached == "nothing"
    assert json.loads((changed.folder / "made.json").read_text())["text"] == "two"


async def test_examples_that_reach_around_the_slice_run_with_everything(tmp_path: Path) -> None:
    def request(server: str) -> RehearsalRequest:
        notebook = notebook_of("hidden = 3\nmade = 1")
        example = cell(3, "serve(hidden)")  # the slice below keeps no `hidden` for it
        notebook = Notebook((*notebook.cells, example), "0")
        piece = slice_of(notebook, examples=("cell-3",))
        changed = replace(piece.statements[0], text=server)
        return request_for(notebook, replace(piece, statements=(changed,)), tmp_path)

    first = await rehearse(request(SERVE), on_event=unheard)
    assert [e.result for e in first.examples] == [[3, 1]]
    heard: list[str] = []
    again = await rehearse(request(SERVE + "\n# changed"), on_event=heard.append)
    assert (again.cached, [e.result for e in again.examples]) == ("nothing", [[3, 1]])
    assert any("NameError" in line and "everything runs again" in line for line in heard)


async def test_what_cells_print_is_heard_line_by_line_without_secrets(tmp_path: Path) -> None:
    talks = (
        "import os, sys\n"
        "print('one', end=' '); print('line\\nand another')\n"
        "print('to stderr', file=sys.stderr, flush=True)\n"
        "print('key:', os.environ['KEY'])\n"
        "print('no end', end='')"
    )
    notebook = notebook_of(talks, "made = 1")
    heard: list[str] = []
    given = {"environment": {"KEY": "correct horse"}, "secrets": frozenset({"KEY"})}
    request = request_for(notebook, slice_of(notebook), tmp_path, **given)
    await rehearse(request, on_event=heard.append, on_cell=lambda _: None)
    assert [line for line in heard if line != "to stderr"] == [
        "one line", "and another", "key: ***", "no end",
    ]  # fmt: skip
    assert "to stderr" in heard


async def test_cancelled_the_kernel_is_gone_before_the_task_ends(tmp_path: Path) -> None:
    running = asyncio.Event()

    def on_cell(progress: CellProgress) -> None:
        running.set()

    notebook = notebook_of("import time\ntime.sleep(600)")
    request = request_for(notebook, slice_of(notebook), tmp_path)
    task = asyncio.ensure_future(rehearse(request, on_event=unheard, on_cell=on_cell))
    await running.wait()
    assert len(kernels(tmp_path)) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert nobody_left(tmp_path)


async def test_cancelled_while_the_kernel_starts_nobody_is_left(tmp_path: Path) -> None:
    notebook = notebook_of("made = 1")
    request = request_for(notebook, slice_of(notebook), tmp_path)
    task = asyncio.ensure_future(rehearse(request, on_event=unheard))
    while not kernels(tmp_path):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert nobody_left(tmp_path)


async def test_cancelled_before_the_kernel_starts_no_cell_runs(tmp_path: Path) -> None:
    progress: list[CellProgress] = []
    notebook = notebook_of("made = 1")
    request = request_for(notebook, slice_of(notebook), tmp_path)
    task = asyncio.ensure_future(rehearse(request, on_event=unheard, on_cell=progress.append))
    while not any(thread.name.startswith("rehearsal") for thread in threading.enumerate()):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert nobody_left(tmp_path)
    assert progress == []


async def test_no_cell_runs_before_it_is_allowed_to(tmp_path: Path) -> None:
    progress: list[CellProgress] = []
    allowed = asyncio.Event()
    notebook = notebook_of("made = 1")
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    request = request_for(notebook, slice_of(notebook), first)
    work = rehearse(request, on_event=unheard, on_cell=progress.append, allowed=allowed)
    task = asyncio.ensure_future(work)
    while not kernels(first):
        await asyncio.sleep(0)
    await run(second, "made = 2")  # began later, and has come to its end
    assert (progress, len(kernels(first))) == ([], 1)
    allowed.set()
    assert [artifact.name for artifact in (await task).artifacts] == ["made"]
    assert {each.state for each in progress} == {"running", "done"}


async def test_where_it_is_never_allowed_nobody_is_left(tmp_path: Path) -> None:
    notebook = notebook_of("made = 1")
    request = request_for(notebook, slice_of(notebook), tmp_path)
    work = rehearse(request, on_event=unheard, allowed=asyncio.Event())
    task = asyncio.ensure_future(work)
    while not kernels(tmp_path):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert nobody_left(tmp_path)


DIE = """
import asyncio, os, pathlib, signal, sys
sys.path.insert(0, sys.argv[1])
from rehearsal.test_kernels import *
notebook = notebook_of("import ctypes\\nctypes.PyDLL(None).sleep(600)")  # with the GIL
request = request_for(notebook, slice_of(notebook), pathlib.Path(sys.argv[2]))
def on_cell(progress):
    print(*(kernel.pid for kernel in kernels(pathlib.Path(sys.argv[2]))), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(rehearse(request, on_event=print, on_cell=on_cell))
"""


def test_when_we_are_killed_the_kernel_dies_with_us(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", DIE, str(Path(__file__).parents[1]), str(tmp_path)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    pids = [int(pid) for pid in done.stdout.split()]
    assert pids
    assert [pid for pid in pids if not ended(pid)] == []


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of another virtual environment, which has nothing at all yet."""
    folder = tmp_path_factory.mktemp("elsewhere") / "venv"
    uv = Path(sys.executable).parent / "uv"
    make = [str(uv), "venv", "--python", sys.executable, str(folder)]
    subprocess.run(make, check=True, capture_output=True, env=environment())
    return folder / "bin" / "python"


ELSEWHERE = """
import importlib.util, sys
made = [sys.prefix, importlib.util.find_spec("jupyter_modelship") is None]
"""


async def test_another_environment_needs_ipykernel_and_nothing_else(
    elsewhere: Path, tmp_path: Path
) -> None:
    bare = await failure(tmp_path, ELSEWHERE, facts=facts_of(str(elsewhere)))
    assert bare.message == f"the kernel's environment has no ipykernel: {elsewhere}"
    assert bare.remedy == f"install it there: `{elsewhere} -m pip install ipykernel`"

    uv = Path(sys.executable).parent / "uv"
    install = [str(uv), "pip", "install", "--python", str(elsewhere), "ipykernel"]
    await asyncio.to_thread(
        subprocess.run, install, check=True, capture_output=True, env=environment()
    )
    notebook = notebook_of(ELSEWHERE)
    notebook = Notebook((*notebook.cells, cell(3, "serve((1, 2))")), "0")
    piece = slice_of(notebook, examples=("cell-3",))
    request = request_for(notebook, piece, tmp_path, facts=facts_of(str(elsewhere)))
    done = await rehearse(request, on_event=unheard)
    made = [str(elsewhere.parent.parent), True]
    assert [(e.arguments, e.result) for e in done.examples] == [({"value": [1, 2]}, [[1, 2], made])]
    assert json.loads((done.folder / "made.json").read_text()) == made


async def test_an_interpreter_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    missing = str(tmp_path / "bin" / "python")
    error = await failure(tmp_path, "made = 1", facts=facts_of(missing))
    assert error.message.startswith("the kernel did not start: ")
    assert missing in error.message
