"""AWS Key Management Service."""

from leastgrant.knowledge.rule import required

_API = "Actions, AWS KMS API Reference"
_ALIAS = "Controlling access to aliases, AWS KMS Developer Guide: on the alias and on the key"

RULES = {
    "AWS::KMS::Key": (
        required(
            "kms:EnableKey",
            "kms:DisableKey",
            when="Enabled",
            reason="a key is made enabled; the property changes that",
            source=_API,
        ),
        required(
            "kms:UpdateKeyDescription",
            when="Description",
            reason="the action is named after the property",
            source=_API,
        ),
        required(
            "kms:GetKeyRotationStatus",
            "kms:EnableKeyRotation",
            "kms:DisableKeyRotation",
            when="EnableKeyRotation RotationPeriodInDays",
            reason="rotation has calls of its own",
            source=_API,
        ),
        required(
            "kms:PutKeyPolicy",
            "kms:GetKeyPolicy",
            on="read update",
            when="KeyPolicy",
            reason="CreateKey takes the policy along; a changed one is put",
            source=_API,
        ),
    ),
    "AWS::KMS::Alias": (
        required(
            "kms:CreateAlias",
            on="create",
            when="TargetKeyId",
            resource="key",
            add=True,
            reason="asked for on the key besides the alias",
            source=_ALIAS,
        ),
        required(
            "kms:UpdateAlias",
            on="update",
            when="TargetKeyId",
            resource="key",
            add=True,
            reason="asked for on the key besides the alias",
            source=_ALIAS,
        ),
        required(
            "kms:DeleteAlias",
            on="delete",
            when="TargetKeyId",
            resource="key",
            add=True,
            reason="asked for on the key besides the alias",
            source=_ALIAS,
        ),
    ),
}
