"""Types for which CloudFormation makes nothing, and calls nothing: they are there for their `Ref`, or for people.

Sources: "Version reporting", AWS CDK Guide; the pages of the wait conditions in the AWS CloudFormation Template
Reference. Not modelled: signals. A wait condition is met at once, as if all that it waits for had come, without data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from leastgrant.template import Physical
from local_aws.cloudformation.handler import Fidelity, ResourceHandler

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local_aws.cloudformation.handler import Modelled, Properties, Tags


class Nothing(ResourceHandler):
    """The handler of a type for which nothing is made."""

    fidelity = Fidelity.NOTHING

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Return what `Ref` and `Fn::GetAtt` give."""
        del properties, tags
        return Physical(name, name)

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Do nothing."""
        del before, after, tags
        return physical

    def delete(self, physical: Physical, properties: Properties) -> None:
        """Do nothing."""

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """Find nothing: it cannot be imported."""

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Return None: it has none."""


class CdkMetadata(Nothing):
    """What the CDK says of the libraries of an app."""

    type_name = "AWS::CDK::Metadata"
    modelled: ClassVar[Modelled] = {"Analytics": None}


class WaitCondition(Nothing):
    """What waits for signals."""

    type_name = "AWS::CloudFormation::WaitCondition"
    modelled: ClassVar[Modelled] = dict.fromkeys(("Count", "Handle", "Timeout"))

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Return what `Ref` and `Fn::GetAtt` give: no signal has brought data."""
        del properties, tags
        return Physical(name, name, None, {"Id": name, "Data": "{}"})


class WaitConditionHandle(Nothing):
    """The URL that signals are sent to; it leads nowhere."""

    type_name = "AWS::CloudFormation::WaitConditionHandle"
    modelled: ClassVar[Modelled] = {}

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Return what `Ref` gives."""
        del properties, tags
        url = f"https://cloudformation-waitcondition-{self.services.region}.s3.amazonaws.com/{name}"
        return Physical(name, url, None, {"Id": url})


HANDLERS: Final = (CdkMetadata, WaitCondition, WaitConditionHandle)
