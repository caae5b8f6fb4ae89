from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jupyter_modelship.targets.keeping.backoff import (
    FIRST_SECONDS,
    HEALTHY_SECONDS,
    LAST_SECONDS,
    delay,
    failures_after,
)


def test_the_delay_doubles_up_to_its_limit() -> None:
    assert [delay(failures, draw=0.0) for failures in (1, 2, 3, 8, 9, 1000)] == [
        *(0.2, 0.4, 0.8),
        *(25.6, 30.0, 30.0),
    ]


@given(st.integers(1, 10**9), st.floats(0, 1, exclude_max=True))
def test_jitter_takes_away_half_at_most_and_never_leaves_the_bounds(
    failures: int, draw: float
) -> None:
    assert FIRST_SECONDS <= delay(failures, draw=draw) <= LAST_SECONDS
    assert delay(failures, draw=draw) >= delay(failures, draw=0.0) / 2


def test_a_process_that_lived_long_enough_starts_the_count_anew() -> None:
    assert failures_after(7, lived=HEALTHY_SECONDS - 1) == 8
    assert failures_after(7, lived=HEALTHY_SECONDS) == 1
