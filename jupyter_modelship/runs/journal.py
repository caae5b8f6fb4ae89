"""The journal: every run, what it told, what it did to the world. One transition a transaction.

Safe for many processes at once. A connection belongs to the thread that opened it.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from jupyter_modelship.errors import NothingThere
from jupyter_modelship.failpoints import failpoint
from jupyter_modelship.places import Places

from . import liveness, schema
from .events import Kind, RunEvent, check
from .rows import Effect, effect_of, event_of, run_of
from .run import (
    ACTIVE,
    ALLOWED,
    KeyReused,
    Request,
    Run,
    RunActive,
    State,
    WrongState,
    canonical,
    dumps,
)


class Journal:
    """Open with `Journal.open(places)`; a context manager that closes itself.

    Every method raises ModelshipError, with a remedy, where the disk does not do its part.
    """

    def __init__(
        self, connection: sqlite3.Connection, places: Places, clock: Callable[[], float]
    ) -> None:
        self._connection = connection
        self._clock = clock
        self.places = places

    @classmethod
    def open(cls, places: Places, *, clock: Callable[[], float] = time.time) -> Journal:
        """The journal of these places, made where there is none."""
        return cls(schema.connect(places.state / schema.NAME), places, clock)

    @property
    def path(self) -> Path:
        return self.places.state / schema.NAME

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Runs

    def submit(self, request: Request) -> Run:
        """The run of this request: a new one, or the one that this id made before.

        KeyReused for an id that came with another body, RunActive while another run works on the
        service. A run of the service that nobody works on any more is not resumed: what is asked
        for now is newer than what it would do. It ends as cancelled and names its successor.
        """
        failpoint("journal.submit.before")
        with self._transaction():
            known = self._find(request.id)
            if known is not None:
                if known.request.digest != request.digest:
                    raise KeyReused(
                        f"run {request.id} was asked for with another body",
                        remedy="make a new id for a new request",
                    )
                return known
            self._supersede(request)
            self._insert(request)
            failpoint("journal.submit.inside")
        failpoint("journal.submit.after")
        return self.get(request.id)

    def _supersede(self, request: Request) -> None:
        other = self._one("service = ? AND state IN (?, ?, ?)", request.service, *sorted(ACTIVE))
        if other is None:
            return
        if liveness.alive(self.places, other.id):
            raise RunActive(request.service, other.id)
        reason = f"nobody worked on it any more, and run {request.id} took its place"
        self._move(other, "cancelled", error=None, result=None, reason=reason)

    def _insert(self, request: Request) -> None:
        self._connection.execute(
            "INSERT INTO runs (id, digest, service, target, notebook, notebook_digest,"
            " plan_digest, body, state, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?)",
            (
                request.id,
                request.digest,
                request.service,
                request.target,
                request.notebook,
                request.notebook_digest,
                request.plan_digest,
                dumps(request.body),
                self._clock(),
            ),
        )
        self._add(request.id, "", "run", {"state": "queued"})

    def get(self, run: str) -> Run:
        """The run with that id; NothingThere when there is none."""
        with schema.explained(self.path):
            found = self._find(canonical(run))
        if found is None:
            raise NothingThere(f"there is no run {run}", remedy="see: jupyter modelship list")
        return found

    def list(
        self, *, service: str | None = None, active: bool | None = None, limit: int = 100
    ) -> tuple[Run, ...]:
        """Runs, newest first: of one service or of all; active ones, ended ones, or both."""
        clauses, values = ["1"], list[object]()
        if service is not None:
            clauses.append("service = ?")
            values.append(service)
        if active is not None:
            clauses.append(f"state {'' if active else 'NOT '}IN (?, ?, ?)")
            values.extend(sorted(ACTIVE))
        with schema.explained(self.path):
            return tuple(map(run_of, self._rows(" AND ".join(clauses), values, limit)))

    def newest(self) -> tuple[Run, ...]:
        """The newest run of each service."""
        latest = (
            "rowid IN (SELECT first_value(rowid) OVER"
            " (PARTITION BY service ORDER BY created DESC, rowid DESC) FROM runs)"
        )
        with schema.explained(self.path):
            return tuple(map(run_of, self._rows(latest, (), -1)))

    def succeeded(self, service: str) -> bool:
        """Whether any run of the service ever came to its end."""
        with schema.explained(self.path):
            return self._one("service = ? AND state = 'succeeded'", service) is not None

    def abandoned(self) -> tuple[Run, ...]:
        """Active runs without a live worker, oldest first."""
        runs = self.list(active=True, limit=-1)
        return tuple(run for run in reversed(runs) if not liveness.alive(self.places, run.id))

    def transition(
        self,
        run: str,
        came_from: State,
        to: State,
        *,
        error: Mapping[str, object] | None = None,
        result: Mapping[str, object] | None = None,
        reason: str = "",
    ) -> Run:
        """Move a run to another state and tell it, in one transaction: event and row agree.

        WrongState where the table forbids it or the run is not (any more) in `came_from`.
        """
        failpoint("journal.transition.before")
        with self._transaction():
            now = self.get(run)
            if now.state != came_from:
                raise WrongState(f"run {run} is {now.state}, not {came_from}")
            self._move(now, to, error=error, result=result, reason=reason)
        failpoint("journal.transition.after")
        return self.get(run)

    def _move(
        self,
        run: Run,
        to: State,
        *,
        error: Mapping[str, object] | None,
        result: Mapping[str, object] | None,
        reason: str,
    ) -> None:
        if to not in ALLOWED[run.state]:
            raise WrongState(f"run {run.id} cannot go from {run.state} to {to}")
        now, ended, starts = self._clock(), to not in ACTIVE, to == "running"
        self._connection.execute(
            "UPDATE runs SET state = ?, error = ?, result = ?, attempts = attempts + ?,"
            " started = coalesce(started, ?), finished = ? WHERE id = ?",
            (
                to,
                None if error is None else dumps(error),
                None if result is None else dumps(result),
                int(starts),
                now if starts else None,
                now if ended else None,
                run.id,
            ),
        )
        failpoint("journal.move.inside")
        if result is not None:
            self._add(run.id, "", "result", result)
        told: dict[str, object] = {"state": to}
        if starts:
            told["attempt"] = run.attempts + 1
        if reason:
            told["reason"] = reason
        if error is not None:
            told["error"] = error
        self._add(run.id, "", "run", told)

    def request_cancel(self, run: str) -> Run:
        """Ask for the run's end; a run that has ended stays as it is."""
        self.get(run)
        failpoint("journal.cancel.before")
        with self._transaction():
            self._connection.execute(
                "UPDATE runs SET cancel = 1 WHERE id = ? AND state IN (?, ?, ?)",
                (canonical(run), *sorted(ACTIVE)),
            )
        failpoint("journal.cancel.after")
        return self.get(run)

    def keep_record(self, run: str, record: Mapping[str, object]) -> None:
        """Keep the run's provenance."""
        failpoint("journal.record.before")
        with self._transaction():
            self._connection.execute(
                "UPDATE runs SET record = ? WHERE id = ?", (dumps(record), run)
            )
        failpoint("journal.record.after")

    # Events

    def append(self, run: str, stage: str, kind: Kind, payload: Mapping[str, object]) -> RunEvent:
        """Add an event of the vocabulary; ValueError for any other."""
        failpoint("journal.append.before")
        with self._transaction():
            event = self._add(run, stage, kind, payload)
        failpoint("journal.append.after")
        return event

    def _add(self, run: str, stage: str, kind: Kind, payload: Mapping[str, object]) -> RunEvent:
        check(stage, kind, payload)
        (last,) = self._connection.execute(
            "SELECT coalesce(max(seq), 0) FROM events WHERE run = ?", (run,)
        ).fetchone()
        event = RunEvent(run, last + 1, self._clock(), stage, kind, payload)
        self._connection.execute(
            "INSERT INTO events (run, seq, time, stage, kind, payload) VALUES (?, ?, ?, ?, ?, ?)",
            (run, event.seq, event.time, stage, kind, dumps(payload)),
        )
        return event

    def omit(self, run: str, seqs: Sequence[int], marker: Mapping[str, object]) -> None:
        """Leave events out: `marker`, a log payload, stands in the place of the first one."""
        failpoint("journal.omit.before")
        with self._transaction():
            self._connection.execute(
                "UPDATE events SET kind = 'log', payload = ? WHERE run = ? AND seq = ?",
                (dumps(marker), run, seqs[0]),
            )
            self._connection.executemany(
                "DELETE FROM events WHERE run = ? AND seq = ?", [(run, seq) for seq in seqs[1:]]
            )
        failpoint("journal.omit.after")

    def events(self, run: str, *, after: float = 0, limit: int = -1) -> tuple[RunEvent, ...]:
        """The run's events with a greater `seq` than `after`, in order."""
        with schema.explained(self.path):
            rows = self._connection.execute(
                "SELECT * FROM events WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?",
                (canonical(run), after, limit),
            ).fetchall()
        return tuple(map(event_of, rows))

    def version(self) -> int:
        """A number that changes when another connection has written: cheap to ask for often."""
        with schema.explained(self.path):
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(version)

    # Effects

    def intend(self, run: str, name: str, intent: Mapping[str, object], *, attempt: int) -> None:
        """Say what is about to be done to the world.

        WrongState where the run is not `attempt`'s any more: the fence before every effect.
        """
        failpoint("journal.intend.before")
        with self._transaction():
            now = self.get(run)
            if now.state != "running" or now.attempts != attempt:
                raise WrongState(f"run {run} is not this worker's any more")
            self._connection.execute(
                "INSERT INTO effects (run, name, intended, intent) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (run, name) DO UPDATE SET intent = excluded.intent",
                (run, name, self._clock(), dumps(intent)),
            )
        failpoint("journal.intend.after")

    def accomplish(self, run: str, name: str, result: Mapping[str, object]) -> None:
        """Say that an intended effect is done, and what came of it."""
        failpoint("journal.accomplish.before")
        with self._transaction():
            self._connection.execute(
                "UPDATE effects SET done = ?, result = ? WHERE run = ? AND name = ?",
                (self._clock(), dumps(result), run, name),
            )
        failpoint("journal.accomplish.after")

    def effects(self, run: str) -> Mapping[str, Effect]:
        """What the run did or was about to do, by name, in the order of the intents."""
        with schema.explained(self.path):
            rows = self._connection.execute(
                "SELECT * FROM effects WHERE run = ? ORDER BY intended, name", (run,)
            ).fetchall()
        return {row["name"]: effect_of(row) for row in rows}

    def forget_effects(self, run: str) -> None:
        """Drop what the run did or meant to do: all that it left in the world is cleaned up."""
        failpoint("journal.forget.before")
        with self._transaction():
            self._connection.execute("DELETE FROM effects WHERE run = ?", (run,))
        failpoint("journal.forget.after")

    def unsettled(self, service: str) -> tuple[Run, ...]:
        """Runs of the service that ended without success and were not cleaned up, newest first."""
        where = (
            "service = ? AND state IN ('failed', 'cancelled')"
            " AND EXISTS (SELECT 1 FROM effects WHERE effects.run = runs.id)"
        )
        with schema.explained(self.path):
            return tuple(map(run_of, self._rows(where, (service,), -1)))

    # Rows

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with schema.explained(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # SQLite ends some itself, on a full disk
                    self._connection.execute("ROLLBACK")
                raise

    def _find(self, run: str) -> Run | None:
        return self._one("id = ?", run)

    def _one(self, where: str, *values: object) -> Run | None:
        rows = self._rows(where, values, 1)
        return run_of(rows[0]) if rows else None

    def _rows(self, where: str, values: Sequence[object], limit: int) -> Sequence[sqlite3.Row]:
        """`where` comes from this file, values never go into the text."""
        query = f"SELECT * FROM runs WHERE {where} ORDER BY created DESC, rowid DESC LIMIT ?"  # noqa: S608 - see above
        return self._connection.execute(query, (*values, limit)).fetchall()
