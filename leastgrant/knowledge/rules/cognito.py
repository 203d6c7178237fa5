"""Amazon Cognito."""

from leastgrant.knowledge.rule import advisory, required

_EMAIL = "Email settings for Amazon Cognito user pools, Amazon Cognito Developer Guide"
_SMS = "SMS message settings for Amazon Cognito user pools, Amazon Cognito Developer Guide"
_SENDERS = "Custom sender Lambda triggers, Amazon Cognito Developer Guide"
_ANALYTICS = "Using Amazon Pinpoint analytics with Amazon Cognito user pools, Amazon Cognito Developer Guide"

_DOMAIN = "Using your own domain for managed login, Amazon Cognito Developer Guide: cloudfront:updateDistribution"

RULES = {
    "AWS::Cognito::UserPoolDomain": (
        required(
            "cloudfront:UpdateDistribution",
            on="create update",
            when="CustomDomainConfig",
            reason="a domain of one's own is served by a distribution",
            source=_DOMAIN,
        ),
    ),
    "AWS::Cognito::IdentityPool": (
        required(
            "cognito-sync:SetIdentityPoolConfiguration",
            when="PushSync CognitoStreams",
            reason="synchronization is configured by a call of its own",
            source="SetIdentityPoolConfiguration, Amazon Cognito Sync API Reference",
        ),
    ),
    "AWS::Cognito::UserPool": (
        required(
            "iam:PassRole",
            on="create update",
            when="SmsConfiguration/SnsCallerArn",
            reason="the role that sends messages, under another name",
            source=_SMS,
        ),
        required(
            "kms:CreateGrant",
            on="create update",
            when="LambdaConfig/KMSKeyID KeyConfiguration/KmsKeyArn",
            reason="Cognito makes a grant on the named key with the caller's permissions",
            source=_SENDERS,
        ),
        advisory(
            "kms:[DEGR]*",
            when="LambdaConfig/KMSKeyID KeyConfiguration/KmsKeyArn",
            reason="uses of the key that a grant allows Cognito",
            source=_SENDERS,
        ),
        advisory(
            "iam:CreateServiceLinkedRole",
            when="EmailConfiguration/SourceArn",
            reason="the role of email.cognito-idp.amazonaws.com is made on first use in an account",
            source=_EMAIL,
        ),
        required(
            "cognito-idp:SetUserPoolMfaConfig",
            on="create update",
            when="MfaConfiguration=ON|OPTIONAL EnabledMfas WebAuthnRelyingPartyID WebAuthnUserVerification",
            reason="set apart from the pool; a pool is made with OFF",
            source="SetUserPoolMfaConfig, Amazon Cognito User Pools API Reference",
        ),
        required(
            "cognito-idp:SetUserPoolMfaConfig",
            on="update",
            when="MfaConfiguration=OFF",
            otherwise=True,
            add=True,
            reason="called when the template's value changes",
            source="SetUserPoolMfaConfig, Amazon Cognito User Pools API Reference",
        ),
        required(
            "cognito-idp:AddCustomAttributes",
            on="update",
            when="Schema",
            reason="an update can add attributes to the schema",
            source="AWS::Cognito::UserPool, Schema, AWS CloudFormation Template Reference",
        ),
    ),
    "AWS::Cognito::UserPoolClient": (
        advisory(
            "iam:CreateServiceLinkedRole",
            when="AnalyticsConfiguration",
            reason="the role that writes analytics is made on first use in an account",
            source=_ANALYTICS,
        ),
        advisory(
            "iam:PutRolePolicy",
            "iam:DeleteRolePolicy",
            when="AnalyticsConfiguration",
            reason="writes the policy of a service-linked role",
            source=_ANALYTICS,
        ),
        advisory(
            "cognito-idp:ListUserPoolClientSecrets",
            when="GenerateSecret",
            reason="DescribeUserPoolClient answers with the secret",
            source="DescribeUserPoolClient, Amazon Cognito User Pools API Reference",
        ),
    ),
}
