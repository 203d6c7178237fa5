"""The deployed stack as witness: its role is known to be enough for all of it but the two EventBridge rules.

The deploy that added the rules was rolled back on `events:DescribeRule`: the role in the account had not yet the
statement `EventBridgeDataOpsRules`, which its template had.
"""

from collections import Counter

import pytest

from leastgrant.knowledge import Tier
from leastgrant.proof.finding import Finding, Kind
from leastgrant.proof.prove import Proof, prove
from tests.leastgrant.live import live_app, live_role

CRON, EXPORT = "WorkEngineFunctionDailyWorkEngineCron", "WorkEngineFunctionDailyWorkEngineExport"


@pytest.fixture(scope="module")
def deployed() -> Proof:
    return prove(live_role(), [live_app()], on_change=True)


@pytest.fixture(scope="module")
def rolled_back() -> Proof:
    return prove(live_role(stale=True), [live_app()], on_change=True)


def test_nothing_required_is_missing(deployed: Proof):
    assert deployed.of(Kind.MISSING) == ()
    assert deployed.of(Kind.UNKNOWN) == ()
    assert len(deployed.needs) > 300


JUSTIFIED = {
    # the names are in the template; asked for only to find policies that others added
    ("iam:ListRolePolicies", "DocsFullAppFunctionRole", "read"),
    ("iam:ListRolePolicies", "DocsFullAppFunctionRole", "delete"),
    ("iam:ListRolePolicies", "WorkEngineFunctionRole", "read"),
    ("iam:ListRolePolicies", "WorkEngineFunctionRole", "delete"),
    # the schema's read handler lists it; a deploy reads a permission only to answer Fn::GetAtt, which it has none of
    ("lambda:GetPolicy", "DocsFullAppFunctionURLInvokeAllowPublicAccess", "read"),
    ("lambda:GetPolicy", "DocsFullAppFunctionUrlPublicPermissions", "read"),
    ("lambda:GetPolicy", "WorkEngineFunctionDailyWorkEngineCronPermission", "read"),
    ("lambda:GetPolicy", "WorkEngineFunctionDailyWorkEngineExportPermission", "read"),
}
"""Every call that the role was not granted, of what the template says, and why the deploy can do without."""


def test_what_was_refused_can_be_justified(deployed: Proof):
    refused = [need for need, witness in deployed.refused.items() if witness and not need.otherwise]
    assert {need.tier for need in refused} == {Tier.ADVISORY, Tier.READ_BACK}
    assert {(need.action, need.subject.name, need.operation.value) for need in refused} == JUSTIFIED


def test_what_the_template_does_not_say_was_not_needed(deployed: Proof):
    """Reads of what is not set, ends of what was never set, and what would undo what is kept."""
    refused = [need for need, witness in deployed.refused.items() if witness and need.otherwise]
    assert {need.tier for need in refused} == {Tier.ON_CHANGE, Tier.READ_BACK, Tier.ADVISORY}
    assert not any(need.is_deployed_with or need.is_sure for need in refused)


def test_without_the_statement_the_rules_and_nothing_else_would_fail(rolled_back: Proof):
    missing = rolled_back.of(Kind.MISSING)
    assert {finding.subject and finding.subject.name for finding in missing} == {CRON, EXPORT}
    assert {finding.action.partition(":")[0] for finding in missing} == {"events"}


def test_the_refusal_that_was_seen_is_foretold(rolled_back: Proof):
    def first(findings: tuple[Finding, ...], rule: str) -> Finding:
        return next(finding for finding in findings if finding.subject and finding.subject.name == rule)

    finding = first(rolled_back.of(Kind.MISSING), CRON)
    arn = f"arn:aws:events:eu-west-1:817685572750:rule/dataops-v1-{CRON}-*"
    assert finding.message == (
        f"creating `{CRON}` will fail: GitHubActionsDeployRole may not events:DescribeRule on {arn}"
    )
    assert finding.fix == f'allow "events:DescribeRule" on "{arn}"'


def test_each_operation_on_the_rules_is_foretold(rolled_back: Proof):
    found = Counter(f.need.operation.value for f in rolled_back.of(Kind.MISSING) if f.need)
    assert found == {"create": 6, "update": 10, "delete": 6}


def test_nothing_is_said_to_fail_that_is_only_read_back(rolled_back: Proof):
    assert not any("reading" in finding.message for finding in rolled_back.findings)
    read = [need for need, witness in rolled_back.refused.items() if witness and need.operation.value == "read"]
    assert {need.action for need in read} >= {"events:DescribeRule", "events:ListTargetsByRule"}
