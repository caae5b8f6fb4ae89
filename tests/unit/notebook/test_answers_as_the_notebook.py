"""The service answers as the whole notebook, run from top to bottom, does."""

from __future__ import annotations

from hypothesis import HealthCheck, assume, event, given, settings

from jupyter_modelship.notebook import extract, read

from .generated import encoded, notebooks, served, whole


@given(notebooks())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_slice_answers_as_the_whole_notebook(cells: list[tuple[str, ...]]) -> None:
    try:
        expected = whole(cells)
    except Exception:
        assume(False)
    book = read(encoded(cells)).notebook
    assert book is not None
    found = extract(book)
    blocking = [finding.code for finding in found.findings if finding.severity == "block"]
    event(f"blocked: {blocking[:1]}")
    if blocking:
        return
    assert found.slice is not None
    assert served(cells, found.slice) == expected
