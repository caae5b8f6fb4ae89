"""Credentials of twenty kinds, made up anew: none of them opens anything, none is written down."""

from __future__ import annotations

import base64
import json
import random
import string
import zlib
from collections.abc import Callable, Mapping

_LETTERS = string.ascii_letters + string.digits
_LOWER = string.ascii_lowercase + string.digits
_HEX = "0123456789abcdef"
_UPPER32 = string.ascii_uppercase + "234567"


class Mint:
    """Random text, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def text(self, alphabet: str, length: int) -> str:
        return "".join(self._random.choices(alphabet, k=length))

    def data(self, length: int) -> bytes:
        return self._random.randbytes(length)

    def base64(self, length: int) -> str:
        return base64.b64encode(self.data(length)).decode()

    def checked(self, prefix: str, length: int) -> str:
        """With a CRC-32 in base 62 at its end, as GitHub's and npm's have."""
        body = self.text(_LETTERS, length)
        number = zlib.crc32(body.encode())
        digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
        found = ""
        for _ in range(6):
            number, rest = divmod(number, 62)
            found = digits[rest] + found
        return f"{prefix}{body}{found}"

    def pem(self, kind: str, length: int) -> str:
        text = self.base64(length)
        lines = [text[at : at + 64] for at in range(0, len(text), 64)]
        return "\n".join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----"])


def _service_account(mint: Mint) -> str:
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "weather-models",
            "private_key_id": mint.text(_HEX, 40),
            "private_key": mint.pem("PRIVATE KEY", 1190) + "\n",
            "client_email": "trainer@weather-models.iam.gserviceaccount.com",
            "token_uri": "https://oauth2.googleapis.com/token",
        }
    )


def _jwt(mint: Mint) -> str:
    def part(value: Mapping[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    signature = base64.urlsafe_b64encode(mint.data(32)).decode().rstrip("=")
    head, body = {"alg": "HS256", "typ": "JWT"}, {"sub": mint.text(_LOWER, 12), "iat": 1767225600}
    return f"{part(head)}.{part(body)}.{signature}"


KINDS: Mapping[str, Callable[[Mint], str]] = {
    "aws": lambda m: (
        f"aws_access_key_id = AKIA{m.text(_UPPER32, 16)}\n"
        f"aws_secret_access_key = {m.text(_LETTERS + '/+', 40)}"
    ),
    "github": lambda m: m.checked("ghp_", 30),
    "gitlab": lambda m: f"glpat-{m.text(_LETTERS, 20)}",
    "slack": lambda m: (
        f"xoxb-{m.text(string.digits, 12)}-{m.text(string.digits, 12)}-{m.text(_LETTERS, 24)}"
    ),
    "slack-webhook": lambda m: (
        "https://hooks.slack.com/services/"
        f"T{m.text(_UPPER32, 10)}/B{m.text(_UPPER32, 10)}/{m.text(_LETTERS, 24)}"
    ),
    "stripe": lambda m: f"sk_live_{m.text(_LETTERS, 24)}",
    "google-api": lambda m: f"AIzaSy{m.text(_LETTERS, 33)}",
    "google-account": _service_account,
    "rsa": lambda m: m.pem("RSA PRIVATE KEY", 1190),
    "openssh": lambda m: m.pem("OPENSSH PRIVATE KEY", 400),
    "openai": lambda m: f"sk-proj-{m.text(_LETTERS, 74)}T3BlbkFJ{m.text(_LETTERS, 74)}",
    "anthropic": lambda m: f"sk-ant-api03-{m.text(_LETTERS, 93)}AA",
    "hugging-face": lambda m: f"hf_{m.text(string.ascii_letters, 34)}",
    "pypi": lambda m: f"pypi-AgEIcHlwaS5vcmc{m.text(_LETTERS, 150)}",
    "npm": lambda m: m.checked("npm_", 30),
    "sendgrid": lambda m: f"SG.{m.text(_LETTERS, 22)}.{m.text(_LETTERS, 43)}",
    "jwt": _jwt,
    "azure": lambda m: (
        "DefaultEndpointsProtocol=https;AccountName=weathermodels;"
        f"AccountKey={m.base64(64)};EndpointSuffix=core.windows.net"
    ),
    "database": lambda m: f"postgresql://trainer:{m.text(_LETTERS, 18)}@db.weather.internal:5432/x",
    "databricks": lambda m: f"dapi{m.text(_HEX, 32)}",
}


def planted(kind: str, seed: int) -> str:
    return KINDS[kind](Mint(seed))
