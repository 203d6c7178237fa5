"""Amazon EventBridge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leastgrant.template import Physical
from ops.emulator.cloudformation.handler import Handler, Properties, Tags, all_tags, already_exists, only

if TYPE_CHECKING:
    from collections.abc import Mapping


class RuleHandler(Handler):
    """A rule on the default bus, with its targets."""

    type_name = "AWS::Events::Rule"
    modelled = frozenset({"Description", "EventPattern", "Name", "ScheduleExpression", "State", "Tags", "Targets"})

    @property
    def _events(self) -> Any:
        return self.services.client("events")

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Make the rule, then its targets."""
        if self.find({"Arn": name}) is not None:
            raise already_exists("PutRule", "ResourceAlreadyExistsException", f"Rule {name} already exists")
        self._put(name, properties)
        return self.update(self._physical(name), _of_rule(properties), properties, tags)

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Change what differs."""
        name = physical.name
        if _of_rule(before) != _of_rule(after):
            self._put(name, after)
        old = {target["Id"]: target for target in before.get("Targets", ())}
        new = {target["Id"]: target for target in after.get("Targets", ())}
        gone = sorted(old.keys() - new.keys())
        if gone:
            self._events.remove_targets(Rule=name, Ids=gone)
        put = [dict(only("Arn Id Input", new[i], "Targets")) for i in new if new[i] != old.get(i)]
        if put:
            self._events.put_targets(Rule=name, Targets=put)
        self._tag(physical, all_tags(before, tags), all_tags(after, tags))
        return physical

    def delete(self, physical: Physical) -> None:
        """Take the targets off the rule, and delete it."""
        if self.find({"Arn": physical.name}) is None:
            return
        targets = self._events.list_targets_by_rule(Rule=physical.name)["Targets"]
        if targets:
            self._events.remove_targets(Rule=physical.name, Ids=[target["Id"] for target in targets])
        self._events.delete_rule(Name=physical.name)

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """The rule of an ARN, or of a name."""
        try:
            return self._physical(identifier["Arn"].rpartition("/")[2])
        except self._events.exceptions.ResourceNotFoundException:
            return None

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Its ARN."""
        place = f"arn:aws:events:{self.services.region}:{self.services.account}:rule"
        return {"Arn": f"{place}/{properties['Name']}"} if "Name" in properties else None

    def _physical(self, name: str) -> Physical:
        arn = self._events.describe_rule(Name=name)["Arn"]
        return Physical(name, name, arn, {"Arn": arn})

    def _put(self, name: str, properties: Properties) -> None:
        self._events.put_rule(Name=name, **_of_rule(properties))

    def _tag(self, physical: Physical, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        gone = sorted(before.keys() - after.keys())
        if gone:
            self._events.untag_resource(ResourceARN=physical.arn, TagKeys=gone)
        tags = [{"Key": key, "Value": value} for key, value in after.items()]
        self._events.tag_resource(ResourceARN=physical.arn, Tags=tags)


def _of_rule(properties: Properties) -> dict[str, Any]:
    known = ("Description", "EventPattern", "ScheduleExpression", "State")
    return {"State": "ENABLED", **{key: properties[key] for key in known if key in properties}}
