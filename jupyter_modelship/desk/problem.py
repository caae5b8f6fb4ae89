"""An error as it travels to a front end."""

from __future__ import annotations

from dataclasses import asdict

from jupyter_modelship.runs.failure import describe


def problem(error: BaseException) -> dict[str, object]:
    """code, message, remedy, detail, findings and candidates of an error, as JSON values."""
    told = describe(error)
    candidates = getattr(error, "candidates", ())
    return {
        "code": told["code"],
        "message": told["message"],
        "remedy": told["remedy"],
        "detail": told["detail"],
        "findings": told["findings"],
        "candidates": [asdict(each) for each in candidates],
    }
