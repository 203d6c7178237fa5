"""What survives `make mutants` fails it, unless it is on the list; and the list has nothing that does not survive."""

from subprocess import CompletedProcess

import pytest

from tools.mutants import __main__ as mutants
from tools.mutants.survivors import Mutant, Reason, read_reasons, stale, unexplained

DIFF = """\
--- leastgrant/iam/evaluation.py
+++ leastgrant/iam/evaluation.py
@@ -1,2 +1,2 @@
 def _index(statements):
-    for statement, found in zip(
-        statements, services, strict=True):
+    for statement, found in zip(statements, services, strict=None):
"""
INDEX = Mutant("leastgrant.iam.evaluation.x__index__mutmut_8", DIFF)
METHOD = Mutant("leastgrant.iam.evaluation.xǁPermissionsǁabout__mutmut_1", "-a\n+b\n")
RESULTS = """\
    leastgrant.iam.evaluation.x__index__mutmut_7: killed
    leastgrant.iam.evaluation.x__index__mutmut_8: survived
    leastgrant.iam.evaluation.x__index__mutmut_9: timeout
    leastgrant.iam.evaluation.x__index__mutmut_10: no tests
    leastgrant.iam.evaluation.x__index__mutmut_11: not checked
"""


def test_a_change_is_told_by_its_function_and_its_lines() -> None:
    assert INDEX.change == (
        "leastgrant.iam.evaluation._index: for statement, found in zip( statements, services, strict=True):"
        " => for statement, found in zip(statements, services, strict=None):"
    )
    assert METHOD.change == "leastgrant.iam.evaluation.Permissions.about: a => b"


def test_what_no_reason_is_given_for_is_unexplained() -> None:
    reasons = [Reason("", ("*strict=True* => *strict=None*",)), Reason("", ("nothing",))]
    assert list(unexplained([INDEX, METHOD], reasons)) == [METHOD]
    assert stale([INDEX, METHOD], reasons) == ["nothing"]


def test_each_on_the_list_has_a_reason() -> None:
    assert all(reason.why and reason.changes for reason in read_reasons(mutants.SURVIVORS))


@pytest.mark.parametrize(
    "case",
    [
        (RESULTS, (), 1, "survives: leastgrant.iam.evaluation.x__index__mutmut_10"),
        (RESULTS, ("*strict=None*",), 0, "2 survive, 0 to be looked at"),
        ("", ("*strict=None*",), 1, "no mutant survives as '*strict=None*'"),
        ("", (), 0, "0 survive, 0 to be looked at"),
    ],
)
def test_the_exit_status_tells(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], case: tuple[str, tuple[str, ...], int, str]
) -> None:
    results, changes, status, said = case

    def mutmut(*arguments: str, shown: bool = False) -> CompletedProcess[str]:
        del shown
        return CompletedProcess(arguments, 0, results if arguments[0] == "results" else f"# name\n{DIFF}")

    def listed(_: object) -> list[Reason]:
        return [Reason("", changes)]

    monkeypatch.setattr(mutants, "_mutmut", mutmut)
    monkeypatch.setattr(mutants, "read_reasons", listed)
    assert mutants.main([]) == status
    assert said in capsys.readouterr().out


def test_without_an_answer_nothing_is_said_to_be_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def mutmut(*arguments: str, shown: bool = False) -> CompletedProcess[str]:
        del shown
        return CompletedProcess(arguments, 1, "")

    monkeypatch.setattr(mutants, "_mutmut", mutmut)
    assert mutants.main(["leastgrant.iam.*"]) == 2
