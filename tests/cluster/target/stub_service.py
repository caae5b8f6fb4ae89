"""A stand-in for the runtime in a pod: takes its flags, and does what `stub.json` beside it says.

`answer`: what GET /answer says. `took`: the most bytes that it claims to have had resident.
`fail`: `crash`, `memory` or `unready`. GET /break makes it crash from then on, GET /lose makes it
not ready.
"""

from __future__ import annotations

import argparse
import http.server
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

BROKEN = Path("/tmp/broken")
WISHES: dict[str, Any] = json.loads((Path.cwd() / "stub.json").read_text())


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    token = ""
    unready = WISHES.get("fail") == "unready"

    def do_GET(self) -> None:
        if self.path == "/readyz":
            self.say(503 if Answer.unready else 200, {})
        elif self.path == "/lose":
            Answer.unready = True
            self.say(200, {})
        elif self.path == "/break":
            BROKEN.touch()
            os._exit(1)
        elif self.path == "/livez":
            self.say(200, {})
        elif self.token and self.headers.get("Authorization") != f"Bearer {self.token}":
            self.say(401, {})
        else:
            self.say(200, {"answer": WISHES["answer"], "region": os.environ.get("REGION")})

    def say(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Metrics(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"modelship_peak_memory_bytes {WISHES['took']}\n".encode())

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    print(json.dumps({"event": "started", "message": WISHES["answer"]}), flush=True)
    failing = WISHES.get("fail")
    if failing == "crash" or BROKEN.exists():
        told = {"event": "failed", "error": "KeyError", "message": "'x'", "cell": "3f2a", "line": 2}
        print(json.dumps(told), flush=True)
        sys.exit(1)
    if failing == "memory":
        taken = []
        while True:
            taken.append(bytearray(16 << 20))
    time.sleep(WISHES.get("delay", 0))
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--metrics-port", type=int)
    parser.add_argument("--token-file", type=Path)
    flags, _ = parser.parse_known_args()
    if flags.token_file:
        Answer.token = flags.token_file.read_text().strip()
    if "took" in WISHES:
        metrics = http.server.ThreadingHTTPServer(("", flags.metrics_port), Metrics)
        threading.Thread(target=metrics.serve_forever, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    http.server.ThreadingHTTPServer(("", flags.port), Answer).serve_forever()


if __name__ == "__main__":
    main()
