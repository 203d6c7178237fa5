"""Functions, their permissions and their URLs, from the template to Lambda's own answers."""

import io
import json
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.awslambda.models import lambda_backends

from leastgrant.template import Physical
from local_aws.cloudformation.handler import Services
from local_aws.cloudformation.handlers.lambda_ import LambdaFunction, LambdaPermission, LambdaUrl

NAME = "work"
ARN = f"arn:aws:lambda:eu-west-1:123456789012:function:{NAME}"
RULE = "arn:aws:events:eu-west-1:123456789012:rule/daily"
URL = f"http://localhost/lambda-url/{NAME}/"


@pytest.fixture
def client(services: Services) -> Any:
    return services.client("lambda")


def zipped(text: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("index.py", text)
    return data.getvalue()


@pytest.fixture
def roles(services: Services) -> list[str]:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam = services.client("iam")
    return [iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"] for name in ("one", "two")]


@pytest.fixture
def properties(services: Services, roles: list[str]) -> dict[str, Any]:
    """Of a function whose role and code are there."""
    s3 = services.client("s3")
    s3.create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for key in ("1.zip", "2.zip"):
        s3.put_object(Bucket="artifacts", Key=key, Body=zipped(f"# {key}"))
    return {
        "Architectures": ["arm64"],
        "Code": {"S3Bucket": "artifacts", "S3Key": "1.zip"},
        "Description": "Works",
        "Environment": {"Variables": {"STAGE": "prod"}},
        "FunctionName": NAME,
        "Handler": "index.handler",
        "MemorySize": 256,
        "Role": roles[0],
        "Runtime": "python3.14",
        "Tags": [{"Key": "App", "Value": "DataOps"}],
        "Timeout": 60,
    }


@pytest.fixture
def function(services: Services, properties: dict[str, Any]) -> Physical:
    return LambdaFunction(services).create(NAME, properties, {})


@pytest.fixture
def handler(services: Services) -> LambdaFunction:
    return LambdaFunction(services)


def configuration(client: Any) -> dict[str, Any]:
    return client.get_function_configuration(FunctionName=NAME)


def tags_of(client: Any) -> dict[str, str]:
    return client.list_tags(Resource=ARN)["Tags"]


def statements(client: Any) -> list[dict[str, Any]]:
    return json.loads(client.get_policy(FunctionName=NAME)["Policy"])["Statement"]


class TestFunction:
    def test_it_is_made_found_and_deleted(
        self, handler: LambdaFunction, client: Any, properties: dict[str, Any], tags: dict[str, str]
    ) -> None:
        physical = handler.create(NAME, properties, tags)
        assert (physical.name, physical.ref, physical.arn, physical.attributes) == (NAME, NAME, ARN, {"Arn": ARN})
        assert handler.find({"FunctionName": NAME}) == physical
        assert handler.identifier(properties) == {"FunctionName": NAME}
        assert handler.identifier({}) is None
        made = configuration(client)
        for name in ("Architectures", "Description", "Environment", "Handler", "MemorySize", "Role", "Timeout"):
            assert made[name] == properties[name]
        assert tags_of(client) == {"App": "DataOps", **tags}
        handler.delete(physical, {})
        handler.delete(physical, {})
        assert handler.find({"FunctionName": NAME}) is None

    def test_everything_changes(
        self, handler: LambdaFunction, client: Any, properties: dict[str, Any], roles: list[str], tags: dict[str, str]
    ) -> None:
        physical = handler.create(NAME, properties, tags)
        code = configuration(client)["CodeSha256"]
        after: dict[str, Any] = {
            **properties,
            "Architectures": ["x86_64"],
            "Code": {"S3Bucket": "artifacts", "S3Key": "2.zip"},
            "Description": "Works more",
            "Environment": {"Variables": {"OTHER": "1"}},
            "Handler": "index.other",
            "MemorySize": 512,
            "Role": roles[1],
            "Runtime": "python3.13",
            "Tags": [{"Key": "App", "Value": "Other"}],
            "Timeout": 30,
        }
        assert handler.update(physical, properties, after, tags) == physical
        changed = configuration(client)
        for name in ("Architectures", "Description", "Environment", "Handler", "MemorySize", "Role", "Runtime"):
            assert changed[name] == after[name]
        assert changed["Timeout"] == 30
        assert changed["CodeSha256"] != code
        assert tags_of(client) == {"App": "Other", **tags}

    def test_what_a_function_of_a_network_has_is_given_and_taken_away(
        self, handler: LambdaFunction, client: Any, properties: dict[str, Any]
    ) -> None:
        more = {
            "EphemeralStorage": {"Size": "1024"},
            "Layers": [
                "arn:aws:lambda:eu-west-1:017000801446:layer:AWSLambdaPowertoolsPythonV3:1"
            ],  # of another account
            "ReservedConcurrentExecutions": "5",
            "TracingConfig": {"Mode": "Active"},
            "VpcConfig": {"SecurityGroupIds": ["sg-1"], "SubnetIds": ["subnet-1", "subnet-2"]},
        }
        physical = handler.create(NAME, {**properties, **more}, {})
        made = configuration(client)
        assert made["VpcConfig"]["SubnetIds"] == ["subnet-1", "subnet-2"]
        assert (made["EphemeralStorage"], made["TracingConfig"]) == ({"Size": 1024}, {"Mode": "Active"})
        assert client.get_function_concurrency(FunctionName=NAME)["ReservedConcurrentExecutions"] == 5
        handler.update(physical, {**properties, **more}, properties, {})
        changed = configuration(client)
        assert changed["VpcConfig"] == {"SecurityGroupIds": [], "SubnetIds": []}
        assert (changed["EphemeralStorage"], changed["TracingConfig"]) == ({"Size": 512}, {"Mode": "PassThrough"})
        assert "ReservedConcurrentExecutions" not in client.get_function_concurrency(FunctionName=NAME)
        handler.update(physical, properties, {**properties, **more}, {})
        assert configuration(client)["VpcConfig"]["SecurityGroupIds"] == ["sg-1"]

    @pytest.mark.parametrize(("runtime", "file"), [("python3.13", "index.py"), ("nodejs22.x", "index.js")])
    def test_code_that_is_in_the_template_is_one_file(
        self, services: Services, handler: LambdaFunction, properties: dict[str, Any], runtime: str, file: str
    ) -> None:
        inline = {**properties, "Runtime": runtime, "Code": {"ZipFile": "# one"}}
        physical = handler.create(NAME, inline, {})
        handler.update(physical, inline, {**inline, "Code": {"ZipFile": "# two"}}, {})
        packed = lambda_backends[services.account][services.region].get_function(NAME).code_bytes
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == {file: b"# two"}

    def test_what_is_not_in_the_template_any_more_goes_back_to_the_default(
        self, handler: LambdaFunction, client: Any, properties: dict[str, Any], function: Physical
    ) -> None:
        required = {name: properties[name] for name in ("Code", "Handler", "Role", "Runtime")}
        handler.update(function, properties, required, {})
        changed = configuration(client)
        assert changed["Architectures"] == ["x86_64"]
        assert (changed["Description"], changed["MemorySize"], changed["Timeout"]) == ("", 128, 3)
        assert "Environment" not in changed
        assert tags_of(client) == {}

    def test_one_of_the_same_name_is_refused_and_stays(
        self, handler: LambdaFunction, client: Any, properties: dict[str, Any], function: Physical
    ) -> None:
        with pytest.raises(ClientError, match="ResourceConflictException"):
            handler.create(function.name, {**properties, "Timeout": 1}, {})
        assert configuration(client)["Timeout"] == 60

    @pytest.mark.parametrize(
        ("code", "problem"),
        [
            ({"S3Bucket": "artifacts", "S3Key": "none.zip"}, "S3 Error Code: NoSuchKey"),
            ({"S3Bucket": "none", "S3Key": "1.zip"}, "S3 Error Code: NoSuchBucket"),
        ],
    )
    def test_code_that_is_not_there_is_refused(
        self, handler: LambdaFunction, client: Any, properties: dict[str, Any], code: dict[str, str], problem: str
    ) -> None:
        refused = f"InvalidParameterValueException.*GetObject. {problem}"
        with pytest.raises(ClientError, match=refused):
            handler.create(NAME, {**properties, "Code": code}, {})
        physical = handler.create(NAME, properties, {})
        before = configuration(client)["CodeSha256"]
        with pytest.raises(ClientError, match=refused):
            handler.update(physical, properties, {**properties, "Code": code}, {})
        assert configuration(client)["CodeSha256"] == before

    def test_a_role_that_is_not_there_is_refused(
        self, handler: LambdaFunction, client: Any, properties: dict[str, Any]
    ) -> None:
        other = {**properties, "Role": "arn:aws:iam::123456789012:role/none"}
        refused = r"InvalidParameterValueException.*cannot be assumed by Lambda"
        with pytest.raises(ClientError, match=refused):
            handler.create(NAME, other, {})
        physical = handler.create(NAME, properties, {})
        with pytest.raises(ClientError, match=refused):
            handler.update(physical, properties, other, {})
        assert configuration(client)["Role"] == properties["Role"]


class TestUrl:
    cors = {"AllowCredentials": False, "AllowMethods": ["GET"], "AllowOrigins": ["*"]}  # noqa: RUF012

    @pytest.fixture
    def handler(self, services: Services, function: Physical) -> LambdaUrl:
        del function
        return LambdaUrl(services)

    @pytest.mark.parametrize("target", [NAME, ARN])
    def test_it_is_made_found_and_deleted(self, handler: LambdaUrl, client: Any, target: str) -> None:
        properties = {"AuthType": "NONE", "Cors": self.cors, "TargetFunctionArn": target}
        physical = handler.create("made-up", properties, {})
        assert (physical.ref, physical.arn) == (ARN, ARN)
        assert physical.attributes == {"FunctionArn": ARN, "FunctionUrl": URL}
        assert handler.find({"FunctionArn": ARN}) == physical
        assert handler.identifier(properties) is None
        made = client.get_function_url_config(FunctionName=NAME)
        assert (made["AuthType"], made["Cors"], made["FunctionUrl"]) == ("NONE", self.cors, URL)
        handler.delete(physical, {})
        handler.delete(physical, {})
        assert handler.find({"FunctionArn": ARN}) is None

    def test_it_changes(self, handler: LambdaUrl, client: Any) -> None:
        properties = {"AuthType": "NONE", "Cors": self.cors, "TargetFunctionArn": NAME}
        physical = handler.create("made-up", properties, {})
        handler.update(physical, properties, {"AuthType": "AWS_IAM", "TargetFunctionArn": NAME}, {})
        changed = client.get_function_url_config(FunctionName=NAME)
        assert (changed["AuthType"], changed["FunctionUrl"]) == ("AWS_IAM", URL)
        assert "Cors" not in changed

    def test_a_second_is_refused(self, handler: LambdaUrl, client: Any) -> None:
        handler.create("made-up", {"AuthType": "NONE", "TargetFunctionArn": NAME}, {})
        with pytest.raises(ClientError, match="FunctionUrlConfig exists for this Lambda function"):
            handler.create("other", {"AuthType": "AWS_IAM", "TargetFunctionArn": NAME}, {})
        assert client.get_function_url_config(FunctionName=NAME)["AuthType"] == "NONE"

    def test_a_function_that_is_not_there_is_refused(self, handler: LambdaUrl) -> None:
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            handler.create("made-up", {"AuthType": "NONE", "TargetFunctionArn": "none"}, {})

    def test_it_goes_with_its_function(self, handler: LambdaUrl, client: Any) -> None:
        physical = handler.create("made-up", {"AuthType": "NONE", "TargetFunctionArn": NAME}, {})
        client.delete_function(FunctionName=NAME)
        handler.delete(physical, {})


class TestPermission:
    @pytest.fixture
    def handler(self, services: Services, function: Physical) -> LambdaPermission:
        del function
        return LambdaPermission(services)

    @pytest.mark.parametrize("target", [NAME, ARN])
    def test_it_is_made_found_and_deleted(self, handler: LambdaPermission, client: Any, target: str) -> None:
        properties = {
            "Action": "lambda:InvokeFunction",
            "FunctionName": target,
            "Principal": "events.amazonaws.com",
            "SourceAccount": "123456789012",
            "SourceArn": RULE,
        }
        physical = handler.create("sid", properties, {})
        assert (physical.name, physical.ref, physical.arn, physical.attributes) == ("sid", "sid", ARN, {"Id": "sid"})
        assert handler.find({"FunctionName": NAME, "Id": "sid"}) == physical
        assert handler.find({"FunctionName": NAME, "Id": "other"}) is None
        assert handler.find({"FunctionName": "none", "Id": "sid"}) is None
        assert handler.identifier(properties) is None
        assert statements(client) == [
            {
                "Sid": "sid",
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "lambda:InvokeFunction",
                "Resource": ARN,
                "Condition": {
                    "ArnLike": {"AWS:SourceArn": RULE},
                    "StringEquals": {"AWS:SourceAccount": "123456789012"},
                },
            }
        ]
        assert handler.update(physical, properties, properties, {"Stage": "prod"}) == physical
        handler.delete(physical, {})
        handler.delete(physical, {})
        assert handler.find({"FunctionName": NAME, "Id": "sid"}) is None

    def test_the_two_of_a_public_url(self, handler: LambdaPermission, client: Any) -> None:
        public = {"FunctionName": NAME, "Principal": "*"}
        handler.create("1", {**public, "Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"}, {})
        handler.create("2", {**public, "Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True}, {})
        url, function = statements(client)
        assert (url["Principal"], url["Action"]) == ("*", "lambda:InvokeFunctionUrl")
        assert url["Condition"] == {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}
        assert function["Condition"] == {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
        assert url.keys() == function.keys() == {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}

    def test_a_second_of_the_same_id_is_refused(self, handler: LambdaPermission, client: Any) -> None:
        properties = {"Action": "lambda:InvokeFunction", "FunctionName": NAME, "Principal": "*"}
        handler.create("sid", properties, {})
        with pytest.raises(ClientError, match=r"ResourceConflictException.*statement id \(sid\) provided already"):
            handler.create("sid", properties, {})
        assert len(statements(client)) == 1

    @pytest.mark.parametrize(
        ("principal", "written"),
        [
            ("111122223333", {"AWS": "arn:aws:iam::111122223333:root"}),
            ("arn:aws:iam::111122223333:role/caller", {"AWS": "arn:aws:iam::111122223333:role/caller"}),
            ("s3.amazonaws.com", {"Service": "s3.amazonaws.com"}),
        ],
    )
    def test_a_principal_is_written_as_in_a_policy(
        self, handler: LambdaPermission, client: Any, principal: str, written: object
    ) -> None:
        handler.create("sid", {"Action": "lambda:InvokeFunction", "FunctionName": NAME, "Principal": principal}, {})
        assert statements(client)[0]["Principal"] == written

    def test_it_goes_with_its_function(self, handler: LambdaPermission, client: Any) -> None:
        properties = {"Action": "lambda:InvokeFunction", "FunctionName": NAME, "Principal": "*"}
        physical = handler.create("sid", properties, {})
        client.delete_function(FunctionName=NAME)
        handler.delete(physical, {})
