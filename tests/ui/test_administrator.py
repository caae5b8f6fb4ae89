"""What an administrator has decided, as people meet it: findings to override, reports to send."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from jupyter_modelship.plan.policy import FILE

from .lab import Lab, build, running
from .pages import Desk

POLICY = Path(sys.prefix, "etc", "jupyter", FILE)
"""Policies are read from the system's folders and from nowhere else."""
ASKS = "def half(n: int) -> float:\n    return n / 2 if n else float(input())"
BROKEN = ('TOTAL = {"apple": 1}["pear"]', ("def total() -> int:\n    return TOTAL", "endpoint"))


class Webhook(BaseHTTPRequestHandler):
    """Keeps what it is sent."""

    got: list[Any]

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.got.append(json.loads(self.rfile.read(length)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def webhook() -> Iterator[HTTPServer]:
    """A place on this machine that takes reports; `RequestHandlerClass.got` has them."""
    handler = type("Kept", (Webhook,), {"got": []})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, webhook: HTTPServer) -> Iterator[Lab]:
    """A JupyterLab whose administrator wants reports and lets people ship what asks a person."""
    build()
    assert not POLICY.exists(), f"somebody's policy: {POLICY}"
    POLICY.parent.mkdir(parents=True, exist_ok=True)
    POLICY.write_text(json.dumps({"overridable": ["asks-a-person"]}), encoding="utf-8")
    flags = (
        f"--Modelship.friction_webhook=http://127.0.0.1:{webhook.server_port}/",
        "--Modelship.questions_url=https://questions.example/",
        "--Modelship.faq_url=https://questions.example/faq",
    )
    try:
        with running(tmp_path_factory.mktemp("administrator"), flags=flags) as made:
            yield made
    finally:
        POLICY.unlink()


def test_what_blocks_may_be_shipped_for_a_reason_which_is_kept(lab: Lab, desk: Desk) -> None:
    lab.book("half.ipynb", (ASKS, "endpoint"), ("half(3)", "example"))
    desk.command("modelship:deploy", path="half.ipynb")
    review = desk.review()
    finding = review.finding("input")
    expect(finding).to_contain_text("Policy lets you ship in spite of this")
    expect(review.ship).to_be_disabled()
    reason = finding.get_by_role("textbox")
    reason.fill("   ")
    expect(review.ship).to_be_disabled()
    reason.fill("No caller sends a zero.")
    review.ready().ship.click()
    expect(desk.run().button("Open service")).to_be_visible(timeout=120_000)
    desk.run().button("Open service").click()
    provenance = desk.card("half").show("Provenance")
    expect(provenance).to_contain_text("asks-a-person")
    expect(provenance).to_contain_text("No caller sends a zero.")


def test_a_report_goes_to_the_administrator_as_it_was_seen(
    lab: Lab, desk: Desk, webhook: HTTPServer
) -> None:
    lab.book("total.ipynb", *BROKEN)
    with pytest.raises(AssertionError, match="KeyError"):
        lab.modelship("deploy", "total.ipynb", "--yes")
    run = lab.request("modelship/api/v1/runs?service=total")[0]["id"]
    desk.command("modelship:open-run", run=run)
    desk.run().button("Report friction").click()
    dialog = desk.page.get_by_role("dialog")
    expect(dialog.get_by_role("link").first).to_have_attribute(
        "href", "https://questions.example/faq#stage-failed"
    )
    expect(dialog.get_by_role("link").last).to_have_attribute("href", "https://questions.example/")
    dialog.get_by_label("What was hard?").fill("The pear is missing.")
    report = dialog.get_by_role("document", name="The report")
    expect(report).to_contain_text("The pear is missing.")
    seen = report.text_content()
    dialog.get_by_role("button", name="Send to administrator").click()
    expect(desk.notification("The report is sent.")).to_be_visible()
    (sent,) = webhook.RequestHandlerClass.got  # type: ignore[attr-defined] # as `webhook` makes it
    assert sent["markdown"] == seen
