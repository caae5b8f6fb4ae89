"""Services that should run and runs that wait to be taken up."""

from __future__ import annotations

from jupyter_modelship.doctor import Answer
from jupyter_modelship.places import Places
from jupyter_modelship.runs.journal import Journal
from jupyter_modelship.runs.services import list_services


async def services(places: Places) -> list[Answer]:
    """What is not as it should be, with the remedy; else one line."""
    found = await list_services(places)
    sick = [seen for seen in found if seen.state in ("failed", "gone")]
    answers = [
        Answer(f"service {seen.service}", "warn", seen.reason or seen.state, seen.remedy)
        for seen in sick
    ]
    if not sick:
        running = sum(seen.state == "running" for seen in found)
        answers.append(Answer("services", "ok", f"{len(found)} known, {running} running"))
    with Journal.open(places) as journal:
        answers += [
            Answer(
                f"run {run.id[:8]}",
                "warn",
                f"of {run.service} was interrupted",
                "the next deploy takes it up, or: jupyter modelship cancel " + run.service,
            )
            for run in journal.abandoned()
        ]
    return answers
