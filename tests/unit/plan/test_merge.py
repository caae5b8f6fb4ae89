"""Defaults < metadata < flags, within policy."""

from __future__ import annotations

import pytest

from jupyter_modelship.model import Endpoint, Finding, Slice, Verdict
from jupyter_modelship.plan.catalogue import CATALOGUE, finding
from jupyter_modelship.plan.checks import module_names, plan_findings, refused, target_missing
from jupyter_modelship.plan.checks.apt_installed import apt_installed
from jupyter_modelship.plan.merge import Origin, merge
from jupyter_modelship.plan.options import Options, table
from jupyter_modelship.plan.policy import Policy


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [item.code for item in findings]


def test_flags_replace_metadata_and_parameters_join_by_name() -> None:
    merged = merge(
        {"name": "a", "env": ["X"], "parameters": {"p": 1, "q": 2}},
        {"name": "b", "env": ["Y"], "parameters": {"q": 3}},
    )
    assert merged.findings == ()
    assert merged.options == Options(name="b", env=("Y",), parameters={"p": 1, "q": 3})
    assert merged.given == {"name": "--name", "env": "--env", "parameters": "--parameter"}


@pytest.mark.parametrize(
    ("origin", "place", "given"),
    [
        ("terminal", "on the command line", "--replicas"),
        ("review", "in the options of the review", "in the options of the review"),
        ("run", "among the options of the run", "among the options of the run"),
    ],
)
def test_a_finding_says_where_the_option_was_set(origin: Origin, place: str, given: str) -> None:
    merged = merge({}, {"body_limit": "many", "replicas": 2}, origin=origin)
    assert [found.message for found in merged.findings] == [
        f"option body_limit ({place}) is 'many'"
    ]
    assert merged.given == {"replicas": given}


@pytest.mark.parametrize("metadata", [None, [], "x", 3, {"version": 2}, {"version": True}])
def test_options_that_cannot_be_read_block(metadata: object) -> None:
    assert codes(merge(metadata).findings) == ["options-unreadable"]


def test_an_unknown_option_comes_with_the_closest_name() -> None:
    (found,) = merge({"body_limits": 3}).findings
    assert (found.code, found.remedy) == ("option-unknown", "did you mean body_limit?")
    (found,) = merge({"zzz\nRUN": 3}).findings
    assert "\n" not in found.message


def test_names_that_could_be_made_ones_are_reserved() -> None:
    assert codes(merge({"name": "iris--0123abcd"}).findings) == ["name-reserved"]


@pytest.mark.parametrize(
    "metadata",
    [{"env": ["A"], "secrets": ["A"]}, {"env": ["MODELSHIP_HOME"]}, {"secrets": ["LD_PRELOAD"]}],
)
def test_variables_have_one_source_and_are_the_users(metadata: object) -> None:
    assert codes(merge(metadata).findings) == ["configuration-names"]


def test_policy_lowers_defaults_and_blocks_what_was_given() -> None:
    policy = Policy("/p", limits={"time_limit": 5.0, "body_limit": 100})
    assert merge({}, policies=[policy]).options == Options(time_limit=5.0, body_limit=100)
    merged = merge({"time_limit": 6}, policies=[policy])
    assert [(f.code, f.message) for f in merged.findings] == [
        ("policy-violated", "option time_limit is 6, and at most 5 is allowed (policy /p)")
    ]


def test_a_given_option_is_honoured_or_refused_with_the_reason() -> None:
    honours = {name: "" for name, option in table().items() if option.by == "target"}
    honours["replicas"] = "one process serves"
    merged = merge({"replicas": 2, "time_limit": 3, "drain": 4})
    (found,) = refused(merged.options, merged.given, honours)
    assert found.message == (
        "target local cannot honour option replicas (the notebook's metadata): one process serves"
    )
    del honours["drain"]
    assert len(refused(merged.options, merged.given, honours)) == 2
    merged = merge({"replicas": 1})
    assert refused(merged.options, merged.given, honours) == ()


def test_a_target_that_is_not_there_is_named_with_those_that_are() -> None:
    (found,) = target_missing(Options(target="kubernetes"), ["local"])
    assert (found.code, found.remedy) == ("target-missing", "use one that is there: local")
    assert target_missing(Options(), ["local"]) == ()


def test_modules_cannot_take_the_place_of_generated_files() -> None:
    paths = [
        "features.py",
        "service.py",
        "modelship_runtime/__init__.py",
        "sub/service.py",
        "packages/a.py",
    ]
    assert [item.message.split()[2] for item in module_names(paths)] == [
        "modelship_runtime",
        "packages",
        "service",
    ]


def test_what_a_slice_cannot_have_blocks() -> None:
    endpoint = Endpoint("predict", "POST", "/predict", "c1", 1, batch=True)
    slice_ = Slice(
        endpoints=(endpoint,), statements=(), computed=(), rehearsal=(), examples=(),
        example_needs=(), example_names=(), parameters=("rows",), modules=(), installs=(),
        verdicts=(Verdict("c1", 4, "endpoint"),),
    )  # fmt: skip
    honours = {name: "" for name, option in table().items() if option.by == "target"}
    honours["host"] = "it has none"
    options = Options(parameters={"row": 3, "rows": 4}, host="a.example")
    found = plan_findings(
        slice_, options, {"host": "--host"}, targets={"local": honours}, modules=["service.py"]
    )
    assert codes(found) == [
        "option-refused",
        "parameter-unknown",
        "batch-missing",
        "module-name-taken",
    ]
    assert found[1].remedy == "did you mean rows?"
    assert (found[2].cell, found[2].number) == ("c1", 4)
    assert codes(plan_findings(slice_, Options(target="container"), {}, targets={}))[0] == (
        "target-missing"
    )


@pytest.mark.parametrize(("honoured", "found"), [("", 1), ("it makes no image", 0)])
def test_that_packages_are_installed_is_said_where_they_are(honoured: str, found: int) -> None:
    told = apt_installed(Options(apt=("libpq5", "libgomp1")), {"apt": honoured})
    assert [one.message for one in told] == [
        "the image gets the Debian packages libgomp1, libpq5"
    ] * found
    assert apt_installed(Options(), {"apt": ""}) == ()


def test_every_row_of_the_catalogue_makes_its_finding() -> None:
    for check in CATALOGUE:
        made = finding(check.code, "m")
        assert (made.code, made.severity, made.remedy) == (check.code, check.severity, check.remedy)
    with pytest.raises(KeyError):
        finding("no-such-code", "m")
