"""Every command is there, is described, and leads to a function."""

from __future__ import annotations

from importlib import import_module

import pytest

from jupyter_modelship.cli import main
from jupyter_modelship.cli.parser import COMMANDS, command_parser
from jupyter_modelship.plan.flags import given_flags
from jupyter_modelship.plan.options import table

DESIGNED = (
    "check preview deploy list status logs call cancel stop start rollback release delete "
    "prune bases audit debug doctor"
)


def test_the_commands_are_those_of_the_design() -> None:
    assert " ".join(COMMANDS) == DESIGNED


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_leads_to_a_function(name: str) -> None:
    module = import_module(f"jupyter_modelship.cli.{COMMANDS[name].module}")
    assert callable(getattr(module, COMMANDS[name].function))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_json_and_debug(name: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0


def test_every_option_has_a_flag() -> None:
    told = command_parser().parse_args(["deploy", "nb.ipynb"])
    assert given_flags(told) == {}
    names = {name.removeprefix("option_") for name in vars(told) if name.startswith("option_")}
    assert names == set(table())


def test_flags_become_options_by_name() -> None:
    words = "deploy nb.ipynb --body-limit 2MiB --parameter a=1 --parameter b=x --no-token"
    told = command_parser().parse_args([*words.split(), "--env", "A,B", "--env", "C"])
    assert given_flags(told) == {
        "body_limit": 2 << 20,
        "parameters": {"a": 1, "b": "x"},
        "token": False,
        "env": ["A", "B", "C"],
    }


def test_a_flag_that_means_nothing_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["deploy", "nb.ipynb", "--compare", "roughly"])
    assert ended.value.code == 2
    assert "must be one of exact, tolerance, shape, off" in capsys.readouterr().err
