"""Whoever lacks one permission of all that a resource needs fails in it, by name, and with all of them nobody does."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from leastgrant.iam.pattern import Pattern
from leastgrant.proof.generation import inline_policy, least_statements
from leastgrant.proof.needs import Need, Operation, needs_of
from leastgrant.template import Environment, parse, resolve
from local_aws import Emulator
from local_aws.callers import User
from local_aws.refusal import is_tagging
from tests.local_aws.cloudformation.direct import ROLE, DirectDeployer, last_operation, session
from tests.local_aws.cloudformation.stacks import Deployer, Template, declared, role, rule, table
from tests.local_aws.conftest import ACCOUNT, REGION, TRUSTED, trust

RUNNER = f"arn:aws:iam::{ACCOUNT}:role/runner"
TARGET = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:target"
TAGGED = ("table", "rule", "role", "function", "secret", "bucket")
_DENIED = re.compile(
    rf'"User: arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/deploy is not authorized to perform: (?P<action>\S+)'
    r'( on resource: "?(?P<resource>(role )?[^\s"]+)"?)? because no identity-based policy allows the (?P=action) action'
    r" \(Service: \w+, Status Code: 40[03], Request ID: "
)
_INDEX = {
    "IndexName": "other",
    "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


def resource(kind: str, *, changed: bool) -> dict[str, Any]:
    """A resource with all that those of both stacks have, as it is created and as it is changed: all of it, as far as
    it can be changed in place."""
    tags = {"Tags": [{"Key": "Stage", "Value": "new" if changed else "old"}]} if kind in TAGGED else {}
    match kind:
        case "table":
            made = table(
                GlobalSecondaryIndexes=[_INDEX, *([{**_INDEX, "IndexName": "more"}] if changed else [])],
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": not changed},
                TimeToLiveSpecification={"AttributeName": "until", "Enabled": not changed},
                SSESpecification={"SSEEnabled": True},
            )
        case "rule":
            made = rule(properties={"Targets": [{"Id": "other" if changed else "target", "Arn": TARGET}]})
        case "role":
            made = role()
            used = "AWSXRayDaemonWriteAccess" if changed else "service-role/AWSLambdaBasicExecutionRole"
            made["Properties"]["ManagedPolicyArns"] = [f"arn:aws:iam::aws:policy/{used}"]
            if changed:
                made["Properties"]["AssumeRolePolicyDocument"] = trust(TRUSTED)
                made["Properties"]["Policies"][0]["PolicyName"] = "renamed"
        case "function":
            code = {"S3Bucket": "code", "S3Key": "other.zip" if changed else "app.zip"}
            own = {
                "Code": code,
                "Handler": "app.other" if changed else "app.handler",
                "Runtime": "python3.13",
                "Role": RUNNER,
            }
            made = declared("AWS::Lambda::Function", own)
        case "permission":
            own = {"Action": "lambda:InvokeFunction", "FunctionName": "target", "Principal": "events.amazonaws.com"}
            made = declared("AWS::Lambda::Permission", own)
        case "url":
            cors = {"AllowOrigins": ["https://b" if changed else "https://a"]}
            made = declared("AWS::Lambda::Url", {"AuthType": "NONE", "TargetFunctionArn": TARGET, "Cors": cors})
        case "secret":
            made = declared(
                "AWS::SecretsManager::Secret", {"GenerateSecretString": {"PasswordLength": 40 if changed else 32}}
            )
        case _:
            rules = [
                {
                    "Id": "old",
                    "Status": "Enabled",
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 60 if changed else 30},
                }
            ]
            algorithm = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms" if changed else "AES256"}}
            own = {
                "BucketEncryption": {"ServerSideEncryptionConfiguration": [algorithm]},
                "LifecycleConfiguration": {"Rules": rules},
                "PublicAccessBlockConfiguration": {"BlockPublicAcls": not changed},
                "VersioningConfiguration": {"Status": "Suspended" if changed else "Enabled"},
            }
            made = declared("AWS::S3::Bucket", own)
    made["Properties"] |= tags
    return made


KINDS = (*TAGGED, "permission", "url")
STACKS = {kind: f"guarded-{kind}" for kind in KINDS}
_STEPS = {
    "create": (Operation.CREATE,),
    "update": (Operation.UPDATE,),
    "delete": (Operation.DELETE, Operation.ROLLBACK),
}


def body(kind: str, *, changed: bool = False) -> Template:
    return {"Resources": {"It": resource(kind, changed=changed)}}


@cache
def required(kind: str) -> tuple[Need, ...]:
    """What either form of a resource needs."""
    environment = Environment("aws", REGION, ACCOUNT, STACKS[kind])
    found: dict[Need, None] = {}
    for changed in (False, True):
        needs, unknown = needs_of(resolve(parse(json.dumps(body(kind, changed=changed)), "template"), environment))
        assert not unknown
        found |= dict.fromkeys(needs)
    return tuple(need for need in found if need.is_deployed_with)


def policy(kind: str, without: str | None = None) -> dict[str, Any]:
    """What leastgrant generates, without one action."""
    whole: Any = json.loads(json.dumps(inline_policy(least_statements(required(kind)))))
    for statement in whole["Statement"]:
        statement["Action"] = [action for action in statement["Action"] if action != without]
    return {**whole, "Statement": [statement for statement in whole["Statement"] if statement["Action"]]}


def actions(kind: str, step: str) -> list[str]:
    return sorted({need.action for need in required(kind) if need.operation in _STEPS[step]})


CASES = [(kind, step, action) for kind in KINDS for step in _STEPS for action in actions(kind, step)]


@dataclass(frozen=True)
class Direct(DirectDeployer):
    """Deploys the stacks of the kinds."""

    def deploy_kind(self, kind: str, change: str = "UPDATE", *, changed: bool = False) -> str:
        return self.deploy(STACKS[kind], body(kind, changed=changed), change)

    def delete_kind(self, kind: str) -> str:
        return self.delete(STACKS[kind])


@pytest.fixture(scope="module")
def runner(aws: Emulator, code: dict[str, str]) -> Iterator[None]:
    """A role and a function outside the stacks."""
    iam, functions = aws.client("iam", aws.operator), aws.client("lambda", aws.operator)
    aws.client("s3", aws.operator).copy_object(Bucket="code", Key="other.zip", CopySource="code/app.zip")
    iam.create_role(RoleName="runner", AssumeRolePolicyDocument=json.dumps(trust(TRUSTED)))
    functions.create_function(
        FunctionName="target", Role=RUNNER, Runtime="python3.13", Handler="app.handler", Code=code
    )
    yield
    functions.delete_function(FunctionName="target")
    iam.delete_role(RoleName="runner")


@pytest.fixture(scope="module")
def all_powerful(aws: Emulator, runner: None) -> Direct:
    del runner  # is there
    return Direct(aws, User(ACCOUNT, "all-powerful"))


@pytest.fixture(scope="module")
def there(all_powerful: Direct) -> Iterator[set[str]]:
    """The stacks that are there, by the kind of their resource."""
    kinds: set[str] = set()
    yield kinds
    for kind in kinds:
        all_powerful.delete_kind(kind)


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_without_one_action(aws: Emulator, all_powerful: Direct, there: set[str], case: tuple[str, str, str]) -> None:
    kind, step, action = case
    direct = Direct(aws, session(ACCOUNT, policy(kind, action)))
    if step == "create":
        if kind in there:
            all_powerful.delete_kind(kind)
            there.remove(kind)
        status = direct.deploy_kind(kind, "CREATE")
    else:
        if kind not in there:
            all_powerful.deploy_kind(kind, "CREATE")
            there.add(kind)
        status = direct.deploy_kind(kind, changed=True) if step == "update" else direct.delete_kind(kind)
    stack = aws.cloudformation.stacks[STACKS[kind]]
    events = last_operation(stack)
    first = next(event for event in events if event.status.endswith("FAILED"))
    assert (first.logical_id, first.status) == ("It", f"{step.upper()}_FAILED")
    said = _DENIED.search(first.reason or "")
    assert said is not None, first.reason
    assert said["action"] == action
    assert ("performing a tagging operation" in (first.reason or "")) == is_tagging(action)
    resource = (said["resource"] or "*").replace("role ", f"arn:aws:iam::{ACCOUNT}:role/")
    if action == "secretsmanager:CreateSecret":  # which names what was asked for
        resource = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{resource}-abcdef"
    assert "*" not in resource or resource == "*"
    on = [need.resource for need in required(kind) if need.action == action and need.operation in _STEPS[step]]
    assert any(pattern == Pattern.literal("*") or pattern.matches(resource) for pattern in on)
    made = any(event.reason == "Resource creation Initiated" for event in events)
    match step:
        case "create":  # what was made is deleted again, if that may be
            stays = made and action in actions(kind, "delete")
            assert status == ("ROLLBACK_FAILED" if stays else "ROLLBACK_COMPLETE")
            assert ("It" in stack.resources) == stays
            all_powerful.delete_kind(kind)
        case "update":
            assert (status, stack.resources["It"].properties) == (
                "UPDATE_ROLLBACK_COMPLETE",
                body(kind)["Resources"]["It"]["Properties"],
            )
        case _:
            assert (status, stack.resources["It"].status) == ("DELETE_FAILED", "DELETE_FAILED")
            assert all_powerful.delete_kind(kind) == "DELETE_COMPLETE"
            there.remove(kind)


def test_there_are_cases_of_each_kind_and_step() -> None:
    assert {(kind, step) for kind, step, _ in CASES} == {
        (kind, step) for kind in KINDS for step in _STEPS if (kind, step) != ("permission", "update")
    }


def test_with_what_leastgrant_generates_everything_passes(aws: Emulator, all_powerful: Direct, there: set[str]) -> None:
    """With a session of a role, over HTTP: created, changed, and deleted."""
    while there:
        all_powerful.delete_kind(there.pop())
    iam = aws.client("iam", aws.operator)
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trust(TRUSTED)))
    deployer = Deployer(aws, aws.login_as(ROLE, "deploy"))
    tool = {"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}
    for kind in KINDS:
        whole = policy(kind)
        document = json.dumps({**whole, "Statement": [*whole["Statement"], tool]})
        iam.put_role_policy(RoleName=ROLE, PolicyName="least", PolicyDocument=document)
        stack = STACKS[kind]
        assert deployer.deploy(stack, body(kind), "CREATE") == "CREATE_COMPLETE", deployer.failures(stack)
        if kind != "permission":
            assert deployer.deploy(stack, body(kind, changed=True)) == "UPDATE_COMPLETE", deployer.failures(stack)
        assert deployer.delete(stack) == "DELETE_COMPLETE"
