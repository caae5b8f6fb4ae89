"""A few words with the API server, by the administrator's certificate."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from .place import Place

MANAGER = "modelship-test-cluster"


def client(place: Place) -> httpx.Client:
    folder = place.certificates
    context = ssl.create_default_context(cafile=folder / "ca.crt")
    context.load_cert_chain(folder / "admin.crt", folder / "admin.key")
    return httpx.Client(base_url=place.api, verify=context, timeout=10, trust_env=False)


def answers(place: Place) -> bool:
    """Whether the API server says that it is ready."""
    try:
        with client(place) as ask:
            return ask.get("/readyz").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def apply(ask: httpx.Client, path: str, document: Mapping[str, Any]) -> None:
    """Server-side apply; a document in JSON is one in YAML."""
    done = ask.patch(
        path,
        json=document,
        params={"fieldManager": MANAGER},
        headers={"Content-Type": "application/apply-patch+yaml"},
    )
    assert done.is_success, done.text


def await_(
    what: str, condition: Callable[[], bool], seconds: float, why: Callable[[], str]
) -> None:
    """Ask again and again; AssertionError with what `why` says where it takes longer."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not after {seconds:.0f} s. {why()}")
        time.sleep(0.05)
