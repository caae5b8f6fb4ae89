"""A revision that somebody has changed by hand hides no other service, and can be mended."""

from __future__ import annotations

from .dock import Dock


async def test_a_revision_without_its_annotation_hides_no_other(dock: Dock) -> None:
    for service, answer in (("iris", "one"), ("wine", "one"), ("wine", "two")):
        await dock.ship(dock.release(answer, service=service))
    both = await dock.target.list()
    dock.kubectl("annotate", "controllerrevision", "iris.1", "modelship/brief-")
    iris, wine = await dock.target.list()
    assert wine == both[1]
    assert (iris.state, iris.reason) == (
        "failed",
        "revision iris.1 cannot be read: KeyError: 'modelship/brief'; 1 of its pods answer",
    )
    assert iris.remedy.endswith("jupyter modelship start iris writes it anew")
    assert await dock.target.observe("iris") == both[0], "its data says it all"
    assert (await dock.target.rollback("wine")).revision == 3
    await dock.target.delete("wine")
    await dock.target.start("iris")
    assert await dock.target.list() == both[:1]
