"""Amazon EC2 Auto Scaling."""

from leastgrant.knowledge.rule import advisory, required

_TEMPLATES = "Control Amazon EC2 launch template usage in Auto Scaling groups, Amazon EC2 Auto Scaling User Guide"

RULES = {
    "AWS::AutoScaling::AutoScalingGroup": (
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
}
