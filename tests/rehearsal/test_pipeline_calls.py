"""A call of the pipeline that its role is not declared for, or may not make, is named; so is a use without a call."""

from leastgrant.iam.evaluation import Request
from leastgrant.iam.pattern import Pattern
from leastgrant.proof.needs import Use
from local_aws.gateway import Recorded
from local_aws.wire import ApiCall
from rehearsal.pipeline_calls import PipelineCall, calls_of, calls_table, refused, undeclared, unexercised
from rehearsal.stage import Ran

ROLE = "arn:aws:iam::123456789012:role/deployer"
SESSION = "arn:aws:sts::123456789012:assumed-role/deployer/a-job"
STACK = "arn:aws:cloudformation:eu-west-1:123456789012:stack"
USES = (Use("deploy", "it deploys", ("cloudformation:GetTemplate",), (Pattern.parse(f"{STACK}/shop/*"),)),)


def recorded(action: str, resource: str, caller: str = SESSION, error: str | None = None) -> Recorded:
    call = ApiCall("cloudformation", action.partition(":")[2], {}, "eu-west-1", "key", None)
    return Recorded(caller, call, (Request(action, resource),), error)


def ran(*calls: Recorded, command: str = "cdk deploy") -> Ran:
    return Ran(command, 0, "", calls)


def test_calls_of_others_are_left_out() -> None:
    calls = calls_of(
        ROLE,
        [
            ran(
                recorded("cloudformation:GetTemplate", f"{STACK}/shop/1"),
                recorded("cloudformation:GetTemplate", f"{STACK}/shop/1"),
                recorded("iam:GetRole", ROLE, caller="arn:aws:iam::123456789012:user/operator"),
                recorded("iam:GetRole", ROLE, caller=SESSION.replace("deployer", "deployer-of-another")),
            )
        ],
    )
    assert calls == (PipelineCall("cdk deploy", "cloudformation:GetTemplate", f"{STACK}/shop/1"),)


def test_what_is_not_declared_is_named() -> None:
    declared = PipelineCall("cdk deploy", "cloudformation:GetTemplate", f"{STACK}/shop/*")
    another_stack = PipelineCall("cdk deploy", "cloudformation:GetTemplate", f"{STACK}/bakery/1")
    another_action = PipelineCall("cdk deploy", "cloudformation:ListStackResources", f"{STACK}/shop/1")
    bootstrap = PipelineCall("cdk deploy", "cloudformation:DescribeStacks", f"{STACK}/CDKToolkit/*", "AccessDenied")
    calls = (declared, another_stack, another_action, bootstrap)
    assert list(undeclared(calls, USES)) == [another_stack, another_action]
    assert str(another_stack) == f"cloudformation:GetTemplate on {STACK}/bakery/1, by cdk deploy"


def test_what_is_refused_is_named() -> None:
    calls = calls_of(
        ROLE,
        [
            ran(
                recorded("cloudformation:ListStackResources", f"{STACK}/shop/1", error="AccessDenied"),
                recorded("cloudformation:DescribeStacks", f"{STACK}/CDKToolkit/*", error="AccessDenied"),
            )
        ],
    )
    assert [call.action for call in refused(calls, USES)] == ["cloudformation:ListStackResources"]


def test_what_the_emulator_does_not_know_is_named() -> None:
    call = ApiCall("logs", "FilterLogEvents", {}, "eu-west-1", "key", None)
    calls = calls_of(ROLE, [ran(Recorded(SESSION, call, (), "NotModelled"))])
    assert list(refused(calls, USES)) == [PipelineCall("cdk deploy", "logs:FilterLogEvents", "*", "NotModelled")]


def test_what_a_tool_goes_on_without_must_be_declared_when_granted() -> None:
    granted = PipelineCall("cdk deploy", "cloudformation:DescribeStackResources", f"{STACK}/shop/1")
    denied = PipelineCall(granted.command, granted.action, granted.resource, "AccessDenied")
    assert not list(undeclared([denied], USES))
    assert list(undeclared([granted], USES)) == [granted]


def test_another_tool_does_not_go_on_without() -> None:
    denied = PipelineCall("python -m ops watch", "iam:GetRole", ROLE, "AccessDenied")
    assert list(refused([denied], USES)) == list(undeclared([denied], USES)) == [denied]


def test_what_is_declared_must_be_granted_whether_or_not_a_tool_goes_on_without() -> None:
    action, stack = "cloudformation:DescribeStackResources", f"{STACK}/shop/1"
    uses = (*USES, Use("hints", "it tells why", (action,), (Pattern.parse(stack),)))
    denied = PipelineCall("cdk deploy", action, stack, "AccessDenied")
    assert list(refused([denied], uses)) == [denied]
    assert not list(refused([denied], USES))


def test_a_use_that_nothing_calls_is_named() -> None:
    called = PipelineCall("cdk deploy", "cloudformation:GetTemplate", f"{STACK}/shop/1")
    vain = Use("vain", "it did once", ("cloudformation:GetTemplate",), (Pattern.parse(f"{STACK}/bakery/*"),))
    (left,) = unexercised([called], (*USES, vain))
    assert (left.subject.name, left.on) == ("vain", f"{STACK}/bakery/*")
    refused_call = PipelineCall("cdk deploy", called.action, called.resource, "AccessDenied")
    assert [need.subject.name for need in unexercised([refused_call], USES)] == ["deploy"]


def test_a_use_of_cloudformation_itself_is_not_looked_for() -> None:
    template = Use("cdk deploy: template", "it reads", ("s3:GetObject",), (Pattern.parse("arn:aws:s3:::code/*"),))
    assert not list(unexercised([], [template]))


def test_the_table_says_of_each_call_who_made_it_and_why() -> None:
    calls = (
        PipelineCall("cdk deploy", "cloudformation:GetTemplate", f"{STACK}/shop/1"),
        PipelineCall("cdk drift", "cloudformation:DetectStackDrift", f"{STACK}/shop/1", "AccessDenied"),
    )
    *_, deploy, declared, drift, new = calls_table(calls, USES).splitlines()
    assert (deploy.strip(), drift.strip()) == ("$ cdk deploy", "$ cdk drift")
    assert declared.split() == ["cloudformation:GetTemplate", "stack/shop/1", "granted", "deploy"]
    assert new.split() == ["cloudformation:DetectStackDrift", "stack/shop/1", "AccessDenied", "UNDECLARED"]
