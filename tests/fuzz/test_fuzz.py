"""A few cases of the fuzzing, always the same; `make test-slow` runs hundreds, `make test-fuzz` others, for longer."""

from pathlib import Path

import pytest

from leastgrant.cli.commands import needs
from leastgrant.errors import InputError
from tests.fuzz.cases import Case, case, run

FEW, MANY = 24, 240


@pytest.mark.parametrize(
    "cases",
    [range(FEW), *(pytest.param(range(n, n + FEW), marks=pytest.mark.slow) for n in range(FEW, MANY, FEW))],
)
def test_whatever_the_inputs_hold(cases: range, tmp_path: Path) -> None:
    faults = {}
    for number in cases:
        one = case(f"make test:{number}")
        if fault := run(one, tmp_path).fault:
            faults[one.number] = fault
    assert not faults


def test_a_number_is_always_the_same_case() -> None:
    assert case("0:1") == case("0:1")
    assert len({case(f"0:{number}").files["role"] for number in range(9) if "role" in case(f"0:{number}").files}) > 1


def raising(error: BaseException) -> object:
    def raise_it(_: object) -> int:
        raise error

    return raise_it


def returning(status: int, text: str) -> object:
    def write(_: object) -> int:
        print(text, end="")
        return status

    return write


@pytest.mark.parametrize(
    ("does", "fault"),
    [
        (raising(KeyError("x")), "KeyError"),
        (raising(RecursionError("deep")), "RecursionError"),
        (raising(SystemExit(3)), "SystemExit"),
        (raising(InputError("a\nb")), ""),  # a name with a line feed is printed in one line
        (returning(3, "x"), "it ends with 3"),
        (returning(1, ""), "it says nothing"),
        (returning(2, "half"), "it refuses with 0 lines, and an output of 4 characters"),
        (returning(1, "x"), ""),
    ],
)
def test_each_fault_is_noticed(does: object, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "run", does)
    said = run(
        Case(
            "0:0",
            "none",
            {},
            ("needs", "--app", "x", "--stack-name", "s", "--account", "1" * 12, "--region", "eu-west-1"),
        ),
        tmp_path,
    ).fault
    assert (fault in said) if fault else not said


def test_too_much_work_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.cases.SECONDS", -1.0)
    assert "s of CPU for" in run(case("make test:0"), tmp_path).fault
