"""AWS::Events::Rule, on the default event bus.

Sources: its page in the AWS CloudFormation Template Reference, and the Amazon EventBridge API Reference. Not modelled:
other buses, and targets' parameters but for their input and role.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Final

from botocore.exceptions import ClientError
from moto.utilities.utils import get_partition

from leastgrant.template import Physical
from local_aws.cloudformation.handler import ResourceHandler
from local_aws.cloudformation.handlers.errors import failure, none_if, undone_by
from local_aws.cloudformation.handlers.reading import as_written
from local_aws.cloudformation.handlers.tags import TagChange, as_mapping, as_pairs, wanted_tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from local_aws.cloudformation.handler import Modelled, Properties, Tags

_MISSING: Final = "ResourceNotFoundException"
_PLAIN: Final = ("Description", "RoleArn", "ScheduleExpression")


class EventsRule(ResourceHandler):
    """A rule with its targets."""

    type_name = "AWS::Events::Rule"
    modelled: ClassVar[Modelled] = {
        "Description": None,
        "EventPattern": None,
        "Name": None,
        "RoleArn": None,
        "ScheduleExpression": None,
        "State": None,
        "Tags": {"Key": None, "Value": None},
        "Targets": {"Arn": None, "Id": None, "Input": None, "InputPath": None, "RoleArn": None},
    }

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Make a rule; `PutRule` would overwrite one of the same name, which CloudFormation does not do."""
        if self._described(name) is not None:
            message = f"Resource of type '{self.type_name}' with identifier '{name}' already exists."
            raise failure("PutRule", "ResourceAlreadyExistsException", message)
        wanted = as_pairs(wanted_tags(self.type_name, properties, tags))
        physical = _physical(name, self._put(name, properties, Tags=wanted))
        with undone_by(lambda: self.delete(physical, properties)):
            self._aim(name, (), properties.get("Targets", ()))
        return physical

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Put the rule anew, which is how it is changed; then its targets and tags."""
        self._put(physical.name, after)
        self._aim(physical.name, before.get("Targets", ()), after.get("Targets", ()))
        self._tag(physical, wanted_tags(self.type_name, after, tags))
        return physical

    def delete(self, physical: Physical, properties: Properties) -> None:
        """Remove a rule; its targets go first, as EventBridge wants."""
        del properties
        try:
            targets = self._client.list_targets_by_rule(Rule=physical.name)["Targets"]
            if targets:
                self._client.remove_targets(Rule=physical.name, Ids=[target["Id"] for target in targets])
            self._client.delete_rule(Name=physical.name)
        except ClientError as error:
            none_if(error, _MISSING)

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """Find the rule with this `Arn`."""
        name = identifier["Arn"].rpartition("/")[2]
        described = self._described(name)
        known = described is not None and described["Arn"] == identifier["Arn"]
        return _physical(name, identifier["Arn"]) if known else None

    def live(self, physical: Physical, properties: Properties) -> Properties | None:
        """Return the rule, as EventBridge tells of it, without its targets."""
        there = self._described(physical.name)
        if there is None:
            return None
        found = {name: as_written(value, there.get(name)) for name, value in properties.items()}
        return {name: value for name, value in found.items() if value is not None}

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Return its `Arn`, which follows from its name."""
        if "Name" not in properties:
            return None
        region, account = self.services.region, self.services.account
        return {"Arn": f"arn:{get_partition(region)}:events:{region}:{account}:rule/{properties['Name']}"}

    @property
    def _client(self) -> Any:
        return self.services.client("events")

    def _described(self, name: str) -> Mapping[str, Any] | None:
        try:
            return self._client.describe_rule(Name=name)
        except ClientError as error:
            return none_if(error, _MISSING)

    def _put(self, name: str, properties: Properties, **more: Any) -> str:
        """Put the rule; return its ARN."""
        parameters = {key: properties[key] for key in _PLAIN if key in properties}
        if "EventPattern" in properties:
            parameters["EventPattern"] = json.dumps(properties["EventPattern"])
        return self._client.put_rule(Name=name, State=properties.get("State", "ENABLED"), **parameters, **more)[
            "RuleArn"
        ]

    def _aim(self, name: str, before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> None:
        old, new = ({target["Id"]: target for target in targets} for targets in (before, after))
        gone = [one for one in old if one not in new]
        if gone:
            self._client.remove_targets(Rule=name, Ids=gone)
        changed = [target for one, target in new.items() if old.get(one) != target]
        if changed:
            self._client.put_targets(Rule=name, Targets=changed)

    def _tag(self, physical: Physical, wanted: Tags) -> None:
        there = as_mapping(self._client.list_tags_for_resource(ResourceARN=physical.arn)["Tags"])
        change = TagChange.between(there, wanted)
        if change.removed:
            self._client.untag_resource(ResourceARN=physical.arn, TagKeys=change.removed)
        if change.added:
            self._client.tag_resource(ResourceARN=physical.arn, Tags=as_pairs(change.added))


def _physical(name: str, arn: str) -> Physical:
    return Physical(name, name, arn, {"Arn": arn})
