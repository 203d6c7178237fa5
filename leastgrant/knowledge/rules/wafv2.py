"""AWS WAF."""

from leastgrant.knowledge.rule import Rule, advisory, not_called, required

_PROTECTED = "AssociateWebACL, Required permissions, AWS WAF API Reference"
_LOAD_BALANCER = "github.com/awslabs/aws-waf-security-automations: elasticloadbalancing:SetWebACL"
_SERVICES = {
    "amplify": "ResourceArn=arn:*:amplify:*",
    "apigateway": "ResourceArn=arn:*:apigateway:*",
    "apprunner": "ResourceArn=arn:*:apprunner:*",
    "appsync": "ResourceArn=arn:*:appsync:*",
    "bedrock-agentcore": "ResourceArn=arn:*:bedrock-agentcore:*",
    "cognito-idp": "ResourceArn=arn:*:cognito-idp:*",
    "ec2": "ResourceArn=arn:*:ec2:*",
    "elasticloadbalancing": "ResourceArn=arn:*:elasticloadbalancing:*",
}


def _protected(service: str, trigger: str) -> tuple[Rule, ...]:
    return (
        required(
            f"{service}:*Associate*",
            f"{service}:Set*",
            f"{service}:Create*",
            on="create update",
            when=trigger,
            reason=f"the protected resource's service must allow the association: {service}",
            source=_PROTECTED,
        ),
        required(
            f"{service}:*Disassociate*",
            f"{service}:Set*",
            f"{service}:Delete*",
            on="delete",
            when=trigger,
            reason=f"the protected resource's service must allow its end: {service}",
            source=_PROTECTED,
        ),
        advisory(
            f"{service}:*Get*",
            f"{service}:Describe*",
            when=trigger,
            reason="reads the association",
            source=_PROTECTED,
        ),
    )


RULES = {
    "AWS::WAFv2::WebACLAssociation": (
        *(rule for service, trigger in _SERVICES.items() for rule in _protected(service, trigger)),
        *(
            not_called(
                f"{service}:*",
                on="read",
                reason="reading an association changes nothing",
                source="AWS::WAFv2::WebACLAssociation provider schema, read handler",
            )
            for service in ()
        ),
    ),
}
