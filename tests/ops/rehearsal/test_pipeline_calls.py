"""A call of the pipeline that its role is not declared for, or may not make, is named."""

from pathlib import Path

from leastgrant.iam.evaluate import Request
from leastgrant.needs import Use
from leastgrant.pattern import Pattern
from leastgrant.uses import uses_file
from ops.emulator.gateway import Recorded
from ops.emulator.wire import Call
from ops.rehearsal.pipeline_calls import PipelineCall, calls_of, refused, undeclared

ROLE = "arn:aws:iam::123456789012:role/deployer"
SESSION = "arn:aws:sts::123456789012:assumed-role/deployer/a-job"
STACK = "arn:aws:cloudformation:eu-west-1:123456789012:stack"


def recorded(action: str, resource: str, caller: str = SESSION, error: str | None = None) -> Recorded:
    call = Call("cloudformation", action.partition(":")[2], {}, "eu-west-1", "key", None)
    return Recorded(caller, call, (Request(action, resource),), error)


def test_calls_of_others_are_left_out() -> None:
    calls = calls_of(
        ROLE,
        [
            recorded("cloudformation:GetTemplate", f"{STACK}/shop/1"),
            recorded("cloudformation:GetTemplate", f"{STACK}/shop/1"),
            recorded("iam:GetRole", ROLE, caller="arn:aws:iam::123456789012:user/operator"),
            recorded("iam:GetRole", ROLE, caller=SESSION.replace("deployer", "deployer-of-another")),
        ],
    )
    assert calls == (PipelineCall("cloudformation:GetTemplate", f"{STACK}/shop/1", True),)


def test_what_is_not_declared_is_named(tmp_path: Path) -> None:
    use = Use("deploy", "it deploys", ("cloudformation:GetTemplate",), (Pattern.parse(f"{STACK}/shop/*"),))
    (tmp_path / "uses.json").write_text(uses_file([use]))
    declared = PipelineCall("cloudformation:GetTemplate", f"{STACK}/shop/*", True)
    another_stack = PipelineCall("cloudformation:GetTemplate", f"{STACK}/bakery/1", True)
    another_action = PipelineCall("cloudformation:ListStackResources", f"{STACK}/shop/1", True)
    bootstrap = PipelineCall("cloudformation:DescribeStacks", f"{STACK}/CDKToolkit/*", False)
    calls = (declared, another_stack, another_action, bootstrap)
    assert list(undeclared(calls, tmp_path)) == [another_stack, another_action]


def test_what_is_refused_is_named() -> None:
    calls = calls_of(
        ROLE,
        [
            recorded("cloudformation:ListStackResources", f"{STACK}/shop/1", error="AccessDenied"),
            recorded("cloudformation:DescribeStacks", f"{STACK}/CDKToolkit/*", error="AccessDenied"),
        ],
    )
    assert [call.action for call in refused(calls)] == ["cloudformation:ListStackResources"]


def test_what_the_emulator_does_not_know_is_named() -> None:
    call = Call("logs", "FilterLogEvents", {}, "eu-west-1", "key", None)
    calls = calls_of(ROLE, [Recorded(SESSION, call, (), "NotModelled")])
    assert list(refused(calls)) == [PipelineCall("logs:FilterLogEvents", "*", False)]


def test_what_is_tolerated_when_refused_must_be_declared_when_granted(tmp_path: Path) -> None:
    other = Use("deploy", "it deploys", ("cloudformation:GetTemplate",), (Pattern.parse(f"{STACK}/shop/*"),))
    (tmp_path / "uses.json").write_text(uses_file([other]))
    granted = PipelineCall("cloudformation:DescribeStackResources", f"{STACK}/shop/1", True)
    assert not list(undeclared([PipelineCall(granted.action, granted.resource, False)], tmp_path))
    assert list(undeclared([granted], tmp_path)) == [granted]
