"""Amazon EventBridge Scheduler."""

from leastgrant.knowledge.arn import ArnTemplate, OwnName, PropertyValue
from leastgrant.knowledge.rule import made_on, required

_GROUP = "CreateSchedule, GroupName, Amazon EventBridge Scheduler API Reference: `default` if not given"
_GROUPED = "DeleteScheduleGroup, which deletes the group's schedules, Amazon EventBridge Scheduler API Reference"
_KEYS = "Encryption at rest in EventBridge Scheduler, EventBridge Scheduler User Guide"
_SCHEDULE = ArnTemplate(
    "arn:${Partition}:scheduler:${Region}:${Account}:schedule/${GroupName}/${Name}",
    (("GroupName", PropertyValue("GroupName", default="default")), ("Name", OwnName("Name"))),
)
_SCHEDULES_OF_GROUP = ArnTemplate(
    "arn:${Partition}:scheduler:${Region}:${Account}:schedule/${GroupName}/${Name}", (("GroupName", OwnName("Name")),)
)

RULES = {
    "AWS::Scheduler::ScheduleGroup": (made_on(_SCHEDULES_OF_GROUP, "scheduler:DeleteSchedule", source=_GROUPED),),
    "AWS::Scheduler::Schedule": (
        made_on(_SCHEDULE, "scheduler:*", source=_GROUP),
        required(
            "kms:DescribeKey",
            "kms:GenerateDataKey",
            "kms:Decrypt",
            on="create update",
            when="KmsKeyArn",
            add=True,
            reason="the target's input is encrypted under the named key",
            source=_KEYS,
        ),
    ),
}
