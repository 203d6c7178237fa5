"""AWS Lambda."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leastgrant.template import Physical
from ops.emulator.cloudformation.handler import Handler, NotModelled, Properties, Tags, all_tags, already_exists, only

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONFIGURATION = ("Description", "Environment", "Handler", "MemorySize", "Role", "Runtime", "Timeout")
_DEFAULTS: dict[str, Any] = {"Description": "", "Environment": {"Variables": {}}, "MemorySize": 128, "Timeout": 3}


class FunctionHandler(Handler):
    """A function, with its code from S3."""

    type_name = "AWS::Lambda::Function"
    modelled = frozenset({*_CONFIGURATION, "Architectures", "Code", "FunctionName", "Tags"})

    @property
    def _lambda(self) -> Any:
        return self.services.client("lambda")

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Make the function."""
        if self.find({"FunctionName": name}) is not None:
            raise already_exists("CreateFunction", "ResourceConflictException", f"Function already exist: {name}")
        self._lambda.create_function(
            FunctionName=name,
            Code=_code(properties),
            Architectures=properties.get("Architectures", ["x86_64"]),
            Tags=all_tags(properties, tags),
            **_configuration(properties),
        )
        return self._physical(name)

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Change code and configuration, where they differ."""
        name = physical.name
        sources = [(_code(p), p.get("Architectures", ["x86_64"])) for p in (before, after)]
        if sources[0] != sources[1]:
            code, architectures = sources[1]
            self._lambda.update_function_code(FunctionName=name, Architectures=architectures, **code)
        if _configuration(before) != _configuration(after):
            self._lambda.update_function_configuration(FunctionName=name, **_configuration(after))
        old, new = all_tags(before, tags), all_tags(after, tags)
        gone = sorted(old.keys() - new.keys())
        if gone:
            self._lambda.untag_resource(Resource=physical.arn, TagKeys=gone)
        self._lambda.tag_resource(Resource=physical.arn, Tags=new)
        return physical

    def delete(self, physical: Physical) -> None:
        """Delete the function."""
        if self.find({"FunctionName": physical.name}) is not None:
            self._lambda.delete_function(FunctionName=physical.name)

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """The function of a name."""
        try:
            return self._physical(identifier["FunctionName"])
        except self._lambda.exceptions.ResourceNotFoundException:
            return None

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Its name."""
        return {"FunctionName": properties["FunctionName"]} if "FunctionName" in properties else None

    def _physical(self, name: str) -> Physical:
        arn = self._lambda.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
        return Physical(name, name, arn, {"Arn": arn})


class PermissionHandler(Handler):
    """A statement of a function's policy. Its physical name is the function's with the statement's id.

    moto keeps `FunctionUrlAuthType` and `InvokedViaFunctionUrl` beside the statement, not as its conditions.
    """

    type_name = "AWS::Lambda::Permission"
    modelled = frozenset(
        {
            "Action",
            "FunctionName",
            "FunctionUrlAuthType",
            "InvokedViaFunctionUrl",
            "Principal",
            "SourceAccount",
            "SourceArn",
        }
    )

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Add the statement."""
        del tags
        given = {key: value for key, value in properties.items() if key != "FunctionName"}
        function = _function_name(properties["FunctionName"])
        self.services.client("lambda").add_permission(FunctionName=function, StatementId=name, **given)
        return Physical(name, name, attributes={"Id": name, "FunctionName": function})

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """None of its properties can be changed in place."""
        del before, after, tags
        raise NotModelled(f"an update of the permission {physical.name}")

    def delete(self, physical: Physical) -> None:
        """Remove the statement."""
        client, function = self.services.client("lambda"), physical.attributes["FunctionName"]
        try:
            client.remove_permission(FunctionName=function, StatementId=physical.name)
        except client.exceptions.ResourceNotFoundException:
            return

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """Not modelled: a permission is found by nothing that a template gives it."""
        raise NotModelled(f"finding a permission by {', '.join(identifier)}")

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """None: the statement's id is made up."""
        del properties


class UrlHandler(Handler):
    """A function's URL, under the emulator's own address."""

    type_name = "AWS::Lambda::Url"
    modelled = frozenset({"AuthType", "Cors", "InvokeMode", "TargetFunctionArn"})

    @property
    def _lambda(self) -> Any:
        return self.services.client("lambda")

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Give the function a URL."""
        del name, tags
        function = _function_name(properties["TargetFunctionArn"])
        if self.find({"FunctionArn": function}) is not None:
            message = f"Failed to create function url config for [functionArn = {function}]. Error message:"
            raise already_exists(
                "CreateFunctionUrlConfig", "ResourceConflictException", f"{message}  it already exists"
            )
        self._lambda.create_function_url_config(FunctionName=function, **_url(properties))
        return self._physical(function)

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Change what differs."""
        del tags
        if _url(before) != _url(after):
            self._lambda.update_function_url_config(FunctionName=physical.name, **_url(after))
        return physical

    def delete(self, physical: Physical) -> None:
        """Take the URL off the function."""
        if self.find({"FunctionArn": physical.name}) is not None:
            self._lambda.delete_function_url_config(FunctionName=physical.name)

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """The URL of a function."""
        function = _function_name(identifier["FunctionArn"])
        try:
            self._lambda.get_function_url_config(FunctionName=function)
        except self._lambda.exceptions.ResourceNotFoundException:
            return None
        return self._physical(function)

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """The function's ARN, once it is known."""
        del properties

    def _physical(self, function: str) -> Physical:
        arn = self._lambda.get_function_url_config(FunctionName=function)["FunctionArn"]
        url = self.services.function_url(function)
        return Physical(function, arn, attributes={"FunctionUrl": url, "FunctionArn": arn})


def _code(properties: Properties) -> dict[str, Any]:
    return dict(only("S3Bucket S3Key", properties["Code"], "Code"))


def _configuration(properties: Properties) -> dict[str, Any]:
    return _DEFAULTS | {key: properties[key] for key in _CONFIGURATION if key in properties}


def _url(properties: Properties) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if key != "TargetFunctionArn"}


def _function_name(function: str) -> str:
    """The name, of a name or an ARN."""
    return function.partition(":function:")[2] or function
