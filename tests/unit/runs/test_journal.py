from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from jupyter_modelship.errors import NothingThere, UsageError
from jupyter_modelship.places import Places
from jupyter_modelship.runs import liveness
from jupyter_modelship.runs.events import RunEvent
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.rows import Effect
from jupyter_modelship.runs.run import (
    ALLOWED,
    STATES,
    KeyReused,
    Request,
    Run,
    RunActive,
    State,
    WrongState,
)

Ask = Callable[..., Request]
PATHS: dict[State, tuple[State, ...]] = {
    "queued": (),
    "running": ("running",),
    "interrupted": ("running", "interrupted"),
    "succeeded": ("running", "succeeded"),
    "failed": ("running", "failed"),
    "cancelled": ("cancelled",),
}
"""How a new run gets into each state."""


def bring(journal: Journal, run: Run, state: State) -> Run:
    for step in PATHS[state]:
        run = journal.transition(run.id, run.state, step)
    return run


def told(events: tuple[RunEvent, ...]) -> list[tuple[int, str, object]]:
    return [(event.seq, event.kind, event.payload) for event in events]


class TestSubmitting:
    def test_a_new_request_is_a_queued_run(self, journal: Journal, ask: Ask) -> None:
        run = journal.submit(ask(name="x"))
        assert run == Run(ask(name="x"), "queued", created=1_800_000_000.0)
        assert told(journal.events(run.id)) == [(1, "run", {"state": "queued"})]

    def test_the_same_request_again_is_the_same_run(self, journal: Journal, ask: Ask) -> None:
        assert journal.submit(ask()) == journal.submit(ask())
        assert len(journal.list()) == 1
        assert len(journal.events(ask().id)) == 1

    @pytest.mark.parametrize("state", STATES)
    def test_also_when_the_run_has_gone_on(self, state: State, journal: Journal, ask: Ask) -> None:
        run = bring(journal, journal.submit(ask()), state)
        assert journal.submit(ask()) == run

    def test_the_same_id_with_another_body_is_refused(self, journal: Journal, ask: Ask) -> None:
        run = journal.submit(ask(name="x"))
        with pytest.raises(KeyReused, match=run.id):
            journal.submit(ask(name="y"))
        assert journal.list() == (run,)
        assert issubclass(KeyReused, UsageError)

    def test_a_service_somebody_works_on_is_refused_and_that_run_named(
        self, journal: Journal, ask: Ask
    ) -> None:
        at_work = journal.submit(ask(1))
        with liveness.hold(journal.places, at_work.id), pytest.raises(RunActive) as caught:
            journal.submit(ask(2))
        assert caught.value.run == at_work.id
        assert journal.list() == (at_work,)

    def test_another_service_is_free(self, journal: Journal, ask: Ask) -> None:
        at_work = journal.submit(ask(1))
        with liveness.hold(journal.places, at_work.id):
            assert journal.submit(ask(2, service="churn")).state == "queued"

    @pytest.mark.parametrize("state", ["queued", "running", "interrupted"])
    def test_a_run_nobody_works_on_gives_way_to_a_newer_one(
        self, state: State, journal: Journal, ask: Ask
    ) -> None:
        bring(journal, journal.submit(ask(1)), state)
        journal.submit(ask(2))
        assert [run.state for run in journal.list()] == ["queued", "cancelled"]
        last = journal.events(ask(1).id)[-1]
        assert last.last
        assert ask(2).id in str(last.payload["reason"])

    @pytest.mark.parametrize("state", ["succeeded", "failed", "cancelled"])
    def test_a_run_that_has_ended_is_in_nobodys_way(
        self, state: State, journal: Journal, ask: Ask
    ) -> None:
        ended = bring(journal, journal.submit(ask(1)), state)
        journal.submit(ask(2))
        assert journal.get(ended.id) == ended

    def test_the_table_itself_forbids_two_active_runs_of_a_service(
        self, journal: Journal, ask: Ask
    ) -> None:
        journal.submit(ask(1))
        with pytest.raises(sqlite3.IntegrityError):
            journal._insert(ask(2))

    def test_fifty_at_once_with_one_id_get_one_run(self, here: Places, ask: Ask) -> None:
        def submit(_: int) -> Run:
            with Journal.open(here) as journal:
                return journal.submit(ask(name="x"))

        with ThreadPoolExecutor(50) as crowd:
            runs = set(map(repr, crowd.map(submit, range(50))))
        assert len(runs) == 1
        with Journal.open(here) as journal:
            assert len(journal.list()) == 1
            assert len(journal.events(ask().id)) == 1

    def test_fifty_at_once_for_one_service_get_one_that_is_active(
        self, here: Places, ask: Ask
    ) -> None:
        def submit(number: int) -> None:
            with Journal.open(here) as journal:
                journal.submit(ask(number))

        with ThreadPoolExecutor(50) as crowd:
            list(crowd.map(submit, range(50)))
        with Journal.open(here) as journal:
            assert len(journal.list(active=True)) == 1
            assert len(journal.list(active=False)) == 49


class TestTransitions:
    @pytest.mark.parametrize("came_from", STATES)
    @pytest.mark.parametrize("to", STATES)
    def test_the_table_is_obeyed(
        self, came_from: State, to: State, journal: Journal, ask: Ask
    ) -> None:
        run = bring(journal, journal.submit(ask()), came_from)
        before = journal.events(run.id)
        if to in ALLOWED[came_from]:
            assert journal.transition(run.id, came_from, to).state == to
            assert journal.events(run.id)[-1].payload["state"] == to
        else:
            with pytest.raises(WrongState, match=f"cannot go from {came_from} to {to}"):
                journal.transition(run.id, came_from, to)
            assert (journal.get(run.id), journal.events(run.id)) == (run, before)

    def test_who_comes_too_late_is_told(self, journal: Journal, ask: Ask) -> None:
        run = journal.submit(ask())
        journal.transition(run.id, "queued", "running")
        with pytest.raises(WrongState, match="is running, not queued"):
            journal.transition(run.id, "queued", "running")

    def test_row_and_events_tell_the_whole_story(self, journal: Journal, ask: Ask) -> None:
        result = {"service": "iris", "target": "local", "url": None, "revision": 1}
        run = journal.submit(ask())
        journal.transition(run.id, "queued", "running")
        journal.transition(run.id, "running", "interrupted", reason="power cut")
        journal.transition(run.id, "interrupted", "running")
        ended = journal.transition(run.id, "running", "succeeded", result=result)
        assert (ended.attempts, ended.error, ended.result) == (2, None, result)
        assert run.created < (ended.started or 0) < (ended.finished or 0)
        assert told(journal.events(run.id)) == [
            (1, "run", {"state": "queued"}),
            (2, "run", {"state": "running", "attempt": 1}),
            (3, "run", {"state": "interrupted", "reason": "power cut"}),
            (4, "run", {"state": "running", "attempt": 2}),
            (5, "result", result),
            (6, "run", {"state": "succeeded"}),
        ]

    def test_a_failure_is_kept_with_its_cause(self, journal: Journal, ask: Ask) -> None:
        error = {"code": "stage-failed", "message": "cell 2", "cell": "c2"}
        run = bring(journal, journal.submit(ask()), "running")
        failed = journal.transition(run.id, "running", "failed", error=error)
        assert failed.error == error
        assert journal.events(run.id)[-1].payload == {"state": "failed", "error": error}

    def test_a_result_that_is_none_changes_nothing(self, journal: Journal, ask: Ask) -> None:
        run = bring(journal, journal.submit(ask()), "running")
        with pytest.raises(ValueError, match="result events need"):
            journal.transition(run.id, "running", "succeeded", result={"url": None})
        assert journal.get(run.id) == run


class TestReading:
    def test_a_run_that_is_not_there_is_named(self, journal: Journal, ask: Ask) -> None:
        with pytest.raises(NothingThere, match=ask().id):
            journal.get(ask().id)

    def test_runs_come_newest_first_and_by_service(self, journal: Journal, ask: Ask) -> None:
        for number, service in enumerate(["a", "b", "a"]):
            bring(journal, journal.submit(ask(number, service=service)), "succeeded")
        assert [run.id for run in journal.list()] == [ask(n).id for n in (2, 1, 0)]
        assert [run.id for run in journal.list(service="a")] == [ask(n).id for n in (2, 0)]
        assert [run.id for run in journal.list(limit=1)] == [ask(2).id]
        assert journal.list(active=True) == ()

    def test_abandoned_are_those_active_runs_nobody_works_on(
        self, journal: Journal, ask: Ask
    ) -> None:
        states: tuple[State, ...] = ("running", "queued", "interrupted", "succeeded")
        for number, state in enumerate(states):
            bring(journal, journal.submit(ask(number, service=f"s{number}")), state)
        with liveness.hold(journal.places, ask(1).id):
            assert [run.id for run in journal.abandoned()] == [ask(0).id, ask(2).id]

    def test_events_go_on_where_the_reader_stopped(self, journal: Journal, ask: Ask) -> None:
        run = journal.submit(ask()).id
        for text in "abc":
            journal.append(run, "lock", "log", {"lines": [text]})
        assert [event.seq for event in journal.events(run, after=2)] == [3, 4]
        assert [event.seq for event in journal.events(run, after=1, limit=1)] == [2]
        assert journal.events(run, after=4) == ()

    def test_each_run_counts_its_own_events(self, journal: Journal, ask: Ask) -> None:
        runs = [journal.submit(ask(n, service=f"s{n}")).id for n in (1, 2)]
        for run in runs:
            assert journal.append(run, "lock", "log", {"lines": []}).seq == 2

    def test_an_event_outside_the_vocabulary_is_refused(self, journal: Journal, ask: Ask) -> None:
        run = journal.submit(ask()).id
        with pytest.raises(ValueError, match="no stage"):
            journal.append(run, "bake", "log", {"lines": []})
        assert len(journal.events(run)) == 1

    def test_any_text_survives(self, journal: Journal, ask: Ask) -> None:
        nasty = ["\x00\x1b[31m", "\ud800", "‮", "', DROP TABLE runs; --"]
        run = journal.submit(ask(text=nasty))
        journal.append(run.id, "lock", "log", {"lines": nasty})
        assert journal.get(run.id).request.body == {"text": nasty}
        assert journal.events(run.id)[-1].payload == {"lines": nasty}

    def test_the_version_tells_of_others_writes(self, here: Places, ask: Ask) -> None:
        with Journal.open(here) as reader, Journal.open(here) as writer:
            before = reader.version()
            assert reader.version() == before
            writer.submit(ask())
            assert reader.version() != before

    def test_a_reader_is_not_held_up_by_a_writer(self, here: Places, ask: Ask) -> None:
        with Journal.open(here) as reader, Journal.open(here) as writer:
            writer.submit(ask(1))
            with writer._transaction():
                writer._insert(ask(2, service="other"))
                assert [run.id for run in reader.list()] == [ask(1).id]


class TestCancelling:
    @pytest.mark.parametrize("state", STATES)
    def test_only_what_is_active_can_be_asked_to_end(
        self, state: State, journal: Journal, ask: Ask
    ) -> None:
        run = bring(journal, journal.submit(ask()), state)
        assert journal.request_cancel(run.id).cancel == run.active
        assert journal.get(run.id).state == state

    def test_there_must_be_something_to_cancel(self, journal: Journal, ask: Ask) -> None:
        with pytest.raises(NothingThere):
            journal.request_cancel(ask().id)


class TestEffects:
    def test_an_intent_is_there_before_and_the_result_after(
        self, journal: Journal, ask: Ask
    ) -> None:
        run = bring(journal, journal.submit(ask()), "running").id
        journal.intend(run, "deploy", {"port": 1}, attempt=1)
        assert journal.effects(run) == {"deploy": Effect("deploy", {"port": 1}, None)}
        journal.accomplish(run, "deploy", {"revision": 4})
        assert journal.effects(run) == {"deploy": Effect("deploy", {"port": 1}, {"revision": 4})}

    def test_a_worker_that_lost_its_run_may_do_nothing_more(
        self, journal: Journal, ask: Ask
    ) -> None:
        run = bring(journal, journal.submit(ask()), "interrupted")
        with pytest.raises(WrongState, match="not this worker's"):
            journal.intend(run.id, "deploy", {}, attempt=1)
        journal.transition(run.id, "interrupted", "running")
        with pytest.raises(WrongState, match="not this worker's"):
            journal.intend(run.id, "deploy", {}, attempt=1)
        journal.intend(run.id, "deploy", {}, attempt=2)

    def test_what_an_unsuccessful_run_left_is_known_until_it_is_forgotten(
        self, journal: Journal, ask: Ask
    ) -> None:
        ends: tuple[State, ...] = ("failed", "succeeded")
        for number, end in enumerate(ends):
            run = bring(journal, journal.submit(ask(number)), "running")
            journal.intend(run.id, "deploy", {}, attempt=1)
            journal.transition(run.id, "running", end)
        assert [run.id for run in journal.unsettled("iris")] == [ask(0).id]
        assert journal.unsettled("other") == ()
        journal.forget_effects(ask(0).id)
        assert journal.unsettled("iris") == ()


def test_provenance_is_kept_with_the_run(journal: Journal, ask: Ask) -> None:
    run = journal.submit(ask())
    journal.keep_record(run.id, {"format": 1})
    assert journal.get(run.id).record == {"format": 1}
