"""The table of options: schema, flags and validation say the same."""

from __future__ import annotations

import argparse
import json

import jsonschema  # type: ignore[import-untyped] # it ships no types
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_modelship.plan.merge import merge
from jupyter_modelship.plan.options import (
    SCHEMA_VERSION,
    Options,
    add_flags,
    as_json,
    flags_given,
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
    "keep_revisions": 2,
    "memory": 1 << 30,
    "cpu": 0.5,
    "replicas": 3,
    "namespace": "team-a",
    "host": "iris.models.example",
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
    "keep_revisions": [0],
    "memory": [0, "512Mi"],
    "cpu": [0],
    "replicas": [0],
    "namespace": ["Team A"],
    "host": ["a_b", "a..b", "A.example", "a" * 300],
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


def test_every_option_has_a_flag_that_sets_it() -> None:
    parser = argparse.ArgumentParser()
    add_flags(parser)
    for name, option in table().items():
        given = flags_given(parser.parse_args(_words(option.flag, GOOD[name])))
        assert merge({}, given).options == merge({name: GOOD[name]}).options, name
        assert merge({}, given).given == {name: option.flag}


def _words(flag: str, value: object) -> list[str]:
    if isinstance(value, bool):
        return [flag if value else flag.replace("--", "--no-")]
    if isinstance(value, dict):
        return [word for key, item in value.items() for word in (flag, f"{key}={item}")]
    if isinstance(value, list):
        return [word for item in value for word in (flag, item)]
    return [flag, str(value)]


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (["--body-limit", "10MB"], {"body_limit": 10_000_000}),
        (["--body-limit", "1.5 KiB"], {"body_limit": 1536}),
        (["--time-limit", "2min"], {"time_limit": 120.0}),
        (["--env", "A,B", "--env", "B"], {"env": ["A", "B"]}),
        (["--token"], {"token": True}),
        (["--name", "a", "--name", "b"], {"name": "b"}),
        (
            ["--parameter", 'a=[1, "x"]', "--parameter", "b=Bern=CH"],
            {"parameters": {"a": [1, "x"], "b": "Bern=CH"}},
        ),
        ([], {}),
    ],
)
def test_flags_read_units_lists_and_json(words: list[str], given: dict[str, object]) -> None:
    parser = argparse.ArgumentParser()
    add_flags(parser)
    assert flags_given(parser.parse_args(words)) == given


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--body-limit", "10 parsecs"], "units: b, kb, mb, gb, kib, mib, gib"),
        (["--execution", "fork"], "must be one of auto, inline, thread"),
        (["--parameter", "a"], "must be NAME=VALUE"),
        (["--replicas", "2.5"], "must be a whole number from 1 to 1,000"),
    ],
)
def test_a_flag_says_what_its_value_must_be(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    add_flags(parser)
    with pytest.raises(SystemExit) as exit_:
        parser.parse_args(words)
    assert exit_.value.code == 2
    assert says in capsys.readouterr().err


def test_the_help_page_can_be_made() -> None:
    parser = argparse.ArgumentParser()
    add_flags(parser)
    page = " ".join(parser.format_help().split())
    assert all(option.flag in page for option in table().values())
