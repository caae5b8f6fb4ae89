from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from jupyter_modelship.errors import UsageError
from jupyter_modelship.runs.run import ACTIVE, ALLOWED, STATES, Request, canonical, dumps, new_id

Ask = Callable[..., Request]


def test_every_state_has_a_row_and_leads_to_states_of_the_table() -> None:
    assert set(ALLOWED) == set(STATES)
    assert set().union(*ALLOWED.values()) <= set(STATES)


def test_an_active_run_is_one_to_which_something_can_happen() -> None:
    assert {"queued", "running", "interrupted"} == ACTIVE


def test_every_state_can_come_to_an_end_and_no_end_goes_on() -> None:
    ends = set(STATES) - ACTIVE
    assert all(ALLOWED[state] & ends for state in ACTIVE)
    assert all(not ALLOWED[state] for state in ends)


def test_two_requests_are_the_same_whatever_their_ids(ask: Ask) -> None:
    assert ask(1, name="x").digest == ask(2, name="x").digest


@pytest.mark.parametrize(
    "field", ["service", "target", "notebook", "notebook_digest", "plan_digest"]
)
def test_a_request_that_differs_anywhere_is_another(field: str, ask: Ask) -> None:
    other = replace(ask(), **{field: "other"})  # type: ignore[arg-type] # all five are texts
    assert other.digest != ask().digest


def test_the_order_of_a_body_means_nothing_and_its_values_do(ask: Ask) -> None:
    assert ask(a=1, b=2).digest == ask(b=2, a=1).digest
    assert ask(a=1).digest != ask(a=2).digest


def test_parts_of_a_request_cannot_be_moved_into_their_neighbour(ask: Ask) -> None:
    one = replace(ask(), service="ab", target="c")
    assert one.digest != replace(one, service="a", target="bc").digest


@pytest.mark.parametrize("name", ["", "iris", "../../etc/passwd", "0" * 31, "ß" * 32])
def test_only_a_uuid_names_a_run(name: str) -> None:
    with pytest.raises(UsageError, match="is not a run"):
        canonical(name)


def test_an_id_has_one_spelling(ask: Ask) -> None:
    identity = new_id()
    assert canonical(f"{{{identity.upper()}}}") == identity
    loud = Request(identity.upper(), "s", "t", "n", "d", "p")
    assert loud.id == identity


def test_what_json_cannot_say_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps({"loss": float("nan")})
