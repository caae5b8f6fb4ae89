"""Where the arguments of a call travel."""

from __future__ import annotations

import pytest

from jupyter_modelship.contract import as_request


@pytest.mark.parametrize(
    ("method", "arguments", "request_"),
    [
        ("POST", {"x": [1.5], "y": None}, ("/f", b'{"x": [1.5], "y": null}')),
        ("PUT", {}, ("/f", b"{}")),
        ("GET", {}, ("/f", None)),
        ("GET", {"a": "b c", "n": 2, "yes": True, "no": None}, ("/f?a=b+c&n=2&yes=true", None)),
        ("DELETE", {"id": 7}, ("/f?id=7", None)),
    ],
)
def test_a_call_as_a_request(
    method: str, arguments: dict[str, object], request_: tuple[str, bytes | None]
) -> None:
    assert as_request(method, "/f", arguments) == request_
