"""What a failed image leaves: the layers below the step that failed, and the step."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from jupyter_modelship.engines.buildah.wheels import InContainer
from jupyter_modelship.engines.fake import FakeEngine
from jupyter_modelship.engines.port import Access, Job
from jupyter_modelship.environment import OnThisMachine, Unbuilt
from jupyter_modelship.environment.indexes import Indexes
from jupyter_modelship.environment.tools import Tools
from jupyter_modelship.errors import StageFailed
from jupyter_modelship.image.recipe import PACKAGES, SERVICE, Config, Layer, Platform, Recipe
from jupyter_modelship.model import Source
from jupyter_modelship.places import Places
from jupyter_modelship.plan.options import Options
from jupyter_modelship.runs import debugging, kept, pruning, sofar
from jupyter_modelship.runs.context import RunContext
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.kept import Kept
from jupyter_modelship.runs.run import Request
from jupyter_modelship.runs.stages import stage
from jupyter_modelship.steps import Step

Ask = Callable[..., Request]
STEP = Step("say it", ("echo", "it's", "$HOME"), "/tmp", ("API_KEY",))


@pytest.fixture
def scratch(here: Places) -> Path:
    folder = here.cache / "builds" / "run.job"
    folder.mkdir(parents=True)
    return folder


def recipe(scratch: Path, here: Places) -> Recipe:
    tree = here.cache / "tree"
    for folder in (tree, scratch / "code", scratch / "layout"):
        folder.mkdir(exist_ok=True)
        folder.joinpath("file").write_text(folder.name)
    layers = (
        Layer("dependencies", tree, PACKAGES, "a" * 64),
        Layer("code", scratch / "code", SERVICE, "b" * 64),
    )
    base = f"registry.example/python@sha256:{'0' * 64}"
    return Recipe(base, Platform("plan9", "mips"), layers, Config(("python",), "10001"))


def context(journal: Journal, ask: Ask, number: int = 1, service: str = "iris") -> RunContext:
    run = journal.submit(ask(number, service=service))
    return RunContext(run, journal, lambda *_: None)


def test_folders_of_the_run_move_and_what_is_shared_stays(here: Places, scratch: Path) -> None:
    made = recipe(scratch, here)
    found = Kept("iris", "prove", made, STEP, layout=scratch / "layout")
    kept.keep(here, "one", found, scratch=scratch)
    home = here.cache / "kept" / "one"
    code = replace(made.layers[1], folder=home / "code")
    assert kept.find(here, "one") == Kept(
        "iris", "prove", replace(made, layers=(made.layers[0], code)), STEP, home / "layout"
    )
    assert (home / "code" / "file").read_text() == "code"
    assert [path.name for path in scratch.iterdir()] == []


def test_a_service_keeps_its_last_failure_and_all_of_them_three(
    here: Places, scratch: Path
) -> None:
    made = recipe(scratch, here)
    for number in range(5):
        kept.keep(here, f"run-{number}", Kept(f"s{number}", "build", made, STEP), scratch=scratch)
    assert _there(here) == ["run-2", "run-3", "run-4"]
    kept.keep(here, "run-5", Kept("s4", "build", made, STEP), scratch=scratch)
    assert _there(here) == ["run-2", "run-3", "run-5"]
    kept.forget(here, "s4")
    assert _there(here) == ["run-2", "run-3"]
    assert kept.find(here, "run-5") is None


def test_beside_the_newest_there_is_room_for_so_many_bytes(
    here: Places, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_BYTES", 10)
    for number in range(2):
        made = recipe(scratch, here)
        found = Kept(f"s{number}", "build", made, STEP)
        kept.keep(here, f"run-{number}", found, scratch=scratch)
    assert _there(here) == ["run-1"]


async def test_prune_removes_it(here: Places, scratch: Path) -> None:
    kept.keep(here, "one", Kept("iris", "build", recipe(scratch, here), STEP), scratch=scratch)
    (waste,) = await pruning.find_waste(here, caches=False)
    pruning.remove((waste,), here)
    assert kept.find(here, "one") is None


def _there(here: Places) -> list[str]:
    return sorted(path.parent.name for path in kept.folder(here).glob("*/kept.json"))


def test_the_step_is_a_program_that_says_what_is_withheld(here: Places, scratch: Path) -> None:
    kept.keep(here, "one", Kept("iris", "build", recipe(scratch, here), STEP), scratch=scratch)
    program = kept.step_folder(here, "one") / kept.PROGRAM
    done = subprocess.run([program], env={}, capture_output=True, text=True, check=False)
    assert done.stdout == "it's $HOME\n"
    assert done.stderr == "API_KEY is withheld: export API_KEY=... first\n"
    told = subprocess.run(
        [program], env={"API_KEY": "x"}, capture_output=True, text=True, check=True
    )
    assert told.stderr == ""


@pytest.mark.parametrize(
    ("ends", "left"),
    [
        ("prove", ("prove", "start the service", 2)),
        ("build", ("build", "put the code into /service", 1)),
        ("push", None),
    ],
)
def test_where_the_line_ended_says_what_is_kept(
    here: Places, journal: Journal, ask: Ask, scratch: Path, ends: str, left: object
) -> None:
    made, run = recipe(scratch, here), context(journal, ask)

    def failing() -> None:
        with sofar.kept_if_failed(run, scratch) as far:
            if ends == "build":
                far.laying(made)
            else:
                far.at(sofar.serving(Options(env=("LEVEL",), secrets=("KEY",))), made)
            with stage(run, ends):
                error = StageFailed("no")
                error.layer = "code" if ends == "build" else ""
                raise error

    with pytest.raises(StageFailed):
        failing()
    found = kept.find(here, run.run.id)
    layers = len(found.recipe.layers) if found and found.recipe else 0
    assert (found and (found.stage, found.step.what, layers)) == left
    if ends == "prove":
        assert found is not None
        assert found.step.names == ("KEY", "LEVEL")
        assert found.layout is not None
        assert found.layout.is_dir()


def test_a_run_that_succeeds_removes_what_its_service_left(
    here: Places, journal: Journal, ask: Ask, scratch: Path
) -> None:
    kept.keep(here, "old", Kept("iris", "build", recipe(scratch, here), STEP), scratch=scratch)
    kept.keep(here, "other", Kept("wine", "build", recipe(scratch, here), STEP), scratch=scratch)
    with sofar.kept_if_failed(context(journal, ask), scratch):
        pass
    assert _there(here) == ["other"]


def test_a_layer_that_cannot_be_made_is_told_with_the_error(here: Places, scratch: Path) -> None:
    made = recipe(scratch, here)
    (made.layers[1].folder / "link").symlink_to("file")
    job = Job("job", here.cache / "scratch", here.cache / "images")
    for folder in (job.scratch, job.cache):
        folder.mkdir()
    work = FakeEngine(here.cache / "registry").build(made, job, Access(), lambda _: None)
    with pytest.raises(StageFailed, match="is a symbolic link") as caught:
        asyncio.run(work)
    assert caught.value.layer == "code"


async def test_where_no_container_runs_the_shell_is_beside_the_files(
    here: Places, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEY", "hush")
    monkeypatch.setenv("SHELL", "/bin/sh")
    found = Kept("iris", "build", recipe(scratch, here), STEP)
    kept.keep(here, "one", found, scratch=scratch)
    again = kept.find(here, "one")
    assert again is not None
    async with debugging.shell(here, "one", again, terminal=False) as made:
        assert made.where == "not in a container: the image is for plan9/mips"
        assert (made.argv, made.contained) == (("/bin/sh",), False)
        assert made.folder == here.cache / "kept" / "one" / "code"
        assert "hush" not in json.dumps(dict(made.env))


@pytest.fixture
def unbuilt(here: Places) -> Unbuilt:
    """A build from source on this machine that did not work, before its folder is removed."""
    place = here.cache / "wheels" / "one.part" / "build-1"
    place.joinpath("project").mkdir(parents=True)
    source = "import os; print(os.getcwd(), os.environ['PATH'])"
    place.joinpath("inside_build.py").write_text(source)
    arch = Source("arch", "1.0", "https://example.org/arch.tar.gz", "sha256:" + "a" * 64)
    return Unbuilt(arch, place, OnThisMachine(sys.executable), ("wheel", "{tools}", "{}", "{out}"))


async def test_a_build_on_this_machine_is_tried_again_in_its_folder(
    here: Places, journal: Journal, ask: Ask, unbuilt: Unbuilt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEY", "hush")
    monkeypatch.setenv("SHELL", "/bin/sh")
    run = context(journal, ask)
    sofar.unbuilt(run, unbuilt)
    root = here.cache / "kept" / run.run.id / "build-1"
    found = kept.find(here, run.run.id)
    assert found == Kept("iris", "rehearse", None, unbuilt.step(root), changed={str(root): root})
    assert not unbuilt.place.exists()
    async with debugging.shell(here, run.run.id, found, terminal=False) as made:
        assert made.where == f"on this machine, in {root}/project"
        assert (made.argv, made.contained, made.again) == (("/bin/sh",), False, True)
        assert "hush" not in json.dumps(dict(made.env))
        done = subprocess.run(
            made.argv,
            cwd=made.folder,
            env=made.env,
            input=kept.PROGRAM,
            capture_output=True,
            text=True,
            check=True,
        )
    first = here.cache / "kept" / run.run.id / "step"
    assert done.stdout.startswith(f"{root}/project {root}/tools/bin:{first}:")


async def test_a_build_in_a_container_is_beside_its_folder_where_none_can_be_run(
    here: Places, journal: Journal, ask: Ask, unbuilt: Unbuilt
) -> None:
    run = context(journal, ask)
    made = elsewhere(here)
    sofar.unbuilt(run, replace(unbuilt, builder=made))
    found = kept.find(here, run.run.id)
    assert found is not None
    assert (found.recipe, found.step.folder) == (made.recipe, "/build/project")
    assert found.step.argv[:3] == ("python", "-s", "/build/inside_build.py")
    folder = here.cache / "kept" / run.run.id / "build-1"
    assert found.changed == {"/build": folder}
    async with debugging.shell(here, run.run.id, found, terminal=False) as shell:
        assert (shell.folder, shell.contained, shell.again) == (folder, False, False)


async def test_what_a_build_needs_is_asked_for_again_on_this_machine_wherever_it_would_run(
    here: Places, journal: Journal, ask: Ask, unbuilt: Unbuilt
) -> None:
    login = "https://ada:hunter2@index.example/simple"
    tools = Tools(("tool>=2",), sys.executable, "3.11", "", Indexes(login, reach=(("A", "b"),)))
    run = context(journal, ask)
    sofar.unbuilt(run, replace(unbuilt, builder=elsewhere(here), words=(), tools=tools))
    found = kept.find(here, run.run.id)
    assert found is not None
    root = here.cache / "kept" / run.run.id / "build-1"
    assert (found.recipe, found.step.folder, found.step.env) == (None, str(root), {"A": "b"})
    assert found.step.argv[1:5] == ("pip", "install", "--requirements", f"{root}/requires.txt")
    program = (root.parent / "step" / kept.PROGRAM).read_text()
    assert "UV_DEFAULT_INDEX is withheld: export UV_DEFAULT_INDEX=... first" in program
    assert "hunter2" not in program + (root.parent / "kept.json").read_text()


def elsewhere(here: Places) -> InContainer:
    base = f"registry.example/python@sha256:{'0' * 64}"
    other = Platform("plan9", "mips")
    return InContainer(base, other, "", None, here.cache, Access(), lambda progress: None)


def test_what_cannot_be_read_is_not_there(here: Places) -> None:
    home = here.cache / "kept" / "one"
    home.mkdir(parents=True)
    home.joinpath("kept.json").write_text('{"service": 1}')
    assert kept.find(here, "one") is None
    assert kept.find(here, "two") is None
