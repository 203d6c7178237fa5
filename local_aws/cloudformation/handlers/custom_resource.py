"""Custom resources, made by the function that their `ServiceToken` names, which runs here.

Sources: "Custom resources" and "Custom resource request types", AWS CloudFormation User Guide. Where CloudFormation
waits for an answer, here the function has ended: what has not come by then will not come. One that answers an update
with another physical id is asked to delete the former at once, not once all else is updated. Not modelled: topics.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast
from uuid import uuid4

from leastgrant.template import Physical
from local_aws.cloudformation.handler import NotModelled, ResourceHandler
from local_aws.wire import AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local_aws.cloudformation.handler import Modelled, Properties, Services, Tags

_LONGEST: Final = 4096
"""Bytes of an answer."""


class CustomResource(ResourceHandler):
    """A custom resource."""

    type_name = "AWS::CloudFormation::CustomResource"
    modelled: ClassVar[Modelled] = {"ServiceToken": None}

    def __init__(self, services: Services) -> None:
        """Remember nothing yet."""
        super().__init__(services)
        self._declared: dict[str, Mapping[str, str]] = {}
        """The stack and logical id of each that was made, by its physical id: a deletion is told neither."""

    def left_out(self, properties: Properties) -> tuple[str, ...]:
        """Return nothing: the function is given all of them."""
        del properties
        return ()

    def refuse_unmodelled(self, properties: Properties) -> None:
        """Refuse what is not made by a function."""
        token = properties.get("ServiceToken")
        if isinstance(token, str) and ":sns:" in token:
            raise NotModelled(f"a ServiceToken that is a topic, in {self.type_name}")

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Ask the function to make it; whatever it has made, if it failed, it is asked to delete."""
        declared = _declared(tags)
        try:
            physical = self._asked("Create", declared, properties, name)
        except CustomResourceFailed as failed:
            if failed.physical_id is not None:
                self._declared[failed.physical_id] = declared
                self.delete(Physical(failed.physical_id), properties)
            raise
        self._declared[physical.name] = declared
        return physical

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Ask the function to change it."""
        if before.get("ServiceToken") != after.get("ServiceToken"):
            raise AwsError("ValidationError", "Modifying service token is not allowed.")
        declared = _declared(tags)
        told = {"PhysicalResourceId": physical.name, "OldResourceProperties": _texts(before)}
        changed = self._asked("Update", declared, after, physical.name, told)
        self._declared[changed.name] = declared
        if changed.name != physical.name:
            self.delete(physical, before)
        return changed

    def delete(self, physical: Physical, properties: Properties) -> None:
        """Ask the function to delete it."""
        told = {"PhysicalResourceId": physical.name}
        self._asked("Delete", self._declared.get(physical.name, {}), properties, physical.name, told)
        self._declared.pop(physical.name, None)

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """Find nothing: it cannot be imported."""

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Return None: the function makes it up."""

    def _asked(
        self,
        kind: str,
        declared: Mapping[str, str],
        properties: Properties,
        name: str,
        told: Mapping[str, Any] | None = None,
    ) -> Physical:
        """Invoke the function with a request, and return what it answers.

        Raises:
            AwsError: it answers that it failed, or does not answer.
        """
        request_id = str(uuid4())
        event = {
            "RequestType": kind,
            "ServiceToken": properties["ServiceToken"],
            "ResponseURL": self.services.answers.url(request_id),
            "RequestId": request_id,
            "ResourceType": self.type_name,
            **declared,
            **(told or {}),
            "ResourceProperties": _texts(properties),
        }
        ended = self.services.client("lambda").invoke(
            FunctionName=properties["ServiceToken"], Payload=json.dumps(event).encode()
        )
        answer = self.services.answers.take(request_id)
        if answer is None:
            raise CustomResourceFailed(_unanswered(request_id, ended), None)
        physical_id = answer.get("PhysicalResourceId")
        if answer.get("Status") != "SUCCESS":
            said = f"Received response status [FAILED] from custom resource. Message returned: {answer.get('Reason')}"
            raise CustomResourceFailed(f"{said} (RequestId: {request_id})", physical_id)
        if len(json.dumps(answer)) > _LONGEST:
            raise CustomResourceFailed("Response object is too long.", physical_id)
        data: Mapping[str, Any] = answer.get("Data") or {}
        made = str(physical_id or name)
        return Physical(made, made, None, {key: _text(value) for key, value in data.items()})


class CustomResourceFailed(AwsError):  # noqa: N818  (as CloudFormation says it)
    """The function failed, or did not answer."""

    def __init__(self, message: str, physical_id: str | None) -> None:
        """Take the message, and what the function calls what it has made."""
        super().__init__("GeneralServiceException", message)
        self.physical_id = physical_id


def custom_resource(type_name: str) -> type[CustomResource]:
    """Return the handler of a type of one's own, such as `Custom::S3AutoDeleteObjects`."""
    return type(f"CustomResource[{type_name}]", (CustomResource,), {"type_name": type_name})


def _unanswered(request_id: str, ended: Mapping[str, Any]) -> str:
    """Say that no answer has come, as CloudFormation does; and, as it does not, what the function ended with."""
    said = (
        "CloudFormation did not receive a response from your custom resource. Please check your logs for requestId"
        f" [{request_id}]. If you are using the Python cfn-response module, you may need to update your Lambda function"
        " code so that CloudFormation can attach the updated version."
    )
    if "FunctionError" not in ended:
        return said
    return f"{said} (the function ended with {ended['Payload'].read().decode()})"


def _declared(tags: Tags) -> Mapping[str, str]:
    """Return what CloudFormation's own tags tell of the resource."""
    names = {"StackId": "stack-id", "LogicalResourceId": "logical-id"}
    return {name: tags.get(f"aws:cloudformation:{tag}", "") for name, tag in names.items()}


def _texts(value: Any) -> Any:
    """Write each value as text, as custom resources are given them."""
    if isinstance(value, dict):
        return {name: _texts(one) for name, one in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_texts(one) for one in cast("list[Any]", value)]
    return _text(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
