"""The page about the endpoints: one static file, the same for every service.

It holds nothing of the service. It fetches openapi.json and writes it as text nodes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

_INLINE = re.compile(rb"<(script|style)>(.*?)</\1>", re.DOTALL)


def page() -> tuple[bytes, tuple[tuple[str, str], ...]]:
    """The page and its header fields; its own script and style run, and nothing else does."""
    html = Path(__file__).with_name("page.html").read_bytes()
    allowed = {name: _hash(content) for name, content in _INLINE.findall(html)}
    policy = (
        f"default-src 'none'; script-src {allowed[b'script']}; style-src {allowed[b'style']}; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'"
    )
    return html, (("content-security-policy", policy), ("referrer-policy", "no-referrer"))


def _hash(content: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}'"
