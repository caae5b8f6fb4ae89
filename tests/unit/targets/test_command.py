from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from jupyter_modelship.targets.keeping.wishes import declared, finish_seconds
from jupyter_modelship.targets.local.command import Ends, command
from jupyter_modelship.targets.port import Release

RELEASE = Release(
    service="iris",
    plan_digest="p",
    bundle_digest="b",
    bundle_folder=Path("/bundles/b"),
    python=Path("/env/bin/python"),
    notebook="/books/iris.ipynb",
    run="r",
)
ENDS = Ends(listen=9, control=11, private=Path("/run/p-1"))


def test_the_whole_argument_list_of_a_release(tmp_path: Path) -> None:
    source_map = tmp_path / "service.map.json"
    source_map.touch()
    release = replace(RELEASE, source_map=source_map)
    assert command(release, ends=ENDS, token=Path("/iris/token")) == (
        *("/env/bin/python", "-u", "-X", "faulthandler", "-m", "modelship_runtime"),
        *("--bundle", "/bundles/b", "--listen-fd", "9", "--control-fd", "11"),
        *("--private-socket", "/run/p-1", "--metrics-port", "0", "--drain", "0.5"),
        *("--finish", "10.0", "--token-file", "/iris/token", "--docs"),
        *("--source-map", str(source_map)),
    )


def test_options_turn_token_and_docs_off_and_set_the_time_to_finish() -> None:
    options = {"token": False, "docs": False, "drain": 3}
    release = replace(RELEASE, options=options, source_map=Path("/gone"))
    words = command(release, ends=ENDS, token=Path("/iris/token"))
    assert not {"--token-file", "--docs", "--source-map"} & set(words)
    assert words[words.index("--finish") + 1] == "3.0"
    assert finish_seconds(release) == 3.5


def test_declared_variables_are_names() -> None:
    release = replace(RELEASE, options={"env": ["A", "B"]})
    assert declared(release, "env") == ("A", "B")
    assert declared(release, "secrets") == ()
