from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from jupyter_modelship.environment import kernelspec
from jupyter_modelship.environment.kernelspec import Kernelspec, resolve_kernel
from jupyter_modelship.errors import ModelshipError


def spec(folder: Path, name: str, **content: object) -> Path:
    resources = folder / "kernels" / name
    resources.mkdir(parents=True)
    told = {"argv": ["python", "-m", "ipykernel_launcher"], "display_name": "D", **content}
    (resources / "kernel.json").write_text(json.dumps(told))
    return resources


def interpreter(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(sys.executable)
    return path


@pytest.fixture
def jupyter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    return tmp_path / "jupyter"


def test_an_absolute_interpreter_is_taken_as_it_stands(jupyter: Path, tmp_path: Path) -> None:
    python = interpreter(tmp_path / "env/bin/python3.11")
    spec(jupyter, "own", argv=[str(python), "-m", "x"], display_name="Own", env={"A": "1"})
    assert resolve_kernel("own", folder=tmp_path) == Kernelspec(
        "own", str(python), "Own", (str(python), "-m", "x"), {"A": "1"}
    )


def test_the_name_matches_without_case(jupyter: Path, tmp_path: Path) -> None:
    spec(jupyter, "Own", argv=[sys.executable])
    assert resolve_kernel("own", folder=tmp_path).python == sys.executable


def test_a_bare_python_is_that_of_the_kernelspecs_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = interpreter(tmp_path / "env/bin/python")
    spec(tmp_path / "env/share/jupyter", "python3")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "env/share/jupyter"))
    assert resolve_kernel(None, folder=tmp_path).python == str(python)


def test_the_active_environment_is_searched_and_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = interpreter(tmp_path / "active/bin/python")
    spec(tmp_path / "active/share/jupyter", "theirs")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert resolve_kernel("theirs", folder=tmp_path).python == str(python)


def test_the_users_folder_belongs_to_no_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interpreter(tmp_path / "home/bin/python")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "home/share/jupyter"))
    spec(tmp_path / "home/share/jupyter", "mine")
    assert resolve_kernel("mine", folder=tmp_path).python == sys.executable


def test_a_python_of_another_version_comes_from_path(
    jupyter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = interpreter(tmp_path / "path/python3.99")
    monkeypatch.setenv("PATH", str(python.parent))
    spec(jupyter, "other", argv=["python3.99"])
    assert resolve_kernel("other", folder=tmp_path).python == str(python)


def test_a_relative_interpreter_counts_from_the_notebooks_folder(
    jupyter: Path, tmp_path: Path
) -> None:
    python = interpreter(tmp_path / "notebooks/.venv/bin/python")
    spec(jupyter, "near", argv=[".venv/bin/python"])
    assert resolve_kernel("near", folder=tmp_path / "notebooks").python == str(python)


def test_env_and_resource_dir_are_looked_through(jupyter: Path, tmp_path: Path) -> None:
    resources = spec(jupyter, "wrapped", argv=["/usr/bin/env", "A=1", "{resource_dir}/python"])
    python = interpreter(resources / "python")
    assert resolve_kernel("wrapped", folder=tmp_path).python == str(python)


def test_the_native_kernel_needs_no_kernelspec(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_modelship.environment.kernelspec.search_path", lambda: ())
    assert resolve_kernel(None, folder=tmp_path).python == sys.executable


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"argv": ["R", "--slave"], "language": "R"}, "speaks r"),
        ({"argv": ["conda", "run", "python"]}, "starts through 'conda'"),
        ({"argv": []}, "starts through 'nothing'"),
        (
            {"metadata": {"kernel_provisioner": {"provisioner_name": "gateway"}}},
            "is started elsewhere, by the provisioner 'gateway'",
        ),
        ({"argv": ["/gone/bin/python"]}, "names the interpreter '/gone/bin/python'"),
    ],
)
def test_what_has_no_interpreter_here_is_refused_with_a_remedy(
    jupyter: Path, tmp_path: Path, content: dict[str, object], message: str
) -> None:
    spec(jupyter, "odd", **content)
    with pytest.raises(ModelshipError, match=message) as raised:
        resolve_kernel("odd", folder=tmp_path)
    assert raised.value.remedy


def test_a_local_provisioner_is_local(jupyter: Path, tmp_path: Path) -> None:
    provisioner = {"kernel_provisioner": {"provisioner_name": "local-provisioner"}}
    spec(jupyter, "own", argv=[sys.executable], metadata=provisioner)
    assert resolve_kernel("own", folder=tmp_path).python == sys.executable


@pytest.mark.parametrize("content", ["{", "[]"])
def test_a_broken_kernelspec_is_named(jupyter: Path, tmp_path: Path, content: str) -> None:
    (spec(jupyter, "torn") / "kernel.json").write_text(content)
    with pytest.raises(ModelshipError, match=r"'torn': .*kernel\.json"):
        resolve_kernel("torn", folder=tmp_path)


def test_an_unknown_name_lists_what_there_is(jupyter: Path, tmp_path: Path) -> None:
    spec(jupyter, "own")
    with pytest.raises(ModelshipError, match=r"no kernel named 'lost' \(found: .*own"):
        resolve_kernel("lost", folder=tmp_path)


def test_a_name_cannot_be_a_path(tmp_path: Path) -> None:
    with pytest.raises(ModelshipError, match="cannot name a kernel"):
        resolve_kernel("../../etc", folder=tmp_path)


def test_all_kernels_are_named(
    jupyter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec(jupyter, "own")
    (jupyter / "kernels/empty").mkdir()
    monkeypatch.setattr(kernelspec, "search_path", lambda: (jupyter, tmp_path / "none"))
    assert kernelspec.kernel_names() == ("own", "python3")
