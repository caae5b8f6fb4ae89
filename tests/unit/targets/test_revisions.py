from __future__ import annotations

from dataclasses import dataclass

import pytest

from jupyter_modelship.errors import NothingThere
from jupyter_modelship.targets.revisions import chosen, keeps, kept, next_number


@dataclass(frozen=True)
class Revision:
    number: int


FIVE = tuple(Revision(number) for number in range(1, 6))


def test_numbers_go_on_where_the_last_one_ended() -> None:
    assert next_number(()) == 1
    assert next_number(FIVE[2:]) == 6


def test_the_last_ones_are_kept_and_the_live_one_always() -> None:
    assert kept(FIVE, live=5, keep=2) == FIVE[3:]
    assert kept(FIVE, live=1, keep=2) == (FIVE[0], *FIVE[3:])
    assert kept(FIVE, live=5, keep=10) == FIVE


def test_the_option_says_how_many_are_kept() -> None:
    assert [keeps({"keep_revisions": 3}), keeps({}), keeps({"keep_revisions": 0})] == [3, 10, 10]


def test_a_rollback_goes_to_the_one_before_the_live_one_or_to_the_one_named() -> None:
    assert chosen(FIVE, live=5, wanted=None, service="iris") == Revision(4)
    assert chosen(FIVE, live=5, wanted=2, service="iris") == Revision(2)


@pytest.mark.parametrize(("live", "wanted"), [(1, None), (5, 9)])
def test_a_revision_that_is_not_kept_is_named_with_those_that_are(
    live: int, wanted: int | None
) -> None:
    with pytest.raises(NothingThere) as caught:
        chosen(FIVE, live=live, wanted=wanted, service="iris")
    assert caught.value.remedy == "it has: 1, 2, 3, 4, 5"
