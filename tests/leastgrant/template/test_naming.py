"""Names that CloudFormation makes up: every one the rules can produce is included, and little else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastgrant.iam.pattern import Pattern
from leastgrant.template.naming import IdInAnyCase, IdOnly, StackAndId

letters = st.characters(codec="ascii", categories=["L", "N"])
stacks = st.from_regex(r"[a-zA-Z][a-zA-Z0-9-]{0,127}", fullmatch=True)
logical_ids = st.text(letters, min_size=1, max_size=100)
randoms = st.text(letters, min_size=11, max_size=13)
limits = st.sampled_from([25, 32, 63, 64, 80, 128, 255, 512])


def fair_split(room: int, stack: int, logical_id: int) -> tuple[int, int]:
    """The shares as CloudFormation's library deals them out: by halves, until all is dealt or wanted."""
    shares = [0, 0]
    while room > 0 and shares != [stack, logical_id]:
        half = max(1, room // 2)
        for part, wanted in enumerate((stack, logical_id)):
            more = min(half, wanted - shares[part], room)
            shares[part] += more
            room -= more
    return shares[0], shares[1]


@given(
    stack=stacks,
    logical_id=logical_ids,
    random=randoms,
    limit=limits,
    reserved=st.sampled_from([12, 13]),
    tidy=st.booleans(),
)
def test_includes_what_the_library_makes(
    *, stack: str, logical_id: str, random: str, limit: int, reserved: int, tidy: bool
) -> None:
    """`tidy`: repeated hyphens become one, as in the library, and none is left at the cut."""
    while tidy and "--" in stack:
        stack = stack.replace("--", "-")
    own, other = fair_split(limit - 2 - reserved, len(stack), len(logical_id))
    prefix = stack[:own].rstrip("-") if tidy else stack[:own]
    name = f"{prefix}-{logical_id[:other]}-{random}"
    assert StackAndId(limit).name(stack, logical_id).matches(name)
    assert StackAndId(limit).name(None, logical_id).matches(name)
    assert StackAndId(limit, lower=True).name(stack, logical_id).matches(name.lower())


@pytest.mark.parametrize(
    ("rule", "stack", "logical_id", "name"),
    [
        (
            StackAndId(64),
            "ChineseboostAnalyticsStack",
            "RainlyticsSummariesJobFunctionServiceRole",
            "ChineseboostAnalyticsStac-RainlyticsSummariesJobFun-UjecjFhpdr1d",
        ),
        (
            StackAndId(63, lower=True),
            "ChineseboostAnalyticsStack",
            "RainlyticsLogsBucket8DF4A9C1",
            "chineseboostanalyticsstac-rainlyticslogsbucket8df4-hdst4ohfvdif",
        ),
        (
            StackAndId(64),
            "mylongerapp-playground-new",
            "InstancesLifecycleHandler",
            "mylongerapp-playground-ne-InstancesLifecycleHandle-1GRP3N0TVA1LD",
        ),
        (
            StackAndId(64),
            "content-author-apps-production-content-syslog",
            "Function",
            "content-author-apps-production-content-sy-Function-U6NI8XUG1KBU",
        ),
        (
            StackAndId(64),
            "content-author-apps-production-content-syslog",
            "Role",
            "content-author-apps-production-content-syslog-Role-WMZ84B7LIFA",
        ),
        (
            StackAndId(64),
            "hyp3-edc-uat-StepFunction-5SOHFR3GE0C5-StartExecutionManager-1ABCDEFGHIJK",
            "Lambda",
            "hyp3-edc-uat-StepFunction-5SOHFR3GE0C5-Star-Lambda-T9NZ3rANvwBQ",
        ),
        (StackAndId(25), "awseb-e-52sccvqn3r-stack", "AWSEBV2LoadBalancer", "awseb--AWSEB-JdMIVrmya4cA"),
        (StackAndId(25), "awseb-e-52sccvqn3r-stack", "AWSEBV2LoadBalancer", "awseb-AWSEB-VLTPKQE9CGON"),
        (IdOnly(16), "any", "StateMachine2E01A3A5", "StateMachine2E01A3A5-17TfZD6kdiB7"),
        (IdOnly(16, "CFN-"), "any", "ListAutogenC5DA1CAE", "CFN-ListAutogenC5DA1CAE-QmGaUkqhh6Au"),
        (IdInAnyCase(49), "any", "LabNotebook", "LabNotebook-QmGaUkqhh6Au"),
        (IdInAnyCase(49), "any", "LabNotebook", "labnotebook-qmgaukqhh6au"),
    ],
)
def test_includes_what_was_seen(
    rule: StackAndId | IdOnly | IdInAnyCase, stack: str, logical_id: str, name: str
) -> None:
    assert rule.name(stack, logical_id).matches(name)


@pytest.mark.parametrize(
    ("rule", "stack", "logical_id", "pattern"),
    [
        (StackAndId(64), "dataops-v1", "WorkEngineFunction", "dataops-v1-WorkEngineFunction-*"),
        # 10 + 39 letters are the most that surely fit into 64
        (StackAndId(64), "dataops-v1", "W" * 39, f"dataops-v1-{'W' * 39}-*"),
        (StackAndId(64), "dataops-v1", "W" * 40, f"dataops-v1-{'W' * 39}*-*"),
        (StackAndId(64), "s" * 30, "W" * 30, f"{'s' * 24}*-{'W' * 24}*-*"),
        (StackAndId(64), "s" * 46, "Role", f"{'s' * 45}*-Role-*"),
        (StackAndId(63, lower=True), "Dataops", "Bucket", "dataops-bucket-*"),
        # a hyphen at the cut may be dropped
        (StackAndId(64), f"{'s' * 23}-{'s' * 6}", "W" * 30, f"{'s' * 23}*-{'W' * 24}*-*"),
        (StackAndId(64), "a--b", "Role", "a*-Role-*"),
        (StackAndId(64), "a-", "Role", "a*-Role-*"),
        (StackAndId(64), None, "Role", "*-Role-*"),
        (IdOnly(16), "dataops", "Secret", "Secret-*"),
        (IdOnly(16), "dataops", "S" * 20, f"{'S' * 16}*-*"),
        (IdInAnyCase(49), "dataops", "LabNotebook", "?ab?otebook-*"),
        (IdInAnyCase(3), "dataops", "LabNotebook", "?ab*-*"),
    ],
)
def test_is_no_wider_than_the_rules(
    rule: StackAndId | IdOnly | IdInAnyCase, stack: str | None, logical_id: str, pattern: str
) -> None:
    assert rule.name(stack, logical_id) == Pattern.parse(pattern)
