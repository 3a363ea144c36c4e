"""Names of operations in labels: only so many, in all processes together, and none that could be a number."""

from pathlib import Path

import pytest

from gateway import operation_names
from gateway.operation_names import OTHER, UNNAMED, OperationNames, discreet


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Customer360", "Customer360"),
        ("For919820044556", "For_"),
        ("AAPPV8261K", "AAPPV_K"),
        ("A" * 200, "A" * 80),
        ("Born1987_11_05", "Born__11_05"),
    ],
)
def test_what_could_be_a_number_is_struck_out(name: str, told: str) -> None:
    assert discreet(name) == told


def test_a_name_has_a_label_once_it_was_answered(tmp_path: Path) -> None:
    names = OperationNames(tmp_path / "operations")
    assert names.label("Portfolio", answered=False) == OTHER
    assert names.label("Portfolio", answered=True) == "Portfolio"
    assert names.label("Portfolio", answered=False) == "Portfolio"
    assert names.label("", answered=True) == UNNAMED


@pytest.mark.parametrize("shared", [True, False])
def test_no_client_adds_labels_beyond_the_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: bool
) -> None:
    monkeypatch.setattr(operation_names, "OPERATIONS_MAX", 5)
    names = OperationNames(tmp_path / "operations" if shared else None)
    labels = {names.label(f"Name{chr(65 + number)}", answered=True) for number in range(20)}
    assert labels == {"NameA", "NameB", "NameC", "NameD", "NameE", OTHER}


def test_processes_share_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operation_names, "OPERATIONS_MAX", 2)
    first, second, third = (OperationNames(tmp_path) for _ in range(3))
    assert first.label("One", answered=True) == "One"
    assert second.label("Two", answered=True) == "Two"
    assert third.label("Three", answered=True) == OTHER
    assert third.label("One", answered=True) == "One"
