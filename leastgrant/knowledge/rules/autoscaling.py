"""Amazon EC2 Auto Scaling."""

from leastgrant.knowledge.instance_profile import PASSED_IN_PROFILE
from leastgrant.knowledge.rule import advisory, required

_TEMPLATES = "Control Amazon EC2 launch template usage in Auto Scaling groups, Amazon EC2 Auto Scaling User Guide"

RULES = {
    "AWS::AutoScaling::AutoScalingGroup": (
        required(
            "autoscaling:DescribeAutoScalingGroups",
            on="create delete",
            add=True,
            reason="the group is waited for; the schema lists it as autoscaling:Describe*",
            source="AWS::AutoScaling::AutoScalingGroup provider schema",
        ),
        required(
            "autoscaling:DescribeScalingActivities",
            on="create update delete",
            add=True,
            reason="the group's activities are followed; the schema lists it as autoscaling:Describe*",
            source="AWS::AutoScaling::AutoScalingGroup provider schema",
        ),
        advisory(
            "autoscaling:CreateOrUpdateTags",
            on="create",
            reason="CreateAutoScalingGroup takes the tags along, and a role that lacks it makes groups",
            source="github.com/buildkite/elastic-ci-stack-for-aws, service role",
        ),
        advisory(
            "ec2:RunInstances",
            reason="checked for launch templates alone; the service's own role launches the instances",
            source=_TEMPLATES,
        ),
        required(
            "ec2:RunInstances",
            on="create update",
            when="LaunchTemplate MixedInstancesPolicy",
            add=True,
            reason="whoever uses a launch template must be allowed to launch instances",
            source=_TEMPLATES,
        ),
    ),
    "AWS::AutoScaling::LaunchConfiguration": (PASSED_IN_PROFILE,),
    "AWS::AutoScaling::ScalingPolicy": (),
}
