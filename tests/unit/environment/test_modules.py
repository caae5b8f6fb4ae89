from __future__ import annotations

from typing import Any

import pytest

from jupyter_modelship.environment.modules import owners

SHARED = {
    "sklearn": ("scikit-learn",),
    "google": ("protobuf", "storage"),
    "google.cloud.storage": ("storage",),
}


@pytest.mark.parametrize(
    ("modules", "expected"),
    [
        (("sklearn",), ("scikit-learn",)),
        (("sklearn.linear_model", "numpy"), ("numpy", "scikit-learn")),
        (("json", "os.path", "__future__"), ()),
        (("beside",), ()),
        (("google.cloud.storage.blob",), ("storage",)),
    ],
)
def test_modules_belong_to_distributions(
    make_facts: Any, modules: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    facts = make_facts("numpy==2", owners=SHARED)
    owned = owners(modules, facts, local=frozenset({"beside"}))
    assert (owned.distributions, owned.findings) == (expected, ())


def test_a_shared_namespace_takes_all_and_says_so(make_facts: Any) -> None:
    owned = owners(["google"], make_facts(owners=SHARED))
    assert owned.distributions == ("protobuf", "storage")
    assert [(f.code, f.severity) for f in owned.findings] == [("module-shared", "warn")]


def test_an_import_name_is_never_taken_for_a_distribution(make_facts: Any) -> None:
    facts = make_facts("cv2-is-not-this==1", owners={"other": ("cv2",)})
    owned = owners(["cv2"], facts)
    assert owned.distributions == ()
    (found,) = owned.findings
    assert (found.code, found.severity) == ("module-unknown", "block")
    assert "/env/bin/python -m pip install" in found.remedy


def test_a_pip_install_that_was_not_run_is_the_advice(make_facts: Any) -> None:
    (found,) = owners(["cowsay"], make_facts("six==1"), asked=("cowsay", "six")).findings
    assert "cowsay is not installed" in found.remedy
