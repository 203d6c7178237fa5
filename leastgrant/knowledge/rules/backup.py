"""AWS Backup."""

from leastgrant.knowledge.rule import required

_VAULTS = "Access control: API permissions, AWS Backup Developer Guide"

RULES = {
    "AWS::Backup::BackupVault": (
        required(
            "backup-storage:Mount",
            "backup-storage:MountCapsule",
            on="create",
            reason="a vault's storage is mounted with the caller's permissions",
            source=_VAULTS,
        ),
    ),
}
