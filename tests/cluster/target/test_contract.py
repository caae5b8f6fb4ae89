"""What every target promises, held against the kubernetes target on a real cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from jupyter_modelship.targets.kubernetes.target import KubernetesTarget
from jupyter_modelship.targets.port import Release
from tests.contract.test_targets import (
    Releases,
    test_a_deleted_service_is_gone_and_its_name_is_free,
    test_a_release_is_a_folder_for_others_or_refused_with_a_reason,
    test_a_release_that_is_applied_runs,
    test_a_release_to_a_stopped_service_runs,
    test_a_rollback_is_a_new_revision_of_an_old_plan,
    test_a_run_is_applied_once,
    test_a_run_staged_before_the_service_was_stopped_is_refused,
    test_a_service_belongs_to_one_notebook,
    test_a_service_is_taken_over_from_whom_is_named_or_that_is_refused,
    test_a_shared_service_belongs_to_one_person_as_well,
    test_a_stopped_service_keeps_its_revision_and_starts_again,
    test_a_way_leads_to_what_runs_and_to_its_metrics,
    test_every_option_is_honoured_or_refused_with_a_reason,
    test_nothing_can_be_done_to_a_service_that_is_not_there,
    test_of_two_runs_staged_side_by_side_the_second_is_refused,
    test_revisions_are_numbered_and_told_oldest_first,
    test_there_is_nothing_to_roll_back_to_before_the_first_revision,
    test_what_is_done_to_a_shared_service_is_written_down,
    test_what_is_followed_is_told_as_when_it_is_asked,
    test_what_is_only_staged_is_no_service,
    test_what_is_waited_for_is_told_in_printable_lines,
)

from .dock import Dock

__all__ = [
    "test_a_deleted_service_is_gone_and_its_name_is_free",
    "test_a_release_is_a_folder_for_others_or_refused_with_a_reason",
    "test_a_release_that_is_applied_runs",
    "test_a_release_to_a_stopped_service_runs",
    "test_a_rollback_is_a_new_revision_of_an_old_plan",
    "test_a_run_is_applied_once",
    "test_a_run_staged_before_the_service_was_stopped_is_refused",
    "test_a_service_belongs_to_one_notebook",
    "test_a_service_is_taken_over_from_whom_is_named_or_that_is_refused",
    "test_a_shared_service_belongs_to_one_person_as_well",
    "test_a_stopped_service_keeps_its_revision_and_starts_again",
    "test_a_way_leads_to_what_runs_and_to_its_metrics",
    "test_every_option_is_honoured_or_refused_with_a_reason",
    "test_nothing_can_be_done_to_a_service_that_is_not_there",
    "test_of_two_runs_staged_side_by_side_the_second_is_refused",
    "test_revisions_are_numbered_and_told_oldest_first",
    "test_there_is_nothing_to_roll_back_to_before_the_first_revision",
    "test_what_is_done_to_a_shared_service_is_written_down",
    "test_what_is_followed_is_told_as_when_it_is_asked",
    "test_what_is_only_staged_is_no_service",
    "test_what_is_waited_for_is_told_in_printable_lines",
]


@pytest.fixture
async def target(dock: Dock) -> AsyncIterator[KubernetesTarget]:
    yield dock.target
    await dock.target.close()


@pytest.fixture
def releases(dock: Dock) -> Releases:
    def make(digest: str) -> Release:
        return dock.release(digest)

    return make
