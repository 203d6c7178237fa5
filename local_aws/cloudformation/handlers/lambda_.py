"""AWS::Lambda::Function, AWS::Lambda::Permission and AWS::Lambda::Url.

Sources: their pages in the AWS CloudFormation Template Reference, and the AWS Lambda API Reference. Not modelled:
images, and what is not named in `modelled`.

What moto does otherwise than Lambda is done here: it breaks down when the code is not there, and takes any role for a
function that is changed; it leaves out an architecture, tracing or storage that is changed, and what is taken away from
a URL's configuration; its URLs lead nowhere; and it writes two parameters of `AddPermission` into a statement as they
are.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from botocore.exceptions import ClientError
from moto.awslambda.models import lambda_backends

from leastgrant.template import Physical
from local_aws.cloudformation.handler import ResourceHandler
from local_aws.cloudformation.handlers.errors import code_of, failure, message_of, none_if
from local_aws.cloudformation.handlers.reading import as_written
from local_aws.cloudformation.handlers.tags import TagChange, wanted_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local_aws.cloudformation.handler import Modelled, Properties, Services, Tags

_CFNRESPONSE: Final = Path(__file__).parents[2] / "cfnresponse.py"
_MISSING: Final = "ResourceNotFoundException"
_DEFAULTS: Final[Mapping[str, Any]] = {
    "Description": "",
    "Environment": {},
    "EphemeralStorage": {"Size": 512},
    "Layers": (),
    "MemorySize": 128,
    "Timeout": 3,
    "TracingConfig": {"Mode": "PassThrough"},
    "VpcConfig": {},
}
"""What the API makes of a parameter that `CreateFunction` is not given."""
_SETTINGS: Final = (*_DEFAULTS, "Handler", "Role", "Runtime")
_NETWORK: Final = {"SecurityGroupIds": (), "SubnetIds": ()}
"""Of `VpcConfig`: without any, a function is in no VPC."""


_READ_BACK: Final = frozenset(
    {"Architectures", "Description", "Environment", "Handler", "MemorySize", "Role", "Runtime", "Timeout"}
)


class LambdaFunction(ResourceHandler):
    """A function whose code is in S3, or in its template."""

    type_name = "AWS::Lambda::Function"
    modelled: ClassVar[Modelled] = {
        "Architectures": None,
        "Code": {"S3Bucket": None, "S3Key": None, "ZipFile": None},
        "Description": None,
        "Environment": {"Variables": None},
        "EphemeralStorage": {"Size": None},
        "FunctionName": None,
        "Handler": None,
        "Layers": None,
        "MemorySize": None,
        "ReservedConcurrentExecutions": None,
        "Role": None,
        "Runtime": None,
        "Tags": {"Key": None, "Value": None},
        "Timeout": None,
        "TracingConfig": {"Mode": None},
        "VpcConfig": {"SecurityGroupIds": None, "SubnetIds": None},
    }

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Make a function."""
        self._look_at_code("CreateFunction", properties)
        made = self._client.create_function(
            FunctionName=name,
            Code=_code(properties),
            Architectures=_architectures(properties),
            Tags=wanted_tags(self.type_name, properties, tags),
            **self._settings(properties),
        )
        self._reserve(name, {}, properties)
        return _function(made)

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Change what differs: its code, its configuration, its tags."""
        name = physical.name
        settings = self._settings(after)
        if self._settings(before) != settings:
            self._look_at_role(after["Role"])
            self._client.update_function_configuration(FunctionName=name, **settings)
            in_moto = _in_moto(self.services, name)
            in_moto.tracing_config, in_moto.ephemeral_storage = (
                settings["TracingConfig"],
                settings["EphemeralStorage"]["Size"],
            )
        self._reserve(name, before, after)
        if (before["Code"], _architectures(before)) != (after["Code"], _architectures(after)):
            self._look_at_code("UpdateFunctionCode", after)
            self._client.update_function_code(FunctionName=name, Architectures=_architectures(after), **_code(after))
            _in_moto(self.services, name).architectures = _architectures(after)
        self._tag(physical, wanted_tags(self.type_name, after, tags))
        return physical

    def delete(self, physical: Physical, properties: Properties) -> None:
        """Remove a function, with its policy and its URL."""
        del properties
        try:
            self._client.delete_function(FunctionName=physical.name)
        except ClientError as error:
            none_if(error, _MISSING)

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """Find the function with this `FunctionName`."""
        try:
            return _function(self._client.get_function_configuration(FunctionName=identifier["FunctionName"]))
        except ClientError as error:
            return none_if(error, _MISSING)

    def live(self, physical: Physical, properties: Properties) -> Properties | None:
        """Return the function's configuration, as Lambda tells of it."""
        try:
            there = self._client.get_function_configuration(FunctionName=physical.name)
        except ClientError as error:
            return none_if(error, _MISSING)
        compared = {name: value for name, value in properties.items() if name in _READ_BACK}
        found = {name: as_written(value, there.get(name)) for name, value in compared.items()}
        return {name: value for name, value in found.items() if value is not None}

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Return its `FunctionName`."""
        return {"FunctionName": properties["FunctionName"]} if "FunctionName" in properties else None

    @property
    def _client(self) -> Any:
        return self.services.client("lambda")

    def _settings(self, properties: Properties) -> dict[str, Any]:
        """Return the parameters of `UpdateFunctionConfiguration`."""
        settings = {**_DEFAULTS, **{name: properties[name] for name in _SETTINGS if name in properties}}
        own = f":{self.services.account}:layer:"  # of other accounts', which are not here, nothing is known
        return {
            **settings,
            "Environment": {"Variables": {}, **settings["Environment"]},
            "EphemeralStorage": {"Size": int(settings["EphemeralStorage"]["Size"])},
            "Layers": [arn for arn in settings["Layers"] if own in arn],
            "MemorySize": int(settings["MemorySize"]),
            "Timeout": int(settings["Timeout"]),
            "VpcConfig": {**_NETWORK, **settings["VpcConfig"]},
        }

    def _reserve(self, name: str, before: Properties, after: Properties) -> None:
        old, new = (one.get("ReservedConcurrentExecutions") for one in (before, after))
        if new is not None and new != old:
            self._client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=int(new))
        elif new is None and old is not None:
            self._client.delete_function_concurrency(FunctionName=name)

    def _look_at_code(self, operation: str, properties: Properties) -> None:
        code = properties["Code"]
        if "ZipFile" in code:
            return
        try:
            self.services.client("s3").get_object(Bucket=code["S3Bucket"], Key=code["S3Key"])["Body"].close()
        except ClientError as error:
            of_s3 = f"S3 Error Code: {code_of(error)}. S3 Error Message: {message_of(error)}"
            problem = f"Error occurred while GetObject. {of_s3}"
            raise failure(operation, "InvalidParameterValueException", problem) from None

    def _look_at_role(self, arn: str) -> None:
        try:
            self.services.client("iam").get_role(RoleName=arn.rpartition("/")[2])
        except ClientError as error:
            none_if(error, "NoSuchEntity")
            problem = "The role defined for the function cannot be assumed by Lambda."
            raise failure("UpdateFunctionConfiguration", "InvalidParameterValueException", problem) from None

    def _tag(self, physical: Physical, wanted: Tags) -> None:
        change = TagChange.between(self._client.list_tags(Resource=physical.arn)["Tags"], wanted)
        if change.removed:
            self._client.untag_resource(Resource=physical.arn, TagKeys=change.removed)
        if change.added:
            self._client.tag_resource(Resource=physical.arn, Tags=change.added)


class LambdaUrl(ResourceHandler):
    """The URL of a function; it leads to the emulator."""

    type_name = "AWS::Lambda::Url"
    modelled: ClassVar[Modelled] = {
        "AuthType": None,
        "Cors": dict.fromkeys(
            ("AllowCredentials", "AllowHeaders", "AllowMethods", "AllowOrigins", "ExposeHeaders", "MaxAge")
        ),
        "TargetFunctionArn": None,
    }

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Give a function a URL, of which it has one at most."""
        del name, tags
        function = self._client.get_function_configuration(FunctionName=properties["TargetFunctionArn"])
        arn = function["FunctionArn"]
        if self.find({"FunctionArn": arn}) is not None:
            problem = (
                f"Failed to create function url config for [functionArn = {arn}]. Error message:"
                " FunctionUrlConfig exists for this Lambda function"
            )
            raise failure("CreateFunctionUrlConfig", "ResourceConflictException", problem, 409)
        self._client.create_function_url_config(FunctionName=arn, **_url_settings(properties))
        _in_moto(self.services, arn).url_config.url = self.services.function_url(function["FunctionName"])
        return self._physical(arn)

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Change who may call it, and from where."""
        del before, tags
        settings = _url_settings(after)
        self._client.update_function_url_config(FunctionName=physical.arn, **settings)
        _in_moto(self.services, str(physical.arn)).url_config.config = settings
        return physical

    def delete(self, physical: Physical, properties: Properties) -> None:
        """Take the URL away from its function."""
        del properties
        if self.find({"FunctionArn": str(physical.arn)}) is not None:
            self._client.delete_function_url_config(FunctionName=physical.arn)

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """Find the URL of the function with this `FunctionArn`."""
        arn = identifier["FunctionArn"]
        try:
            self._client.get_function_url_config(FunctionName=arn)
        except ClientError as error:
            return none_if(error, _MISSING)
        return self._physical(arn)

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Return None: it has no name."""
        del properties

    @property
    def _client(self) -> Any:
        return self.services.client("lambda")

    def _physical(self, arn: str) -> Physical:
        name = arn.rpartition(":")[2]
        return Physical(name, arn, arn, {"FunctionArn": arn, "FunctionUrl": self.services.function_url(name)})


class LambdaPermission(ResourceHandler):
    """A statement of a function's policy; a change of any of its properties replaces it.

    A principal that is an account is written as its root user.
    """

    type_name = "AWS::Lambda::Permission"
    modelled: ClassVar[Modelled] = dict.fromkeys(
        (
            "Action",
            "EventSourceToken",
            "FunctionName",
            "FunctionUrlAuthType",
            "InvokedViaFunctionUrl",
            "Principal",
            "PrincipalOrgID",
            "SourceAccount",
            "SourceArn",
        )
    )

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Add a statement whose id is the physical name."""
        del tags
        arn = self._function_arn(properties["FunctionName"])
        if self.find({"FunctionName": arn, "Id": name}) is not None:
            problem = (
                f"The statement id ({name}) provided already exists. Please provide a new statement id, or remove the"
                " existing statement."
            )
            raise failure("AddPermission", "ResourceConflictException", problem, 409)
        self._client.add_permission(**{**properties, "FunctionName": arn, "StatementId": name})
        statement = _in_moto(self.services, arn).policy.statements[-1]
        _name_conditions(statement)
        _name_principal(statement)
        return _permission(arn, name)

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Do nothing: it has no tags, and any other change replaces it."""
        del before, after, tags
        return physical

    def delete(self, physical: Physical, properties: Properties) -> None:
        """Remove the statement."""
        del properties
        try:
            self._client.remove_permission(FunctionName=physical.arn, StatementId=physical.name)
        except ClientError as error:
            none_if(error, _MISSING)

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """Find the statement of the function with this `FunctionName` that has this `Id`."""
        try:
            arn = self._function_arn(identifier["FunctionName"])
            policy = json.loads(self._client.get_policy(FunctionName=arn)["Policy"])
        except ClientError as error:
            return none_if(error, _MISSING)
        known = {statement["Sid"] for statement in policy["Statement"]}
        return _permission(arn, identifier["Id"]) if identifier["Id"] in known else None

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Return None: it has no name of its own."""
        del properties

    @property
    def _client(self) -> Any:
        return self.services.client("lambda")

    def _function_arn(self, name: str) -> str:
        return self._client.get_function_configuration(FunctionName=name)["FunctionArn"]


def _in_moto(services: Services, function: str) -> Any:
    """Return a function in moto's model, by its name or ARN, for what its API does otherwise than Lambda's."""
    return lambda_backends[services.account][services.region].get_function(function)


def _code(properties: Properties) -> dict[str, Any]:
    """Return where the code is; that of the template is one file ("ZipFile", `AWS::Lambda::Function Code`)."""
    code: dict[str, Any] = properties["Code"]
    if "ZipFile" not in code:
        return code
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        kind = "py" if str(properties.get("Runtime")).startswith("python") else "js"
        archive.writestr(zipfile.ZipInfo(f"index.{kind}"), code["ZipFile"])
        if kind == "py" and "cfnresponse" in code["ZipFile"]:
            archive.writestr(zipfile.ZipInfo("cfnresponse.py"), _CFNRESPONSE.read_text(encoding="utf-8"))
    return {"ZipFile": packed.getvalue()}


def _architectures(properties: Properties) -> list[str]:
    return properties.get("Architectures", ["x86_64"])


def _function(configuration: Mapping[str, Any]) -> Physical:
    name, arn = configuration["FunctionName"], configuration["FunctionArn"]
    return Physical(name, name, arn, {"Arn": arn})


def _url_settings(properties: Properties) -> dict[str, Any]:
    return {name: properties[name] for name in ("AuthType", "Cors") if name in properties}


def _permission(function: str, statement: str) -> Physical:
    return Physical(statement, statement, function, {"Id": statement})


def _name_conditions(statement: dict[str, Any]) -> None:
    """Say as conditions what moto leaves beside them ("Control access to Lambda function URLs", AWS Lambda Guide)."""
    for parameter, operator in (("FunctionUrlAuthType", "StringEquals"), ("InvokedViaFunctionUrl", "Bool")):
        if parameter in statement:
            value = statement.pop(parameter)
            text = str(value).lower() if isinstance(value, bool) else value
            statement.setdefault("Condition", {}).setdefault(operator, {})[f"lambda:{parameter}"] = text


def _name_principal(statement: dict[str, Any]) -> None:
    """Write an account, or somebody of one, as a policy does; moto leaves what is no service as it is."""
    principal = statement["Principal"]
    if isinstance(principal, str) and principal != "*":
        account = f"arn:aws:iam::{principal}:root" if principal.isdigit() else principal
        statement["Principal"] = {"AWS": account}
