"""Application Auto Scaling."""

from leastgrant.knowledge.arn import ArnTemplate
from leastgrant.knowledge.rule import made_on

RULES = {
    "AWS::ApplicationAutoScaling::ScalableTarget": (
        made_on(
            ArnTemplate(
                "arn:${Partition}:application-autoscaling:${Region}:${Account}:scalable-target/${ScalableTargetId}"
            ),
            *(
                f"application-autoscaling:{verb}*"
                for verb in ("Delete", "Deregister", "ListTags", "Put", "Register", "Tag", "Untag")
            ),
            source="How Application Auto Scaling works with IAM, Application Auto Scaling User Guide",
        ),
    ),
}
