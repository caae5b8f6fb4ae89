"""The cluster's client is imported without what it imports for others, and in nobody's way."""

from __future__ import annotations

import subprocess
import sys

OTHERS = ("requests", "oauthlib", "kubernetes", "kubernetes.client", "kubernetes.aio")


def said(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_nothing_of_the_other_client_is_imported() -> None:
    code = (
        "import sys\n"
        "from jupyter_modelship.targets.kubernetes.library import library\n"
        "found = library()\n"
        "print(found.ApiClient.__module__, issubclass(found.WsApiClient, found.ApiClient))\n"
        f"print([name for name in {OTHERS} if name in sys.modules])"
    )
    assert said(code) == "kubernetes.aio.client.api_client True\n[]"


def test_who_imports_it_after_us_gets_all_of_it() -> None:
    code = (
        "from jupyter_modelship.targets.kubernetes.library import library\n"
        "library()\n"
        "import kubernetes, kubernetes.aio\n"
        "print(kubernetes.client.V1Pod.__name__, kubernetes.aio.client.V1Pod.__name__)"
    )
    assert said(code) == "V1Pod V1Pod"


def test_where_it_is_there_already_it_is_taken_as_it_is() -> None:
    code = (
        "import kubernetes.aio.client\n"
        "from jupyter_modelship.targets.kubernetes.library import library\n"
        "print(library().ApiClient is kubernetes.aio.client.ApiClient)"
    )
    assert said(code) == "True"
