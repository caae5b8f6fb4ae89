"""An endpoint wants its requests batched, and the runtime cannot yet."""

from __future__ import annotations

from jupyter_modelship.model import Finding, Slice
from jupyter_modelship.plan.catalogue import finding


def batch_missing(slice_: Slice) -> tuple[Finding, ...]:
    numbers = {verdict.cell: verdict.number for verdict in slice_.verdicts}
    return tuple(
        finding(
            "batch-missing",
            f"{endpoint.function} is marked `batch`, and requests are not batched yet",
            cell=endpoint.cell,
            number=numbers.get(endpoint.cell),
        )
        for endpoint in slice_.endpoints
        if endpoint.batch
    )
