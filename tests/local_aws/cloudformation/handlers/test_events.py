"""Rules, from the template to EventBridge's own answers."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.cloudformation.handler import Services
from local_aws.cloudformation.handlers.events import EventsRule

NAME = "daily"
ARN = f"arn:aws:events:eu-west-1:123456789012:rule/{NAME}"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:work"
ROLE = "arn:aws:iam::123456789012:role/events"
PROPERTIES: dict[str, Any] = {
    "Description": "Once a day",
    "Name": NAME,
    "RoleArn": ROLE,
    "ScheduleExpression": "cron(0 8 * * ? *)",
    "State": "DISABLED",
    "Tags": [{"Key": "App", "Value": "DataOps"}],
    "Targets": [{"Arn": FUNCTION, "Id": "first"}, {"Arn": FUNCTION, "Id": "second", "Input": '{"a": 1}'}],
}


@pytest.fixture
def handler(services: Services) -> EventsRule:
    return EventsRule(services)


@pytest.fixture
def client(services: Services) -> Any:
    return services.client("events")


def targets(client: Any) -> list[dict[str, str]]:
    return client.list_targets_by_rule(Rule=NAME)["Targets"]


def tags_of(client: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in client.list_tags_for_resource(ResourceARN=ARN)["Tags"]}


def test_a_rule_is_made_found_and_deleted(handler: EventsRule, client: Any, tags: dict[str, str]) -> None:
    physical = handler.create(NAME, PROPERTIES, tags)
    assert (physical.name, physical.ref, physical.arn, physical.attributes) == (NAME, NAME, ARN, {"Arn": ARN})
    assert handler.find({"Arn": ARN}) == physical
    assert handler.find({"Arn": ARN.replace("eu-west-1", "eu-west-2")}) is None
    assert handler.identifier(PROPERTIES) == {"Arn": ARN}
    assert handler.identifier({}) is None
    rule = client.describe_rule(Name=NAME)
    assert (rule["Description"], rule["RoleArn"]) == ("Once a day", ROLE)
    assert (rule["ScheduleExpression"], rule["State"]) == ("cron(0 8 * * ? *)", "DISABLED")
    assert targets(client) == PROPERTIES["Targets"]
    assert tags_of(client) == {"App": "DataOps", **tags}
    handler.delete(physical, {})
    handler.delete(physical, {})
    assert handler.find({"Arn": ARN}) is None


def test_everything_changes(handler: EventsRule, client: Any, tags: dict[str, str]) -> None:
    physical = handler.create(NAME, PROPERTIES, tags)
    after = {
        "EventPattern": {"source": ["aws.s3"]},
        "Tags": [{"Key": "App", "Value": "Other"}],
        "Targets": [{"Arn": FUNCTION, "Id": "second", "InputPath": "$.detail"}, {"Arn": FUNCTION, "Id": "third"}],
    }
    assert handler.update(physical, PROPERTIES, after, tags) == physical
    rule = client.describe_rule(Name=NAME)
    assert json.loads(rule["EventPattern"]) == {"source": ["aws.s3"]}
    assert rule["State"] == "ENABLED"
    assert not {"Description", "RoleArn", "ScheduleExpression"} & rule.keys()
    assert targets(client) == after["Targets"]
    assert tags_of(client) == {"App": "Other", **tags}
    handler.update(physical, after, {"ScheduleExpression": "rate(1 day)"}, {"Stage": "test"})
    assert targets(client) == []
    assert tags_of(client) == {"Stage": "test", "aws:cloudformation:stack-name": "DataOps"}


def test_a_rule_of_the_same_name_is_refused_and_stays(handler: EventsRule, client: Any) -> None:
    handler.create(NAME, PROPERTIES, {})
    with pytest.raises(ClientError, match=f"identifier '{NAME}' already exists"):
        handler.create(NAME, {"ScheduleExpression": "rate(1 day)"}, {})
    assert client.describe_rule(Name=NAME)["ScheduleExpression"] == "cron(0 8 * * ? *)"


def test_a_rule_that_cannot_be_finished_is_taken_back(handler: EventsRule) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        handler.create(NAME, {**PROPERTIES, "Targets": [{"Arn": "no-arn", "Id": "first"}]}, {})
    assert handler.find({"Arn": ARN}) is None
