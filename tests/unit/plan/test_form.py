"""The options as a form: valid, whole, in order, within the machine's bounds."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from jupyter_modelship.plan.form import options_form
from jupyter_modelship.plan.options import Options, as_json, table
from jupyter_modelship.plan.policy import Policy, overridable

TARGETS = {"local": {"token": "", "memory": "it runs as your own process"}, "elsewhere": {}}


def properties(*policies: Policy) -> dict[str, Any]:
    found = options_form(policies, TARGETS)["properties"]
    assert isinstance(found, dict)
    return found


def test_every_option_is_there_in_the_order_in_which_people_read_them() -> None:
    assert list(properties()) == list(table())


def test_it_is_draft_7_and_the_defaults_that_can_be_said_fit() -> None:
    form = options_form((), TARGETS)
    jsonschema.Draft7Validator.check_schema(form)
    values = {name: one["default"] for name, one in properties().items() if "default" in one}
    jsonschema.Draft7Validator(form).validate(values)
    unset = {
        *("name", "memory", "cpu", "max_replicas", "namespace", "host", "base"),
        *("repository", "platform"),
    }
    assert values == {k: v for k, v in as_json(Options()).items() if k not in unset}


def test_a_target_says_what_it_does_not_honour() -> None:
    found = properties()
    assert "x-refused" not in found["name"], "the line honours it itself"
    assert found["memory"]["x-refused"] == {
        "local": "it runs as your own process",
        "elsewhere": "the target says nothing about it",
    }


def test_policies_bound_it() -> None:
    found = properties(
        Policy("one", limits={"body_limit": 5000}, targets=("local",)),
        Policy("two", limits={"body_limit": 4000}, require_token=True),
    )
    assert (found["body_limit"]["maximum"], found["body_limit"]["default"]) == (4000, 4000)
    assert found["target"]["enum"] == ["local"]
    assert found["token"]["enum"] == [True]


@pytest.mark.parametrize(
    ("policies", "allowed"),
    [
        ((), set()),
        ((Policy("a"),), set()),
        ((Policy("a", overridable=("x", "y")),), {"x", "y"}),
        ((Policy("a", overridable=("x", "y")), Policy("b")), {"x", "y"}),
        ((Policy("a", overridable=("x", "y")), Policy("b", overridable=("y",))), {"y"}),
        ((Policy("a", overridable=("x",)), Policy("b", overridable=())), set()),
    ],
)
def test_each_policy_with_an_opinion_has_to_allow_an_override(
    policies: tuple[Policy, ...], allowed: set[str]
) -> None:
    assert overridable(policies) == allowed
