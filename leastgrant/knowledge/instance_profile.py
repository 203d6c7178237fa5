"""The role in an instance profile: a launch passes it, and the template names the profile.

Source: "Grant permissions to attach an IAM role to an instance", Amazon EC2 User Guide.
"""

from leastgrant.knowledge.arn import ArnTemplate, PropertyValue
from leastgrant.knowledge.rule import required

PASSED_IN_PROFILE = required(
    "iam:PassRole",
    on="create",
    when="IamInstanceProfile",
    resource=ArnTemplate(
        "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}",
        (("RoleNameWithPath", PropertyValue("IamInstanceProfile")),),
    ),
    reason="the role in the profile is passed; the template names the profile",
    source="Grant permissions to attach an IAM role to an instance, Amazon EC2 User Guide",
)
