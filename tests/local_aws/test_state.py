"""An account that is kept in a folder is there again after `kill -9`, whatever was under way."""

import errno
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from local_aws import Emulator
from local_aws.state import Journal, StateError
from tests.local_aws.conftest import ACCOUNT, REGION

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
KILLED = """
import json, os, signal, sys
from pathlib import Path
from local_aws import Emulator

folder, told = Path(sys.argv[1]), json.loads(sys.argv[2])

def kill(call):
    if call.operation == told.get("at") and told.get("of", "") in str(call.params):
        os.kill(os.getpid(), signal.SIGKILL)

with Emulator("123456789012", "eu-west-1", state=folder) as aws:
    cloudformation = aws.client("cloudformation", aws.operator)
    for operation, template in told["operations"]:
        if [operation, template] == told["operations"][-1]:
            aws.gateway.before.append(kill)
        getattr(cloudformation, operation)(
            StackName="shop", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"]
        )
        aws.cloudformation.settle()
    aws.client("s3", aws.operator).create_bucket(
        Bucket="by-hand", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    print(aws.operator.access_key, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
TRUST: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}
GRANT = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}}


def queue(delay: int) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders", "DelaySeconds": delay}}


def topic(shown: str) -> dict[str, Any]:
    named = {"TopicName": "news", "DisplayName": shown, "KmsMasterKeyId": {"Fn::GetAtt": ["Queue", "QueueName"]}}
    return {"Type": "AWS::SNS::Topic", "Properties": named}


def template(**resources: Any) -> dict[str, Any]:
    return {"Resources": resources}


def killed(folder: Path, operations: list[tuple[str, Any]], **told: str) -> str:
    """Deploy in another process, which is killed at the end, or before a call; return what it printed."""
    ended = subprocess.run(  # noqa: S603  (the test's own script)
        [sys.executable, "-c", KILLED, str(folder), json.dumps({"operations": operations, **told})],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        check=False,
        text=True,
    )
    assert ended.returncode == -signal.SIGKILL
    return ended.stdout


def status(aws: Emulator) -> str:
    aws.cloudformation.settle()
    return aws.client("cloudformation", aws.operator).describe_stacks(StackName="shop")["Stacks"][0]["StackStatus"]


def deleted(aws: Emulator) -> bool:
    cloudformation = aws.client("cloudformation", aws.operator)
    cloudformation.delete_stack(StackName="shop")
    aws.cloudformation.settle()
    return cloudformation.describe_stacks()["Stacks"] == []


def test_it_is_there_again_and_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "account"
    first = template(
        Queue=queue(1), Topic=topic("Old"), Database={"Type": "AWS::DAX::SubnetGroup", "Properties": {"SubnetIds": []}}
    )
    printed = killed(folder, [("create_stack", first)])
    with Emulator(ACCOUNT, REGION, state=folder) as aws:
        assert printed.strip() == aws.operator.access_key
        cloudformation, sqs = aws.client("cloudformation", aws.operator), aws.client("sqs", aws.operator)
        assert status(aws) == "CREATE_COMPLETE"
        there = cloudformation.describe_stack_resources(StackName="shop")["StackResources"]
        (url,) = sqs.list_queues()["QueueUrls"]
        (topic_arn,) = (one["TopicArn"] for one in aws.client("sns", aws.operator).list_topics()["Topics"])
        queue_url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/orders"
        assert {queue_url, topic_arn} < {one["PhysicalResourceId"] for one in there}
        assert aws.client("s3", aws.operator).head_bucket(Bucket="by-hand")["BucketRegion"] == REGION
        cloudformation.update_stack(StackName="shop", TemplateBody=json.dumps(template(Queue=queue(2))))
        assert status(aws) == "UPDATE_COMPLETE"
    with Emulator(ACCOUNT, REGION, state=folder) as again:
        sqs = again.client("sqs", again.operator)
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]
        assert attributes == {"DelaySeconds": "2"}
        assert again.client("sns", again.operator).list_topics()["Topics"] == []
        assert deleted(again)
        assert "QueueUrls" not in sqs.list_queues()


def test_the_port_is_the_one_it_had_if_that_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator(ACCOUNT, REGION, state=tmp_path) as aws:
        had = int(aws.endpoint.rpartition(":")[2])
    listened, asked = socket.create_server, list[int]()

    def create_server(address: tuple[str, int]) -> socket.socket:
        asked.append(address[1])
        if address[1] == had:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        return listened(address)

    monkeypatch.setattr(socket, "create_server", create_server)
    with Emulator(ACCOUNT, REGION, state=tmp_path):
        assert asked == [had, 0]


def test_a_creation_that_was_under_way_has_failed_and_can_be_deleted(tmp_path: Path) -> None:
    killed(tmp_path, [("create_stack", template(Queue=queue(1), Topic=topic("Old")))], at="CreateTopic")
    with Emulator(ACCOUNT, REGION, state=tmp_path) as aws:
        assert status(aws) == "CREATE_FAILED"
        assert "QueueUrls" in aws.client("sqs", aws.operator).list_queues()
        assert deleted(aws)
        assert "QueueUrls" not in aws.client("sqs", aws.operator).list_queues()


def test_an_update_that_was_under_way_can_be_rolled_back(tmp_path: Path) -> None:
    before = template(Queue=queue(1), Topic=topic("Old"))
    after = template(Queue=queue(2), Role={"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}})
    after["Resources"]["Topic"] = topic("New")
    killed(tmp_path, [("create_stack", before), ("update_stack", after)], at="SetTopicAttributes", of="New")
    with Emulator(ACCOUNT, REGION, state=tmp_path) as aws:
        assert status(aws) == "UPDATE_FAILED"
        sqs = aws.client("sqs", aws.operator)
        (url,) = sqs.list_queues()["QueueUrls"]
        asked = {"QueueUrl": url, "AttributeNames": ["DelaySeconds"]}
        assert sqs.get_queue_attributes(**asked)["Attributes"] == {"DelaySeconds": "2"}
        aws.client("cloudformation", aws.operator).rollback_stack(StackName="shop")
        assert status(aws) == "UPDATE_ROLLBACK_COMPLETE"
        assert sqs.get_queue_attributes(**asked)["Attributes"] == {"DelaySeconds": "1"}
        assert aws.client("iam", aws.operator).list_roles()["Roles"] == []


EVERY: dict[str, Any] = {
    "Bucket": {"Type": "AWS::S3::Bucket"},
    "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": TRUST}},
    "Alias": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/k", "TargetKeyId": {"Ref": "Key"}}},
    "Log": {"Type": "AWS::Logs::LogGroup"},
    "Machine": {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {
            "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            "DefinitionString": '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
        },
    },
    "Parameter": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v"}},
    "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}},
    "Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": GRANT}},
    "Repository": {"Type": "AWS::ECR::Repository"},
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}},
    "Rule": {"Type": "AWS::Events::Rule", "Properties": {"ScheduleExpression": "rate(1 day)"}},
    "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": {}}},
    "Subnet": {
        "Type": "AWS::EC2::Subnet",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"},
    },
    "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "g", "VpcId": {"Ref": "Vpc"}}},
    "Gateway": {"Type": "AWS::EC2::InternetGateway"},
    "Table": {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    },
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
}


def test_what_services_make_up_is_the_same_again(tmp_path: Path) -> None:
    def physical(aws: Emulator) -> dict[str, Any]:
        made = aws.cloudformation.stacks["shop"].resources
        return {name: one.physical for name, one in made.items()}

    with Emulator(ACCOUNT, REGION, state=tmp_path) as aws:
        aws.client("cloudformation", aws.operator).create_stack(
            StackName="shop", TemplateBody=json.dumps(template(**EVERY)), Capabilities=["CAPABILITY_IAM"]
        )
        assert status(aws) == "CREATE_COMPLETE"
        secret = aws.client("secretsmanager", aws.operator)
        (arn,) = (one["ARN"] for one in secret.list_secrets()["SecretList"])
        known, found = secret.get_secret_value(SecretId=arn)["SecretString"], physical(aws)
    with Emulator(ACCOUNT, REGION, state=tmp_path) as again:
        secret = again.client("secretsmanager", again.operator)
        assert (secret.get_secret_value(SecretId=arn)["SecretString"], physical(again)) == (known, found)
        assert deleted(again)


def test_a_record_that_was_half_written_is_left_out(tmp_path: Path) -> None:
    Journal(tmp_path, ACCOUNT, REGION).close()
    file = tmp_path / "journal.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"kind": "call", "na')
    journal = Journal(tmp_path, ACCOUNT, REGION)
    journal.append({"kind": "other"})
    journal.close()
    assert file.read_bytes() == whole + b'{"kind":"other"}\n'


def kept(tmp_path: Path, line: str) -> Path:
    Journal(tmp_path, ACCOUNT, REGION).close()
    file = tmp_path / "journal.jsonl"
    file.write_text(f"{file.read_text()}{line}\n")
    return file


def test_a_line_that_is_broken_is_named(tmp_path: Path) -> None:
    file = kept(tmp_path, "{")
    with pytest.raises(StateError, match="no record of a journal") as caught:
        Journal(tmp_path, ACCOUNT, REGION)
    assert str(caught.value) == f"{file}, line 2: no record of a journal; begin in another folder"


def test_the_state_of_another_account_is_refused(tmp_path: Path) -> None:
    Journal(tmp_path, ACCOUNT, REGION).close()
    with pytest.raises(StateError, match=f"its region is {REGION}, not us-east-1; begin in another folder"):
        Journal(tmp_path, ACCOUNT, "us-east-1")


def test_a_folder_is_kept_by_one_process(tmp_path: Path) -> None:
    journal = Journal(tmp_path, ACCOUNT, REGION)
    with pytest.raises(StateError, match="another process keeps its state there"):
        Journal(tmp_path, ACCOUNT, REGION)
    journal.close()
    Journal(tmp_path, ACCOUNT, REGION).close()


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match=r"Not a directory|File exists"):
        Journal(tmp_path / "file", ACCOUNT, REGION)


class Harmful:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("made-by-a-journal",)


@pytest.mark.parametrize(
    "pickled",
    [
        pickle.dumps(Harmful()),
        b"\x80\x04\x8c\x15local_aws.functions\x8c\x10subprocess.Popen\x93.",
        b"\x80\x04\x8c\x11local_aws.gateway\x8c\x04Lock\x93.",
        b"not a pickle",
    ],
)
def test_records_can_run_nothing(tmp_path: Path, pickled: bytes) -> None:
    text = b64encode(pickled).decode()
    kept(tmp_path, json.dumps({"kind": "stood in", "type": "AWS::DAX::Cluster", "pickle": text}))
    with (
        pytest.raises(StateError, match="CloudFormation's records cannot be read: "),
        Emulator(ACCOUNT, REGION, state=tmp_path),
    ):
        pass
    assert not Path("made-by-a-journal").exists()


def test_a_call_that_answers_otherwise_is_named(tmp_path: Path) -> None:
    with Emulator(ACCOUNT, REGION, state=tmp_path) as aws:
        aws.client("sqs", aws.operator).create_queue(QueueName="orders")
    file = tmp_path / "journal.jsonl"
    file.write_text(file.read_text().replace('"status":"200 OK"', '"status":"201 CREATED"'))
    with (
        pytest.raises(StateError, match="sqs:CreateQueue answers 200 OK, not 201 CREATED"),
        Emulator(ACCOUNT, REGION, state=tmp_path),
    ):
        pass
