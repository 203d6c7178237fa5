"""Amazon SQS."""

from leastgrant.knowledge.rule import advisory, required

_API = "Actions, Amazon SQS API Reference"

RULES = {
    "AWS::SQS::Queue": (
        advisory(
            "sqs:GetQueueUrl",
            reason="CreateQueue answers with the URL",
            source=_API,
        ),
    ),
    "AWS::SQS::QueuePolicy": (
        required(
            "sqs:SetQueueAttributes",
            when="Queues",
            reason="a queue's policy is one of its attributes",
            source=_API,
        ),
    ),
}
