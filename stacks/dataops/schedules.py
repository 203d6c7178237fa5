"""The schedules: when EventBridge calls the work engine by itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.logical_ids import keep_logical_id
from stacks.names import Schedule


@dataclass(frozen=True, slots=True)
class DailySchedule:
    """One call a day, at a time in UTC; without an input, EventBridge sends its own scheduled event."""

    rule: Schedule
    description: str
    hour: int
    minute: int
    input: Mapping[str, object] | None = None


_SCHEDULES: Final = (
    DailySchedule(
        Schedule.DAILY_CRON,
        "Run DataOps recurring task and automatic template generation once per day.",
        hour=8,
        minute=0,
    ),
    DailySchedule(
        Schedule.DAILY_EXPORT,
        "Export DataOps execution data to the retained offsite archive bucket once per day.",
        hour=8,
        minute=30,
        input={
            "source": "aws.events",
            "detail-type": "Scheduled Event",
            "detail": {"dataopsAction": "export"},
        },
    ),
)


class Schedules(Construct):
    """A rule for each schedule, and the permission by which the rule may call the function.

    The constructs are L1: `targets.LambdaFunction` would choose the target's id and the permission's logical id itself,
    and CloudFormation would put a second target beside the live one before it removed that.
    """

    def __init__(self, scope: Construct, construct_id: str, *, function: lambda_.Function) -> None:
        super().__init__(scope, construct_id)
        for schedule in _SCHEDULES:
            self._add(schedule, function)

    def _add(self, schedule: DailySchedule, function: lambda_.Function) -> None:
        rule = events.CfnRule(
            self,
            schedule.rule,
            description=schedule.description,
            schedule_expression=f"cron({schedule.minute} {schedule.hour} * * ? *)",
            state="ENABLED",
            targets=[
                events.CfnRule.TargetProperty(
                    arn=function.function_arn,
                    id=f"{schedule.rule}LambdaTarget",
                    input=json.dumps(schedule.input, separators=(",", ":")) if schedule.input else None,
                )
            ],
        )
        keep_logical_id(rule, schedule.rule)
        Validations.of(rule).acknowledge(
            Acknowledgment(
                id="Serverless::Serverless-EventBusDLQ",
                reason="The live schedule has none and stays as it is; EventBridge tries to deliver for 24 hours.",
            )
        )
        permission = lambda_.CfnPermission(
            self,
            schedule.rule.permission,
            action="lambda:InvokeFunction",
            function_name=function.function_name,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
        )
        keep_logical_id(permission, schedule.rule.permission)
