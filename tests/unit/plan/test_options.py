"""The table of options: schema, flags and validation say the same."""

from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_modelship.plan.kinds import Unfit
from jupyter_modelship.plan.merge import merge
from jupyter_modelship.plan.options import (
    SCHEMA_VERSION,
    Options,
    as_json,
    options_schema,
    table,
)

GOOD: dict[str, object] = {
    "name": "iris",
    "target": "local",
    "endpoint": ["predict", "größe"],
    "parameters": {"rows": 10, "city": "Bern"},
    "compare": "exact",
    "cell_time_limit": 30,
    "body_limit": 2048,
    "depth_limit": 8,
    "time_limit": 1.5,
    "execution": "thread",
    "env": ["REGION"],
    "secrets": ["DB_PASSWORD"],
    "token": False,
    "docs": False,
    "port": 8731,
    "drain": 0,
    "keep_alive": 300,
    "keep_revisions": 2,
    "grace": 0,
    "memory": 1 << 30,
    "cpu": 0.5,
    "replicas": 3,
    "max_replicas": 9,
    "engine": "oci",
    "apt": ["libgomp1", "g++"],
    "base": f"registry.example:5000/library/python@sha256:{'0' * 64}",
    "repository": "registry.example/team/iris",
    "platform": "linux/arm64",
    "namespace": "team-a",
    "host": "iris.models.example",
    "egress": ["warehouse"],
}
BAD: dict[str, list[object]] = {
    "name": ["", "Iris", "a" * 64, "a\nRUN", "-a", 3, None],
    "target": ["moon", None, ["local"]],
    "endpoint": ["predict", ["a-b"], ["a", "a"], [3]],
    "parameters": [[], {"a b": 1}, {"a": {1, 2}}, {"a": float("nan")}],
    "compare": ["loose"],
    "cell_time_limit": [0, "30"],
    "body_limit": [0, 1.5, True, 10**400],
    "depth_limit": [0, 513],
    "time_limit": [0, float("nan"), float("inf"), -1],
    "execution": ["fork"],
    "env": ["REGION", ["A=B"], ["A\n"]],
    "secrets": [["1A"]],
    "token": [0, "true", None],
    "docs": [1],
    "port": [-1, 65_536, "80"],
    "drain": [-1],
    "keep_alive": [0, 3601],
    "keep_revisions": [0],
    "grace": [-1, 3601],
    "memory": [0, "512Mi"],
    "cpu": [0],
    "replicas": [0],
    "max_replicas": [0, 1001],
    "engine": ["kaniko", ""],
    "apt": ["libgomp1", [1], ["-y"], ["lib gomp"], ["Lib"], ["a;b"], ["x=1"], ["a1", "a1"]],
    "base": ["python:3.11-slim", "python@sha256:12", f"registry.example/python@sha256:{'0' * 65}"],
    "repository": ["iris", "registry.example/Iris", "registry.example/iris:1", "-x/iris"],
    "platform": ["windows/amd64"],
    "namespace": ["Team A"],
    "host": ["a_b", "a..b", "A.example", "a" * 300],
    "egress": ["warehouse", ["10.0.0.0/8"], ["A"], ["a" * 64]],
}


def test_the_tables_of_this_test_know_every_option() -> None:
    assert set(GOOD) == set(BAD) == set(table())


@pytest.mark.parametrize("name", GOOD)
def test_metadata_sets_every_option(name: str) -> None:
    merged = merge({"version": SCHEMA_VERSION, name: GOOD[name]})
    assert merged.findings == ()
    assert as_json(merged.options) == {**as_json(Options()), name: GOOD[name]}
    assert merged.given == {name: "the notebook's metadata"}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in BAD.items() for v in values])
def test_a_value_that_cannot_be_is_a_finding_and_the_default_stays(
    name: str, value: object
) -> None:
    merged = merge({name: value})
    assert [finding.code for finding in merged.findings] == ["option-invalid"]
    assert f"option {name} (in the notebook's metadata)" in merged.findings[0].message
    assert merged.findings[0].remedy.startswith(f"{name} must ")
    assert merged.options == Options()


def test_the_schema_is_one_and_agrees_with_the_validation() -> None:
    schema = options_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid({"version": SCHEMA_VERSION, **GOOD})
    assert not validator.is_valid({"tokens": True})
    assert not validator.is_valid({"version": SCHEMA_VERSION + 1})
    assert json.loads(json.dumps(schema)) == schema
    for name, values in BAD.items():
        for value in values:
            try:
                json.dumps(value, allow_nan=False)
            except (TypeError, ValueError):
                continue
            assert not validator.is_valid({name: value}), (name, value)


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["local", "auto", "A", "a.example"])
)
VALUES = LEAVES | st.lists(LEAVES, max_size=3) | st.dictionaries(st.text(max_size=4), LEAVES)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*GOOD, "version", "tokens"]), VALUES, max_size=3))
def test_the_schema_and_the_validation_judge_alike(metadata: dict[str, object]) -> None:
    valid = jsonschema.Draft202012Validator(options_schema()).is_valid(metadata)
    codes = {finding.code for finding in merge(metadata).findings}
    assert valid == (not codes & {"option-invalid", "option-unknown", "options-unreadable"})


def test_every_option_has_a_flag_whose_text_means_the_same() -> None:
    flags = [option.flag for option in table().values()]
    assert len(set(flags)) == len(flags)
    for name, option in table().items():
        for text, value in _uses(GOOD[name]):
            assert merge({name: option.kind.parse(text)}).options == merge({name: value}).options


def _uses(value: object) -> list[tuple[str, object]]:
    """The texts that a flag would be given for `value`, and the value that each one means."""
    if isinstance(value, bool):
        return [(str(value).lower(), value)]
    if isinstance(value, dict):
        return [(f"{key}={item}", {key: item}) for key, item in value.items()]
    if isinstance(value, list):
        return [(",".join(value), value)]
    return [(str(value), value)]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("body_limit", "10MB", 10_000_000),
        ("body_limit", "1.5 KiB", 1536),
        ("time_limit", "2min", 120.0),
        ("env", "A, B", ("A", "B")),
        ("parameters", 'a=[1, "x"]', {"a": [1, "x"]}),
        ("parameters", "b=Bern=CH", {"b": "Bern=CH"}),
    ],
)
def test_flags_read_units_lists_and_json(name: str, text: str, value: object) -> None:
    assert table()[name].kind.parse(text) == value


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("body_limit", "10 parsecs", "units: b, kb, mb, gb, kib, mib, gib"),
        ("execution", "fork", "must be one of auto, inline, thread"),
        ("parameters", "a", "must be NAME=VALUE"),
        ("replicas", "2.5", "must be a whole number from 1 to 1,000"),
        ("token", "yes", "must be true or false"),
    ],
)
def test_a_flag_says_what_its_value_must_be(name: str, text: str, says: str) -> None:
    with pytest.raises(Unfit, match=says):
        table()[name].kind.parse(text)
